"""A program's page: its schedule, who may change it, and how many people it tells of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from sms_service import daily_figures, programs, schedule_fields, schedule_words
from sms_service.console import schedule
from sms_service.programs import ProgramSettings
from sms_service.runtime import new_id
from tests import people
from tests.sms_service.desk import Dora, dora, proof

__all__ = ["dora"]

PAGE = "/console/programs/tide/schedule"
STORED = ProgramSettings(operator="Tidewater Care", short_name="Tide", region="")


async def save(dora: Dora, version: int = 1, **fields: str) -> httpx.Response:
    form = {"proof": proof(await dora.web.get(PAGE)), "version": str(version), **fields}
    return await dora.web.post(PAGE, data=form)


async def stored(dora: Dora) -> ProgramSettings:
    async with dora.rt.begin() as (connection, _):
        (program,) = await programs.load(connection)
    return program.settings


def dates(page: httpx.Response) -> list[str]:
    return re.findall(r"<li>([A-Z][a-z]{2} \d+ [A-Z][a-z]{2}, \d+:\d\d [AP]M)", page.text)


async def test_saving_says_what_changed_and_for_whom(dora: Dora) -> None:
    await dora.enter()
    page = await save(dora, day="0", time="09:30")
    assert "Day: Monday, was Thursday. Hour: 9:30 AM, was 12:15 PM." in page.text
    assert "people already in keep the day and time they chose" in page.text
    assert "Quiet hours apply" not in page.text
    assert ((await stored(dora)).day, (await stored(dora)).time) == (0, "09:30")
    assert len(dates(page)) == 10
    assert all(one.startswith("Mon ") and one.endswith("9:30 AM") for one in dates(page))


async def test_a_change_and_whom_it_reaches_and_what_is_wrong_are_said_in_spanish(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get(PAGE, params={"day": "0", "version": "1", "lang": "es"})
    assert "quienes ya participan conservan el día y la hora que eligieron" in page.text
    assert "people already in keep" not in page.text
    assert "<p>Día: lunes, antes jueves.</p>" in page.text
    assert "Ningún aviso entre las 21:00 y las 08:00." in (await dora.web.get("/console/programs?lang=es")).text
    assert "Día: " not in (await dora.web.get(PAGE, params={"day": "0", "version": "1", "lang": "en"})).text
    refused = await dora.web.get(PAGE, params={"time": "25:00", "version": "1", "lang": "es"})
    assert "Hora: '25:00' no se puede leer como hora del día; escríbala como 09:30 o 21:00</a>" in unescape(
        refused.text
    )


async def test_everything_else_stays_as_it_was(dora: Dora) -> None:
    await dora.enter()
    await people.counted(dora.rt, 15)
    before = await stored(dora)
    await save(dora, remind_1="12", remind_2="", window_hours="48", quiet_start="20:00", quiet_end="07:30", zone="UTC")
    after = await stored(dora)
    assert (after.remind_hours, after.window_hours) == ((12,), 48)
    assert (after.quiet_start, after.quiet_end, after.zone) == ("20:00", "07:30", "UTC")
    assert (after.operator, after.floor, after.day) == (before.operator, before.floor, before.day)


async def test_a_preview_shows_other_dates_and_saves_nothing(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get(PAGE, params={"day": "1", "time": "08:00", "version": "1"})
    assert all(one.startswith("Tue ") and one.endswith("8:00 AM") for one in dates(page))
    assert "This is a preview" in page.text
    assert await stored(dora) == STORED


async def test_the_proof_never_gets_into_a_previews_address(dora: Dora) -> None:
    await dora.enter()
    form = re.search(r'<form id="schedule" method="get".*?</form>', (await dora.web.get(PAGE)).text, re.S)
    assert form
    assert re.findall(r'<input type="hidden" name="(\w+)"', form[0]) == ["version"]


async def test_every_fault_is_named_beside_its_field_and_nothing_is_saved(dora: Dora) -> None:
    await dora.enter()
    page = await save(dora, time="25:99", zone="Mars/Olympus", remind_1="soon", window_hours="999", day="8")
    assert page.status_code == 422
    for field, value in {
        "time": "25:99",
        "zone": "Mars/Olympus",
        "remind_hours": "soon",
        "window_hours": "999",
        "day": "8",
    }.items():
        assert f'href="#{field}"' in page.text
        assert f'id="{field}"' in page.text
        assert re.search(f'id="{field}-fault">[^<]*{value}', page.text), field
    assert await stored(dora) == STORED
    assert 'value="25:99"' in page.text


async def test_reminders_after_the_closing_are_one_fault(dora: Dora) -> None:
    await dora.enter()
    page = await save(dora, window_hours="36")
    assert "48 h is not before the check-in closes at 36 h; at most 35 h, or close later" in page.text
    assert await stored(dora) == STORED


async def test_somebody_elses_change_is_not_written_over_unseen(dora: Dora) -> None:
    await dora.enter()
    await save(dora, time="09:00")
    page = await save(dora, version=1, time="16:00")
    assert page.status_code == 409
    assert "somebody else changed the schedule first" in page.text
    assert "at 9:00 AM" in page.text
    assert 'value="16:00"' in page.text
    assert (await stored(dora)).time == "09:00"
    again = await save(dora, version=2, time="16:00")
    assert "Hour: 4:00 PM, was 9:00 AM" in again.text


async def test_sending_the_same_form_again_changes_nothing(dora: Dora) -> None:
    await dora.enter()
    await save(dora, time="09:00")
    page = await save(dora, time="09:00")
    assert "nothing changed" in page.text
    assert await dora.rows("select version from programs") == [(2,)]


async def test_an_auditor_reads_and_may_not_save(dora: Dora) -> None:
    await dora.enter(role="auditor")
    page = await dora.web.get(PAGE, params={"time": "08:00"})
    assert "Every Thursday at 12:15 PM" in page.text
    assert 'id="schedule"' not in page.text
    assert dates(page)[0].endswith("12:15 PM")
    assert (await save(dora, time="08:00")).status_code == 403
    assert await stored(dora) == STORED


async def add_people(dora: Dora, states: Mapping[str, int]) -> None:
    for state, number in states.items():
        for _ in range(number):
            person: UUID = new_id()
            values = {"id": person, "program": dora.program, "state": state, "hash": person.bytes}
            await dora.rows(
                "insert into participants (id, phone_hash, created_at, heard_at) values (:id, :hash, now(), now())",
                **values,
            )
            await dora.rows(
                """insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time,
                   discreet, joined_at) values (:id, :id, :program, '+17575550100', :state, 'en', 'UTC', 3, '12:15',
                   true, now())""",
                **values,
            )


async def test_people_are_shown_in_steps_and_never_below_the_floor(dora: Dora) -> None:
    await dora.enter()
    await add_people(dora, {"active": 15, "paused": 2, "left": 9})
    await daily_figures.count(dora.rt)
    page = await dora.web.get("/console/programs/tide")
    shown = re.findall(r"<dd>([^<]*)</dd>", page.text)
    assert shown == ["15 or more", "fewer than 10", "fewer than 10"]
    assert "15 or more" in (await dora.web.get("/console/programs")).text


async def test_a_program_just_begun_is_not_counted_yet(dora: Dora) -> None:
    await dora.enter()
    assert "not counted yet" in (await dora.web.get("/console/programs")).text


THURSDAY_AND_MONDAY = replace(STORED, also_days=(0,), window_hours=48, remind_hours=(24,))


@pytest.mark.parametrize(
    ("old", "change", "english", "spanish"),
    [
        (
            THURSDAY_AND_MONDAY,
            {"day": 2},
            "Other days go with the new day: who kept the old one is asked on that one only from now on, at most once "
            "a week; who had chosen the new one is asked on the other days too.",
            "a quien conservó el anterior se le pregunta desde ahora solo ese día, como mucho una vez por semana",
        ),
        (
            THURSDAY_AND_MONDAY,
            {"day": 0, "also_days": (3,)},
            "who kept the old one is asked on that one only",
            "los otros días van con el día nuevo",
        ),
        (STORED, {"day": 2, "also_days": (0,)}, "Other days go with the new day:", "los otros días van con el día"),
        (
            THURSDAY_AND_MONDAY,
            {"day": 2, "also_days": ()},
            "There are no other days any more: everybody is asked on their own day only, at most once a week.",
            "ya no hay otros días",
        ),
        (STORED, {"also_days": (0,)}, "who chose another is asked on that one only", "a quien eligió otro"),
        (
            STORED,
            {"remind_hours": (24, 30)},
            "An open one closes as planned and keeps its next reminder; those after that go by the new hours, and "
            "none comes after the new closing.",
            "uno abierto se cierra como estaba previsto y conserva su próximo aviso",
        ),
    ],
)
def test_whom_a_change_reaches(old: ProgramSettings, change: dict[str, object], english: str, spanish: str) -> None:
    new = replace(old, **change)  # type: ignore[arg-type]
    assert english in schedule_words.reach(old, new)
    assert spanish in schedule_words.reach(old, new, "es").lower()


@pytest.mark.parametrize("change", [{"day": 2}, {"window_hours": 60}, {"time": "09:00"}])
def test_other_days_are_not_spoken_of_where_nothing_of_them_changes(change: dict[str, object]) -> None:
    assert "ther days" not in schedule_words.reach(STORED, replace(STORED, **change))  # type: ignore[arg-type]


def occurrences(day: int, time: str, now: datetime) -> list[tuple[str, str, str]]:
    settings = ProgramSettings(operator="x", short_name="x", day=day, time=time, region="")
    return [(one.date, one.clock, one.note) for one in schedule.occurrences(settings, now)]


def test_an_hour_that_the_clocks_skip_is_moved_and_said() -> None:
    found = occurrences(6, "02:30", datetime(2027, 3, 8, tzinfo=UTC))
    assert found[0] == ("Sun 14 Mar", "3:00 AM", "The clocks skip 2:30 AM that day.")
    assert found[1] == ("Sun 21 Mar", "2:30 AM", "")


def test_an_hour_that_comes_twice_is_said() -> None:
    found = occurrences(6, "01:30", datetime(2026, 10, 30, tzinfo=UTC))
    assert found[0] == ("Sun 1 Nov", "1:30 AM", "The clocks go back that day: the first of two.")
    assert {note for _, _, note in found[1:]} == {""}


values = st.text("0123:-/ Aé²", max_size=8) | st.sampled_from(["12:15", "24:00", "24", "144", "UTC"])


@given(st.dictionaries(st.sampled_from([*schedule.as_typed(STORED), "remind_3", "floor"]), values))
def test_whatever_is_typed_either_can_be_used_or_is_named(form: dict[str, str]) -> None:
    found = schedule.draft(STORED, form)
    assert set(found.faults) <= set(schedule.FIELDS)
    if not found.faults:
        assert schedule.draft(found.settings, schedule.as_typed(found.settings)).settings == found.settings
    assert found.settings.floor == STORED.floor


def test_a_schedule_reads_as_a_sentence() -> None:
    assert schedule.sentence(STORED) == (
        "Every Thursday at 12:15 PM, in each person's own time. Remind after 24 h and 48 h. Close after 3 days. "
        "Late answers count for 1 day more. No reminder between 9:00 PM and 8:00 AM. "
        "After 3 silent weeks, ask once in four weeks."
    )


def test_a_date_that_moves_or_is_left_out_says_why() -> None:
    settings = ProgramSettings(operator="x", short_name="x", region="US", closed=(("2026-12-08", "2026-12-12"),))
    found = schedule.occurrences(settings, datetime(2026, 11, 23, tzinfo=UTC))
    assert [(one.date, one.clock, one.note) for one in found[:3]] == [
        ("Fri 27 Nov", "12:15 PM", "Moved from 26 November: holiday (Thanksgiving Day)."),
        ("Thu 3 Dec", "12:15 PM", ""),
        ("Thu 10 Dec", "", "Left out: closed 8 to 12 Dec."),
    ]
    assert len([one for one in found if one.clock]) == 10


@pytest.mark.parametrize(
    ("until", "left_out"), [("", 0), ("2026-11-23", 0), ("2026-12-03", 1), ("2026-12-04", 2), ("open", 10)]
)
def test_a_date_within_a_pause_of_the_program_is_left_out_and_says_so(until: str, left_out: int) -> None:
    settings = ProgramSettings(operator="x", short_name="x", paused_until=until)
    found = schedule.occurrences(settings, datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert len(found) == 10
    paused = [one for one in found if one.note == "Left out: the program is paused."]
    assert paused == found[:left_out]
    assert [bool(one.clock) for one in found] == [False] * left_out + [True] * (10 - left_out)


def test_a_pause_ends_by_the_programs_own_calendar_wherever_somebody_is() -> None:
    settings = ProgramSettings(operator="x", short_name="x", time="23:30", region="", paused_until="2026-11-27")
    zones = ("America/New_York", "America/Los_Angeles")
    now = datetime(2026, 11, 23, 17, tzinfo=UTC)
    # Half past eleven of Thursday in Los Angeles is Friday in New York, where the pause is over.
    assert [schedule.occurrences(settings, now, zone)[0].clock for zone in zones] == ["", "11:30 PM"]


def test_a_schedule_with_everything_reads_as_sentences() -> None:
    settings = ProgramSettings(
        operator="x",
        short_name="x",
        day=0,
        also_days=(3,),
        every_weeks=2,
        starts="2026-12-01",
        ends="2027-06-30",
        closed=(("2026-12-24", "2027-01-01"),),
        spread_minutes=15,
    )
    assert schedule.sentence(settings).startswith(
        "Every 2 weeks on Monday and Thursday at 12:15 PM, in each person's own time. Spread over 15 min. "
        "From 2026-12-01 on. Until 2027-06-30. Closed 24 Dec to 1 Jan. No check-in on public holidays (US). "
        "Remind after"
    )


def test_the_sentence_says_when_a_held_reminder_comes_and_between_which_hours() -> None:
    texas = schedule.sentence(replace(STORED, region="US-TX", remind_hours=(18,), grace_hours=0, fade_after=1))
    assert "Remind after 18 h (reaches people at 9:00 AM). Close after 3 days. Late answers do not count." in texas
    assert texas.endswith(
        "By law (US-TX), texts come only from 9:00 AM to 9:00 PM and on Sunday from 12:00 PM to 9:00 PM. "
        "After 1 silent week, ask once in four weeks."
    )
    stored_before = schedule.sentence(replace(STORED, remind_hours=(18,), window_hours=19))
    assert "Remind after 18 h (too late to be sent). Close after 19 h." in stored_before
    open_all_day = schedule.sentence(replace(STORED, quiet_start="08:00", quiet_end="08:00", fade_after=0))
    assert open_all_day.endswith("No quiet hours.")


EVERYTHING = {
    "also_days": "Mon",
    "every_weeks": "2",
    "starts": "2027-01-04",
    "ends": "2099-12-31",
    "closed": "2027-02-01 to 2027-02-05\r\n2027-03-01",
    "region": "US-VA",
    "remind_2": "",
    "window_hours": "48",
    "grace_hours": "12",
    "spread_minutes": "20",
    "fade_after": "0",
}


async def test_the_further_fields_are_previewed_with_whom_they_touch_and_saved(dora: Dora) -> None:
    await dora.enter()
    await people.counted(dora.rt, 15)
    await before_these_dates(dora)
    preview = await dora.web.get(PAGE, params=EVERYTHING)
    assert "Weeks: every 2 weeks, was every week" in preview.text
    assert "Days off: 1 to 5 Feb 2027, 1 Mar 2027, was none" in preview.text
    assert "each next check-in is planned anew" in preview.text
    assert await stored(dora) == STORED
    page = await save(dora, **EVERYTHING)
    assert page.status_code == 200
    found = await stored(dora)
    assert (found.also_days, found.every_weeks, found.region) == ((0,), 2, "US-VA")
    assert found.closed == (("2027-02-01", "2027-02-05"), ("2027-03-01", "2027-03-01"))
    assert (found.grace_hours, found.spread_minutes, found.fade_after) == (12, 20, 0)
    assert '<details class="more" open>' in page.text


async def before_these_dates(dora: Dora) -> None:
    """Put the calendar before the dates of these tests."""
    await people.move_to(dora.rt, datetime(2026, 12, 1, 15, 0, tzinfo=UTC))


async def test_the_plain_weekly_case_keeps_the_rest_folded(dora: Dora) -> None:
    await dora.enter()
    assert '<details class="more">' in (await dora.web.get(PAGE)).text
    for field, value in {"region": "US-VA", "grace_hours": "12", "spread_minutes": "5", "fade_after": "2"}.items():
        assert '<details class="more" open>' in (await dora.web.get(PAGE, params={field: value})).text, field
    assert "week</span>" in (await dora.web.get(PAGE)).text
    assert "weeks</span>" in (await dora.web.get(PAGE, params={"every_weeks": "2"})).text


async def test_each_number_out_of_range_says_its_range_at_its_own_field(dora: Dora) -> None:
    await dora.enter()
    page = await save(dora, spread_minutes="999", every_weeks="two", window_hours="-4", also_days="Thu")
    for field, words in {
        "spread_minutes": "Spreading: 999 is too much; 0 to 240 minutes",
        "every_weeks": "Weeks: 'two' is not a whole number; write one from 1 to 13 weeks",
        "window_hours": "Closing: -4 is too little; 1 to 144 hours",
    }.items():
        assert f'id="{field}-fault">{words}</span>' in unescape(page.text), field
    alone = await save(dora, also_days="Thu")
    assert "Other days: Thursday is the program's own day already; name another" in unescape(alone.text)


async def test_what_cannot_be_kept_is_a_fault_beside_its_field(dora: Dora) -> None:
    await dora.enter()
    page = await save(dora, time="22:00", closed="2026-02-30", also_days="Someday", region="XX", month_week="9")
    assert page.status_code == 422
    for field, value in {
        "time": "22:00",
        "closed": "2026-02-30",
        "also_days": "Someday",
        "region": "XX",
        "month_week": "9",
    }.items():
        assert f'href="#{field}"' in page.text
        assert re.search(f'id="{field}-fault">[^<]*{value}', page.text), field
    assert await stored(dora) == STORED


async def test_a_state_without_its_country_is_refused_in_the_readers_language(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get(PAGE, params={"region": "VA", "lang": "es"})
    assert "a 'VA' le falta el país; escriba US-VA para Virginia" in unescape(page.text)
    assert "'CA' lacks its country; write US-CA for California" in unescape(
        (await dora.web.get(PAGE, params={"region": "CA", "lang": "en"})).text
    )


async def test_a_program_with_a_number_of_another_country_may_have_its_holidays(dora: Dora) -> None:
    await dora.enter()
    await people.counted(dora.rt, 15)
    async with dora.rt.begin() as (connection, _):
        number = "+14165550100"
        await connection.execute(text("insert into senders (number, opt_out_mode) values (:n, 'ours')"), {"n": number})
        await connection.execute(text("delete from program_keywords"))
        await connection.execute(text("update programs set sender = :n"), {"n": number})
    await save(dora, region="CA")
    assert (await stored(dora)).region == "CA"


async def test_while_few_have_joined_their_schedule_stays_and_no_number_is_said(dora: Dora) -> None:
    await dora.enter()
    await before_these_dates(dora)  # none of the ten dates shown is the 13th of a month
    await add_people(dora, {"active": 13})
    page = await save(dora, quiet_start="20:00")
    assert page.status_code == 422
    assert "<h2>This can't be changed now</h2>\n<p>Until 15 or more people are enrolled, as counted" in unescape(
        page.text
    )
    assert "needs a change" not in page.text
    assert dates(page) == dates(await dora.web.get(PAGE))
    assert 'value="20:00"' in page.text
    preview = await dora.web.get(PAGE, params={"quiet_start": "20:00"})
    assert "<h2>This can't be changed now</h2><p>Until 15 or more people are enrolled" in unescape(preview.text)
    spanish = unescape((await dora.web.get(PAGE, params={"quiet_start": "20:00", "lang": "es"})).text)
    assert "lo demás, a partir de la mañana siguiente a que haya 15 inscritas." in spanish
    assert not re.search(r"\b13\b", re.sub(r"<[^>]*>", "", page.text))
    assert await stored(dora) == STORED
    assert (await save(dora, day="0")).status_code == 200


async def test_dates_are_shown_for_somebody_in_another_zone(dora: Dora) -> None:
    await dora.enter()
    page = await dora.web.get(PAGE, params={"show_zone": "Pacific/Auckland"})
    assert "Pacific/Auckland</p>" in page.text
    assert "This is a preview" in page.text
    wrong = await dora.web.get(PAGE, params={"show_zone": "Mars/Olympus"})
    assert "This is a preview" not in wrong.text
    assert (
        unescape(wrong.text).count("'Mars/Olympus' is not the time zone of a place; write it like America/New_York")
        == 2
    )
    assert "America/New_York</p>" in wrong.text


@pytest.mark.parametrize(
    "fields", [{"time": "25:00", "zone": "America/Chicago"}, {"zone": "America/Chicago"}, {"zone": "Nowhere"}]
)
async def test_a_zone_is_not_asked_for_because_another_was_changed(dora: Dora, fields: dict[str, str]) -> None:
    """It would stay in its field, and the dates in that zone, once the fault is put right."""
    await dora.enter()
    page = await dora.web.get(PAGE, params={**fields, "show_zone": ""})
    assert re.search(r'<input id="show_zone"[^>]* value=""', page.text)
    asked = await dora.web.get(PAGE, params={**fields, "show_zone": "America/Denver"})
    assert re.search(r'<input id="show_zone"[^>]* value="America/Denver"', asked.text)


async def test_weekdays_and_days_off_are_typed_and_shown_in_spanish(dora: Dora) -> None:
    await dora.enter()
    await people.counted(dora.rt, 40)
    days = {"also_days": "lunes y Mié", "closed": "2026-12-24 a 2027-01-01\n2027-02-02"}
    short = {"window_hours": "20", "remind_1": "4", "remind_2": "", "grace_hours": "0"}
    assert (await save(dora, **days, **short)).status_code == 200
    assert (await stored(dora)).also_days == (0, 2)
    assert (await stored(dora)).closed == (("2026-12-24", "2027-01-01"), ("2027-02-02", "2027-02-02"))
    page = (await dora.web.get(PAGE, params={"lang": "es"})).text
    assert 'value="lun, mié"' in page
    assert "2026-12-24 a 2027-01-01\n2027-02-02</textarea>" in page
    wrong = await dora.web.get(PAGE, params={"lang": "es", "also_days": "ma", "closed": "2026-12-24 a 2 a 3"})
    assert "&#39;ma&#39; no es un día de la semana; escríbalo como jue o jueves" in wrong.text
    assert "escriba 2026-12-24 a 2027-01-01" in wrong.text


@given(
    st.lists(st.integers(0, 6), unique=True).map(sorted),
    st.lists(st.dates(date(2026, 1, 1), date(2027, 1, 1)), min_size=2, max_size=2).map(sorted),
    st.sampled_from(["en", "es"]),
)
def test_what_a_field_holds_is_read_as_it_was(days: list[int], span: list[object], language: str) -> None:
    closed = [(str(span[0]), str(span[1]))]
    assert schedule_fields.read_days("also_days", schedule_fields.typed_days(days, language)) == days
    assert schedule_fields.read_spans(schedule_fields.typed_spans(closed, language)) == closed


async def test_what_cannot_be_read_says_how_to_write_it_in_spanish_too(dora: Dora) -> None:
    await dora.enter()
    said = {"quiet_start": "9pm", "zone": "Denver", "closed": "24-31 Dec", "time": "9:30"}
    page = unescape((await save(dora, **said)).text)
    assert "'9pm' can't be read as a time of day; write it like 09:30 or 21:00" in page
    assert "'Denver' is not the time zone of a place; write it America/Denver" in page
    assert "'24-31 Dec' is neither a day nor a first and a last one; write 2026-12-24 to 2027-01-01" in page
    assert 'id="time-fault"' not in page
    page = unescape((await dora.web.get(PAGE, params={**said, "lang": "es"})).text)
    assert "'9pm' no se puede leer como hora del día; escríbala como 09:30 o 21:00" in page
    assert "'Denver' no es la zona horaria de un lugar; escríbalo America/Denver" in page
    assert "'24-31 Dec' no es ni un día ni un primero y un último; escriba 2026-12-24 a 2027-01-01" in page
