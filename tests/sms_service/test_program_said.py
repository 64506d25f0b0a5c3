"""Nothing that fills a text may be longer than what the texts were measured with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest

from flows import LANGUAGES, filling, room, segments
from flows.proof.check_texts import WIDEST
from flows.reading.zones import place
from flows.schedule import clock, day_name, short_date, short_day
from sms_service import doctor, leads, learning_fields, new_programs, program_facts, program_said, program_words
from sms_service.events import LONGEST_PLACE, LONGEST_TITLE
from sms_service.program_checks import ProgramError
from sms_service.program_settings import ProgramSettings, stored_settings
from sms_service.staff import StaffError
from tests.sms_service.example_papers import PROGRAM

PLAIN = ProgramSettings(operator="Tidewater Care", short_name="Tide")
HOURS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]


def setting(field: str, value: object) -> None:
    program_said.check(replace(PLAIN, **{field: value}))


def groups(length: int) -> None:
    """Type as many groups as make a list of this length, in both languages."""
    labels = ["M" * 10] * 4
    labels.append("M" * (length - len(" ".join(f"{n} {one}" for n, one in enumerate([*labels, ""], 1)))))
    new_programs.groups_of("\n".join(f"{one}/{one}" for one in labels))


TYPED: dict[str, Callable[[int], object]] = {
    "p": lambda n: setting("short_name", "M" * n),
    "program": lambda n: program_said.check_name("M" * n),
    "ph": lambda n: setting("help_phone", "+1" + " " * (n - 14) + "757 555 0100"),
    "peer": lambda n: setting("peer_line", "M" * n),
    "n": lambda n: setting("floor", 10 ** (n - 1)),
    "keyword": lambda n: program_words.read_keywords(["M" * n]),
    "groups": groups,
    "event": lambda n: learning_fields.check_for_texts("title", "M" * n, LONGEST_TITLE),
    "event_place": lambda n: learning_fields.check_for_texts("place", "M" * n, LONGEST_PLACE),
    "lead_phone": lambda n: leads.read_phone("+49151234567890"[:n]),
}
"""What somebody types, and the door that it comes through, by length."""


def days() -> Iterator[str]:
    return (day_name(day, language) for day in range(7) for language in LANGUAGES)


def dates() -> Iterator[str]:
    return (short_date(date(2026, 1, 1) + timedelta(n), language) for n in range(366) for language in LANGUAGES)


def hours() -> Iterator[str]:
    return (clock(hour, language) for hour in HOURS for language in LANGUAGES)


def moments() -> Iterator[str]:
    return (f"{short_day(day, la)} {clock(hour, la)}" for day in range(7) for hour in HOURS for la in LANGUAGES)


def quiet() -> Iterator[str]:
    longest = {language: max((clock(hour, language) for hour in HOURS), key=len) for language in LANGUAGES}
    return (f"{longest[la]}{between}{longest[la]}" for la, between in (("en", "-"), ("es", " a ")))


def breaks() -> Iterator[str]:
    longest = {language: max((clock(hour, language) for hour in HOURS), key=len) for language in LANGUAGES}
    return (f"{longest[la]}, {longest[la]}{between}{longest[la]}" for la, between in (("en", " and "), ("es", " y ")))


def clients(form: int) -> Iterator[str]:
    return (words[language][form] for words in filling._CLIENTS.values() for language in LANGUAGES)


COMPUTED: dict[str, Callable[[], Iterator[str]]] = {
    **dict.fromkeys(("offer_day", "d", "later_day"), days),
    **dict.fromkeys(("date", "back", "event_date", "reminder", "last_looked"), dates),
    **dict.fromkeys(("offer_time", "t", "later_time", "lawful_from", "lawful_until", "zone_time"), hours),
    **dict.fromkeys(("call_by", "lead_by"), moments),
    "client": lambda: clients(0),
    "a_client": lambda: clients(1),
    "clients": lambda: clients(2),
    "breaks": breaks,
    "quiet": quiet,
    "zone_place": lambda: (place(zone, language) for zone in available_timezones() for language in LANGUAGES),
    "trend": lambda: (word for words in filling._TRENDS.values() for word in words.values()),
    **dict.fromkeys("abch", lambda: iter(["100", "-"])),
    "times_looked": lambda: iter(["99999"]),
}
"""What the service makes by itself: all that it can make."""
LINKS = {"u": "info_url", "help": "help_url", "learn": "learn_url"}
BY_OTHERS = {"therapists": "help", "lead": "see below"}


def test_whatever_fills_a_text_is_bounded_somewhere():
    assert {*TYPED, *COMPUTED, *LINKS, *BY_OTHERS} == set(WIDEST)
    assert room("therapists") == room("help") + len("therapists") - len("help")


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_may_be_as_long_as_was_measured_and_not_longer(name: str) -> None:
    TYPED[name](room(name))
    with pytest.raises((ProgramError, StaffError)) as refused:
        TYPED[name](room(name) + 1)
    assert str(refused.value).partition(":")[0]


@pytest.mark.parametrize("name", COMPUTED)
def test_what_is_made_is_never_longer_than_was_measured(name: str) -> None:
    assert max(segments(one).units for one in COMPUTED[name]()) <= room(name)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_is_longer_than_was_measured_is_told(name: str) -> None:
    said = program_facts.facts(PROGRAM, "https://checkin.org", PROGRAM.settings.zone, date(2026, 3, 1))
    fits = {LINKS[each]: "x" * room(each) for each in LINKS}
    assert list(doctor._links(replace(said, **fits))) == []
    ((good, words),) = doctor._links(replace(said, **{**fits, LINKS[name]: "x" * (room(name) + 1)}))
    assert not good
    assert f"measured for {room(name)}" in words


def test_what_no_text_can_hold_is_refused_with_field_and_value():
    for field, value in (
        ("operator", "x" * 81),
        ("operator", "two\nlines"),
        ("help_phone", "755–5550"),
        ("floor", 100),
    ):
        with pytest.raises(ProgramError, match=r"at most|room") as refused:
            setting(field, value)
        assert (refused.value.field, repr(value) in str(refused.value)) == (field, True)


def test_what_was_stored_before_stays_usable_until_it_is_changed():
    old = replace(PLAIN, help_phone="the front desk, 757-555-0100", operator="x" * 200, peer_line="p" * 40)
    assert stored_settings(old.to_json()) == old
    program_said.check(replace(old, client="student"), old)
    with pytest.raises(ProgramError, match="help_phone"):
        program_said.check(replace(old, help_phone="the front desk, 757-555-0101"), old)
