"""One reading of a number for every door: what can be dialled is kept as E.164, and the rest is refused with why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service import delivery_commands, leads, parting, phone_numbers, program_said, program_words
from sms_service.joining import way_in
from sms_service.phone_numbers import PhoneError
from tests.sms_service.example_papers import PROGRAM


@pytest.mark.parametrize("typed", ["(757) 555-0100", "757.555.0100", "1 757 555 0100", "+17575550100"])
def test_a_number_is_read_as_people_write_it(typed: str) -> None:
    assert phone_numbers.read(typed) == phone_numbers.read_sender(typed) == "+17575550100"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("12345", "too few digits"),
        ("+1757", "too few digits"),
        ("+1757555010012", "too many digits"),
        ("757-555-0100 ext. 3", "an extension"),
        ("Sam", "is not a phone number"),
        ("", "is not a phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_why_at_every_door(typed: str, why: str) -> None:
    doors: list[Callable[[str], str]] = [phone_numbers.read, leads.read_phone, parting.number]
    if typed != "12345":
        doors += [program_words.read_sender, delivery_commands._number]
    for door in doors:
        with pytest.raises(ValueError, match=why) as refused:
            door(typed)
        assert "+1" in str(refused.value), "it says what would be right"


def test_a_sender_may_be_a_short_code_and_stays_one():
    assert program_words.read_sender(" 12345 ") == "12345"
    assert phone_numbers.written("12345") == "12345"
    assert way_in(replace(PROGRAM, sender="12345"), "en").number == "12345"
    with pytest.raises(PhoneError, match="toll-free"):
        phone_numbers.read_sender("+18005550100")


def test_a_phone_for_questions_is_one_that_can_be_dialled():
    settings = PROGRAM.settings
    for good in ("", "757-555-0101", "211", "7575550101 x 2", "+44 7911 123456"):
        program_said.check(replace(settings, help_phone=good), settings)
    for bad in ("front desk", "+1757", "12"):
        with pytest.raises(ValueError, match="help_phone: '"):
            program_said.check(replace(settings, help_phone=bad), settings)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_of_the_wire_or_refused(typed: str) -> None:
    try:
        read = phone_numbers.read_sender(typed)
    except PhoneError:
        return
    assert read.lstrip("+").isascii()
    assert read.lstrip("+").isdigit()
    assert phone_numbers.written(read)
