"""Joining, resting, leaving and being forgotten, from the phone to the table."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sms_service import clockwork
from sms_service.runtime import Runtime
from sms_service.vault import VaultError, wording
from tests import people


async def sealed(rt: Runtime, query: str) -> list[bytes]:
    """Return one column of sealed values."""
    return [bytes(row[0]) for row in await people.rows(rt, query) if isinstance(row[0], bytes)]


async def keys(rt: Runtime) -> tuple[object, ...]:
    (found,) = await people.rows(rt, "select id, contact_key, answer_key, contact, history from participants")
    return found


async def test_joining_by_keyword_makes_a_place_with_its_first_check_in(rt: Runtime) -> None:
    await people.program(rt)
    said = await people.join(rt)
    assert said[0].startswith("Tide: you're in. First check-in Thu ")
    assert await people.rows(rt, "select state, language, day, time, discreet from enrolments") == [
        ("active", "en", 3, "12:15", True)
    ]
    assert await people.one(rt, "select count(*) from appointments where kind = 'check-in' and state = 'due'") == 1


async def test_each_consent_is_kept_with_its_wording_time_and_message(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    found = await people.rows(
        rt,
        """select c.id, c.kind, c.wording, c.language, c.evidence, c.at is not null, m.sid
           from consents c join messages m on m.id = c.message_id order by c.at, c.kind""",
    )
    assert sorted(str(row[1]) for row in found) == ["contact", "join", "terms"]
    contact_key = rt.vault.key((await keys(rt))[1])
    for row, kind, version, language, evidence, dated, sid in found:
        opened = contact_key.open(evidence, "consents.evidence", row)
        assert version == wording(opened["shown"])
        assert (language, dated) == ("en", True)
        assert str(sid).startswith("SM")
        assert opened["answer"] == {"contact": "ask"}.get(str(kind), "yes")


async def test_whoever_says_no_is_not_enrolled_and_is_told_where_a_person_answers(rt: Runtime) -> None:
    await people.program(rt)
    assert "988" in (await people.texts(rt, ["JOIN", "2"]))[0]
    assert await people.one(rt, "select count(*) from enrolments") == 0


async def test_their_own_day_and_hour_are_kept(rt: Runtime) -> None:
    await people.program(rt)
    said = await people.texts(rt, ["JOIN", "1", "yes", "3", "SKIP", "2", "Tuesday", "5:30 pm"])
    assert ", 5:30 PM" in said[0]
    assert await people.rows(rt, "select day, time, group_id from enrolments") == [(1, "17:30", None)]


async def test_erase_makes_answers_unreadable_and_keeps_the_place(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["CHECKIN", "2", "1", "0", "3"])
    _, _, old_key, _, history = await keys(rt)
    assert history is not None
    await people.texts(rt, ["ERASE", "1"])
    _, _, new_key, contact, history = await keys(rt)
    assert history is None
    assert contact is not None
    assert new_key != old_key
    assert await sealed(rt, "select answers from check_ins") == []
    assert await people.one(rt, "select state from enrolments") == "active"
    assert (await people.text(rt, "TREND"))[0].startswith("Your trend starts with your first check-in.")
    left = await people.rows(rt, "select id, body from outbox where body is not null")
    for row, body in left:  # only what was said since, and only with the new key
        with pytest.raises(VaultError):
            rt.vault.key(old_key).open(body, "outbox.body", row)


async def test_erase_all_forgets_the_person_and_keeps_only_that_they_left(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["CHECKIN", "2", "1", "0", "3", "ERASE ALL"])
    said = await people.text(rt, "1")
    assert "988" in said[0]
    _, contact_key, answer_key, contact, history = await keys(rt)
    assert (contact_key, answer_key, contact, history) == (None, None, None, None)
    assert await sealed(rt, "select evidence from consents") == []
    assert await people.rows(rt, "select state from enrolments") == [("left",)]
    assert await people.rows(rt, "select opted_out from opt_outs") == [(True,)]
    assert await people.one(rt, "select count(*) from appointments where state = 'due'") == 0


async def test_somebody_who_erased_everything_may_join_again_as_new(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["ERASE ALL", "1"])
    said = await people.join(rt)
    assert said[0].startswith("Tide: you're in.")
    assert await people.rows(rt, "select state from enrolments order by joined_at") == [("left",), ("active",)]


async def test_two_people_do_not_mix(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt, people.ADA)
    await people.join(rt, people.BEN)
    await people.text(rt, "CHECKIN", number=people.ADA)
    assert (await people.text(rt, "4", number=people.ADA))[0].startswith("2/4.")
    assert (await people.text(rt, "STOP", number=people.BEN))[0].startswith("Tide: you are unsubscribed")
    assert (await people.text(rt, "1", number=people.ADA))[0].startswith("3/4.")


async def test_discreet_off_shows_the_first_question_at_once(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["DISCREET", "2"])
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    (found,) = await people.rows(rt, "select id, body from outbox where state = 'ready'")
    key = rt.vault.key((await keys(rt))[2])
    assert key.open(found[1], "outbox.body", found[0]).startswith("Tide 1/4.")


async def test_a_joining_left_half_done_starts_afresh_after_a_week(rt: Runtime) -> None:
    await people.program(rt)
    await people.texts(rt, ["JOIN", "1"])
    await people.move_to(rt, rt.real() + timedelta(days=8))
    assert "JOIN" in (await people.text(rt, "1"))[0]
    assert (await people.text(rt, "JOIN"))[0].startswith("Tide: voluntary weekly check-in")
    said = await people.texts(rt, people.JOINING[1:])
    assert said[0].startswith("Tide: you're in.")


DUE = "select kind from appointments where state = 'due' order by due_at"


@pytest.mark.parametrize("words", [("STOP", "START"), ("PAUSE", "RESUME")])
async def test_whoever_answered_early_and_comes_back_still_has_a_next_check_in(
    rt: Runtime, words: tuple[str, str]
) -> None:
    await people.program(rt)
    await people.join(rt)
    due = await people.move_to_due(rt, "check-in")
    await people.move_to(rt, due - timedelta(days=1))
    await people.texts(rt, ["CHECKIN", "2", "1", "0", "3", *words])
    assert await people.rows(rt, DUE) == [("check-in",)]
    following = await people.one(rt, "select due_at from appointments where state = 'due'")
    assert following - due >= timedelta(days=6)


async def test_a_second_check_in_on_one_day_adds_to_the_first(rt: Runtime) -> None:
    await people.program(rt, day=(rt.real() + timedelta(days=5)).weekday())
    await people.join(rt)
    await people.texts(rt, ["CHECKIN", "4", "3", "4", "3"])
    await people.texts(rt, ["CHECKIN", "0", "STOP", "START"])
    (trend,) = await people.text(rt, "TREND")
    assert "numb 75, carrying 100, hard to help 75" in trend


async def test_two_programs_on_one_number_are_told_apart_by_their_words(rt: Runtime) -> None:
    await people.program(rt)
    north = await people.second_program(rt)
    assert (await people.text(rt, "I want to kill myself", number=people.BEN))[0].startswith("Thank you for telling us")
    said = await people.texts(rt, ["North please", "1", "yes", "2", "1"], number=people.BEN)
    assert said[0].startswith("North: you're in.")
    assert await people.rows(rt, "select program_id from enrolments") == [(north,)]
    assert {row[0] for row in await people.rows(rt, "select program_id from consents")} == {north}
    await people.texts(rt, ["JOIN", "1"], number=people.CLEO)
    assert (await people.text(rt, "NORTH", number=people.CLEO))[0].startswith("North: voluntary weekly check-in")


async def test_a_stop_newer_than_a_start_that_is_found_late_stands(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    before = rt.real() - timedelta(minutes=5)
    await people.texts(rt, ["STOP"])
    late = people.Inbound(people.sid(), people.ADA, people.SENDER, "START", "collect", before)
    await people.inbox.take(rt, [late])
    assert await people.rows(rt, "select opted_out from opt_outs") == [(True,)]


async def test_later_can_be_said_twice(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    for kind in ("check-in", "snooze"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await people.text(rt, "LATER")
    assert await people.rows(rt, "select kind from appointments where state = 'due' order by due_at") == [
        ("snooze",),
        ("expiry",),
        ("check-in",),
    ]


async def test_quiet_hours_of_ones_own_are_kept_until_they_are_given_back(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    kept = "select quiet_start, quiet_end from enrolments"
    assert await people.rows(rt, kept) == [(None, None)]
    await people.text(rt, "quiet 9:30pm-6:30am")
    assert await people.rows(rt, kept) == [("21:30", "06:30")]
    assert (await people.text(rt, "QUIET"))[0].startswith("Your quiet hours: 9:30 PM-6:30 AM.")
    await people.text(rt, "all day")
    assert await people.rows(rt, kept) == [("21:30", "06:30")]
    assert "9:00 PM-8:00 AM" in (await people.text(rt, "quiet off"))[0]
    assert await people.rows(rt, kept) == [(None, None)]


async def test_another_zone_moves_the_next_check_in_and_the_clock(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    due = "select due_at from appointments where kind = 'check-in' and state = 'due'"
    before = await people.one(rt, due)
    begun = await people.now(rt)
    (said,) = await people.text(rt, "I'm in Honolulu now")
    assert any(f"it is {clock} now" in said for clock in shown(begun, await people.now(rt)))
    assert await people.one(rt, "select zone from enrolments") == "Pacific/Honolulu"
    after = await people.one(rt, due)
    assert isinstance(before, datetime)
    assert isinstance(after, datetime)
    wall = {
        moment.astimezone(ZoneInfo(zone)).strftime("%a %H:%M")
        for moment, zone in ((before, "America/New_York"), (after, "Pacific/Honolulu"))
    }
    assert wall == {"Thu 12:15"}
    (said,) = await people.text(rt, "ZONE")  # the next text is read by the clock of the new zone
    assert said.startswith("Your texts come by Honolulu time")
    assert any(f"it is {clock} now" in said for clock in shown(begun, await people.now(rt)))


def shown(begun: datetime, ended: datetime) -> set[str]:
    """Return every time of day that a text between these moments may say that it is in Honolulu."""
    minutes = range(round((ended - begun).total_seconds()) // 60 + 2)
    there = [(begun + timedelta(minutes=n)).astimezone(ZoneInfo("Pacific/Honolulu")) for n in minutes]
    return {f"{moment:%I:%M %p}".lstrip("0") for moment in there}


async def test_whoever_stopped_while_resting_is_asked_again_after_start(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["PAUSE", "STOP", "START"])
    assert await people.one(rt, "select state from enrolments") == "active"
    assert await people.one(rt, "select count(*) from appointments where kind = 'check-in' and state = 'due'") == 1
