"""A program's schedule: what is refused and why, and who may change it while few have joined."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from sms_service import programs, schedules
from sms_service.console import schedule
from sms_service.participants import Enrolment
from sms_service.program_checks import check_region
from sms_service.programs import Program, ProgramError, ProgramSettings, read_settings
from sms_service.runtime import Runtime, new_id
from tests import people

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
PLAIN = ProgramSettings(operator="Tidewater Care", short_name="Tide")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"starts": "2026-02-30"}, "starts", "'2026-02-30' is not a date of the calendar"),
        ({"ends": "31.12.2026"}, "ends", "write it like 2027-01-31"),
        ({"starts": "2026-12-01", "ends": "2026-11-30"}, "ends", "2026-11-30 is before the start, 2026-12-01"),
        ({"ends": "2026-11-29"}, "ends", "2026-11-29 is in the past; give a day from 2026-11-30 on"),
        ({"closed": [["2026-12-24", "2026-12-20"]]}, "closed", "2026-12-20 is before 2026-12-24"),
        ({"closed": [["2026-12-24"]]}, "closed", "a first and a last day"),
        ({"closed": [["2026-12-24", ""]]}, "closed", "both the first and the last day"),
        ({"time": "21:30"}, "time", "21:30 is inside quiet hours, 21:00 to 08:00"),
        (
            {"time": "07:59", "quiet_end": "07:00"},
            "time",
            "07:59 is outside 08:00 to 21:00, when texts may come on a Thu",
        ),
        ({"time": "09:59", "region": "US-KY"}, "time", "in US-KY; choose an hour in between"),
        ({"time": "11:00", "also_days": [6], "region": "US-TX"}, "time", "11:00 is outside 12:00 to 21:00"),
        (
            {"time": "19:30", "spread_minutes": 30, "region": "US-FL"},
            "spread_minutes",
            "texts may come until 20:00 in US-FL",
        ),
        (
            {"time": "18:00", "quiet_start": "19:00", "spread_minutes": 60},
            "spread_minutes",
            "60 min after 18:00 is too late: quiet hours begin at 19:00; at most 59 min",
        ),
        (
            {"time": "23:00", "quiet_start": "08:00", "region": "", "spread_minutes": 60},
            "spread_minutes",
            "the day ends at 24:00",
        ),
        (
            {"remind_hours": [24, 72]},
            "remind_hours",
            "72 h is not before the check-in closes at 72 h; at most 71 h, or close later",
        ),
        (
            {"remind_hours": [18], "window_hours": 19},
            "remind_hours",
            "18 h can never be sent: it falls at 06:15, when texts may not go out until 08:00, and the check-in closes "
            "at 07:15; remind sooner, close later, or change quiet hours",
        ),
        (
            {"remind_hours": [8], "window_hours": 19, "spread_minutes": 60, "quiet_end": "09:00"},
            "remind_hours",
            "8 h can never be sent: it falls at 21:15",
        ),
        (
            {"remind_hours": [3], "quiet_start": "13:00", "quiet_end": "12:00", "region": "", "window_hours": 20},
            "remind_hours",
            "until 12:00",
        ),
        ({"also_days": [0, 4]}, "window_hours", "72 h is longer than the 24 h from Thursday to Friday"),
        ({"also_days": [1]}, "window_hours", "72 h is longer than the 48 h from Tuesday to Thursday"),
        ({"window_hours": 144}, "grace_hours", "24 h after closing at 144 h is more than 144 h in all; at most 0 h"),
        (
            {"zone": "Mars/Olympus"},
            "zone",
            "'Mars/Olympus' is not the time zone of a place; write it like America/New_York",
        ),
        ({"zone": "Factory"}, "zone", "'Factory' is not the time zone of a place; write it like America/New_York"),
        ({"zone": "Etc/GMT+5"}, "zone", "'Etc/GMT+5' is not the time zone of a place; write it like America/New_York"),
        ({"zone": "EST"}, "zone", "'EST' is not the time zone of a place; write it America/New_York"),
        ({"zone": "Denver"}, "zone", "'Denver' is not the time zone of a place; write it America/Denver"),
        ({"zone": "America/new_york"}, "zone", "write it America/New_York"),
        ({"zone": "x" * 20_000}, "zone", f"'{'x' * 100}…' is not the time zone of a place"),
        ({"region": "US-XX"}, "region", "'US-XX' is not a place with known holidays"),
        ({"month_week": 2, "also_days": [1]}, "month_week", "once a month has one weekday"),
        ({"month_week": 2, "every_weeks": 2}, "month_week", "once a month is not every 2 weeks"),
        ({"month_week": 6}, "month_week", "5 for the last"),
        ({"also_days": [3]}, "also_days", "Thursday is the program's own day already"),
        ({"also_days": ["1"]}, "also_days", "'1' is not a weekday"),
        ({"every_weeks": 0}, "every_weeks", "0 is too little; 1 to 13 weeks"),
        ({"spread_minutes": 241}, "spread_minutes", "241 is too much; 0 to 240 minutes"),
        ({"fade_after": -1}, "fade_after", "0 for never"),
        (
            {"closed": [["2026-11-01", "2026-11-09"], ["2026-11-20", "2028-11-01"]]},
            "closed",
            "2026-11-20 to 2028-11-01 leave no check-in in the next 400 days; leave 2026-12-03 open",
        ),
        (
            {"closed": [["2026-11-01", "2028-11-01"]], "starts": "2026-12-05", "ends": "2027-12-31"},
            "closed",
            "leave 2026-12-10 open",
        ),
        ({"closed": [["2026-11-01", "2028-11-01"]], "ends": "2026-12-01"}, "closed", "leave 2026-12-03 open"),
        (
            {"starts": "2028-06-01"},
            "starts",
            "2028-06-01 is too late: there is no check-in in the next 400 days; start by 2027-12-30, or give no start",
        ),
        ({"starts": "2028-06-01", "ends": "2028-12-01"}, "starts", "start by 2027-12-30"),
        ({"starts": "2028-06-01", "closed": [["2027-12-25", "2028-01-05"]]}, "starts", "start by 2027-12-23"),
        ({"starts": "2028-06-01", "closed": [["2026-11-01", "2028-11-01"]]}, "starts", "start by 2027-12-30"),
        ({"starts": "2028-06-01", "month_week": 5}, "starts", "start by 2027-12-30"),
        (
            {"ends": "2026-12-01"},
            "ends",
            "2026-12-01 is before the first check-in's day, 2026-12-03; give that day or a later one, or none",
        ),
        ({"starts": "2027-01-05", "ends": "2027-01-06"}, "ends", "the first check-in's day, 2027-01-07"),
        (
            {"ends": "2026-12-01", "closed": [["2026-12-03", "2026-12-20"]]},
            "ends",
            "the first check-in's day, 2026-12-03",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(change: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(ProgramError) as refused:
        schedules.check(read_settings({**asdict(PLAIN), **change}), NOW)
    assert refused.value.field == field
    assert words in refused.value.message


_STATES = country_holidays("US").subdivisions
CANADIAN, GERMAN = "+14165550100", "+4915123456789"


@pytest.mark.parametrize("state", _STATES)
def test_a_state_without_its_country_is_refused_with_the_one_that_is_meant(state: str) -> None:
    for typed in (state, state.lower()):
        fault = region_refused(typed)
        assert f"US-{state}" in fault.message, typed
    assert region_refused(state, people.SENDER).message == region_refused(state).message
    assert region_fault(f"US-{state}") is None


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("USA", "write it US"),
        ("usa", "write it US"),
        ("United States", "write it US"),
        ("USA-VA", "write it US-VA"),
        ("usa-va", "write it US-VA"),
        ("UK", "write it GB"),
        ("Georgia", "write it US-GA"),
        ("west  virginia", "write it US-WV"),
        ("us-va", "write it US-VA"),
        ("Mexico", "write it MX"),
        ("Canada", "write it like US, US-VA or ES"),
        ("CAN", "write it like US, US-VA or ES"),
        ("US-", "write it like US, US-VA or ES"),
    ],
)
def test_a_place_has_one_way_to_be_written(typed: str, right: str) -> None:
    assert region_refused(typed).message.endswith(right)


@pytest.mark.parametrize(
    ("region", "sender"),
    [
        ("CA", CANADIAN),
        ("DE", GERMAN),
        ("IN", GERMAN),
        ("CA-ON", ""),
        ("DE-BE", ""),
        ("ES", ""),
        ("GB", ""),
        ("MX", ""),
    ],
)
def test_another_country_has_its_way(region: str, sender: str) -> None:
    assert region_fault(region, sender) is None


@pytest.mark.parametrize(("typed", "right"), [("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), ("de-be", "DE-BE")])
def test_another_countrys_program_is_answered_with_its_own_country(typed: str, right: str) -> None:
    assert region_refused(typed, GERMAN).message.endswith(f"write it {right}")


@pytest.mark.parametrize("region", ["USA", "USA-VA", "UK", "CA", "VA"])
def test_a_place_that_was_stored_before_can_be_loaded_until_it_is_changed(region: str) -> None:
    stored = read_settings({**asdict(PLAIN), "region": region})
    assert schedules.rhythm(stored).region == region
    form = {"region": region, "time": "12:15"}
    assert schedule.draft(stored, form, NOW).faults == {}
    assert set(schedule.draft(stored, {**form, "time": "13:00"}, NOW).faults) == {"region"}
    assert schedule.draft(stored, {"region": "US-VA", "time": "13:00"}, NOW).faults == {}


def region_refused(region: str, sender: str = "") -> ProgramError:
    fault = region_fault(region, sender)
    assert fault is not None
    assert fault.field == "region"
    return fault


def region_fault(region: str, sender: str = "") -> ProgramError | None:
    try:
        check_region(region, sender)
    except ProgramError as fault:
        return fault
    return None


_DAY = st.dates(date(2026, 11, 30), date(2029, 1, 1)).map(date.isoformat)


@given(
    starts=st.just("") | _DAY,
    ends=st.just("") | _DAY,
    closed=st.lists(st.tuples(_DAY, _DAY).map(sorted).map(tuple), max_size=3),
    region=st.sampled_from(["", "US"]),
)
def test_a_schedule_without_check_ins_is_mended_by_doing_what_is_said(
    starts: str, ends: str, closed: list[tuple[str, str]], region: str
) -> None:
    """One field after the other, each with the value that was named."""
    made = replace(PLAIN, starts=starts, ends=max(starts, ends) if ends else "", closed=tuple(closed), region=region)
    for _ in range(8):
        fault = refusal(made)
        if fault is None:
            return
        made = replace(made, **{fault.field: _done(fault.field, made, fault.message.values)})
    pytest.fail("what was said did not help")


def refusal(settings: ProgramSettings) -> ProgramError | None:
    try:
        schedules.check(settings, NOW)
    except ProgramError as fault:
        return fault
    return None


def _done(field: str, made: ProgramSettings, values: Mapping[str, object]) -> object:
    """Return a field with what was said to be right."""
    if field != "closed":
        return str(values["by" if field == "starts" else "first"])
    day = date.fromisoformat(str(values["first"]))
    before, after = (day - timedelta(days=1)).isoformat(), (day + timedelta(days=1)).isoformat()
    spans = [span for first, last in made.closed for span in ((first, min(last, before)), (max(first, after), last))]
    return tuple((first, last) for first, last in spans if first <= last)


def test_settings_come_back_as_they_were_stored() -> None:
    made = replace(
        PLAIN,
        also_days=(0,),
        remind_hours=(24,),
        window_hours=48,
        closed=(("2026-12-24", "2027-01-01"),),
        starts="2026-12-01",
    )
    assert read_settings(json.loads(made.to_json())) == made
    schedules.check(made, NOW)


def test_what_was_stored_before_these_rules_is_still_read() -> None:
    old = {"operator": "Tide", "short_name": "Tide", "time": "22:00", "window_hours": 144}
    assert schedules.closes_after(read_settings(old)) == 144


def test_a_persons_rhythm_is_the_programs_at_their_own_hour_and_minutes() -> None:
    settings = replace(PLAIN, also_days=(0,), spread_minutes=9)
    program = Program(new_id(), "tide", "Tide", "+1", "ours", 1, (), {}, settings)
    who = UUID(int=23)
    enrolment = Enrolment(who, program.id, "active", "en", "America/Denver", 3, "09:00", False)
    assert schedules.of(program, enrolment).days == (3, 0)
    assert schedules.of(program, enrolment).spread == 3
    enrolment.day = 1
    assert schedules.of(program, enrolment).days == (1,)


async def save(rt: Runtime, **change: object) -> bool:
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        settings = read_settings({**asdict(program.settings), **change})
        return await programs.save_settings(connection, program, settings, now)


async def join_many(rt: Runtime, number: int, state: str = "active") -> None:
    """Add people without a conversation: what is counted is places in the program."""
    async with rt.begin() as (connection, _):
        for _ in range(number):
            person = new_id()
            values = {"id": person, "hash": person.bytes, "state": state, "sender": people.SENDER}
            await connection.execute(
                people.sql(
                    "insert into participants (id, phone_hash, created_at, heard_at) values (:id, :hash, now(), now())"
                ),
                {"id": person, "hash": person.bytes},
            )
            await connection.execute(
                people.sql("""
                    insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time,
                        discreet, joined_at)
                    select :id, :id, id, :sender, :state, 'en', 'UTC', 3, '12:15', true, now()
                    from programs where slug = 'tide'
                """),
                {name: values[name] for name in ("id", "sender", "state")},
            )


@pytest.mark.parametrize(
    "change",
    [
        {"remind_hours": [12]},
        {"quiet_start": "20:00"},
        {"closed": [["2099-01-01", "2099-01-02"]]},
        {"region": "US"},
        {"also_days": [0], "window_hours": 48, "remind_hours": [24]},
        {"fade_after": 0},
    ],
)
async def test_what_touches_few_people_is_refused_without_saying_how_many(
    rt: Runtime, change: dict[str, object]
) -> None:
    await people.program(rt)
    said = set()
    for hour, joining in enumerate((0, 1, 13, 1)):
        await join_many(rt, joining, "paused")
        with pytest.raises(ProgramError, match="Until 15 or more people are enrolled") as refused:
            await save(rt, **change)
        assert refused.value.field == "people"
        said.add(refused.value.message)
        assert await save(rt, day=3, time=f"1{hour}:00", zone="America/Chicago")
        await people.counted(rt, (None, None, 10, 15)[hour])
    assert len(said) == 1
    assert await save(rt, **change)
    assert await save(
        rt, remind_hours=[24, 48], window_hours=72, quiet_start="21:00", closed=[], region="", also_days=[]
    )


async def test_in_a_draft_whoever_is_in_is_staff(rt: Runtime) -> None:
    await people.program(rt)
    await people.rows(rt, "update programs set state = 'draft' returning id")
    await join_many(rt, 1)
    assert await save(rt, quiet_start="20:00")


async def test_the_programs_day_touches_people_where_it_has_other_days_too(rt: Runtime) -> None:
    await people.program(rt, also_days=(0,), window_hours=48, remind_hours=(24,))
    await join_many(rt, 3)
    with pytest.raises(ProgramError, match="people"):
        await save(rt, day=4)


async def test_only_what_touches_people_is_planned_anew(rt: Runtime) -> None:
    await people.program(rt)
    await people.counted(rt, 15)
    versions = "select version, planned_version from programs"
    await save(rt, time="09:00")
    assert await people.rows(rt, versions) == [(2, 2)]
    await save(rt, region="US-VA")
    assert await people.rows(rt, versions) == [(3, 2)]
    await save(rt, time="10:00")
    assert await people.rows(rt, versions) == [(4, 2)]


def test_a_stored_zone_that_is_no_place_still_loads() -> None:
    assert read_settings({**asdict(PLAIN), "zone": "EST"}).zone == "EST"
