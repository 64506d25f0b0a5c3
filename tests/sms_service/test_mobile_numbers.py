"""Which numbers may be asked to join: told quickly, and as the whole numbering plan tells it."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from sms_service.mobile_numbers import NumberError, home_of, read_mobile


@pytest.mark.parametrize(
    "typed",
    ["(757) 555-0111", "+1 757.555.0111", "1-757-555-0111", "757 555 0111", "7575550111", "757\u2011555\u20110111"],
)
def test_a_number_is_read_however_it_is_written(typed: str) -> None:
    assert read_mobile(typed, "US") == "+17575550111"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("abc", "unreadable"),
        ("=1+1", "unreadable"),
        ("1" * 41, "unreadable"),
        ("911", "impossible"),
        ("111 222 3333", "impossible"),
        ("757 555 011", "impossible"),
        ("800 555 0199", "toll-free"),
        ("900 555 1212", "toll-free"),
        ("+1 416 555 0199", "abroad"),
        ("+44 7400 123456", "abroad"),
        ("757 555 0111 x5", "extension"),
    ],
)
def test_what_cannot_be_a_mobile_phone_here_is_refused(typed: str, why: str) -> None:
    with pytest.raises(NumberError) as refused:
        read_mobile(typed, "US")
    assert refused.value.why == why
    assert typed not in str(refused.value) or not typed


def test_territories_are_at_home_and_other_countries_tell_landlines() -> None:
    assert read_mobile("(787) 555-0100", "US") == "+17875550100"
    assert read_mobile("07400 123456", "GB") == "+447400123456"
    with pytest.raises(NumberError, match="landline"):
        read_mobile("020 7946 0000", "GB")


def test_the_country_is_that_of_our_own_number() -> None:
    assert (home_of("+17575550100"), home_of("+447400123456"), home_of("85500")) == ("US", "GB", "US")


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_the_quick_way_says_what_the_whole_plan_says(national: str) -> None:
    """Only the first seven digits are looked at, and that is enough."""
    parsed = phonenumbers.parse(national, "US")
    kind = phonenumbers.number_type(parsed)
    mobile = kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    home = phonenumbers.region_code_for_number(parsed) in {"US", "PR", "VI", "GU", "AS", "MP"}
    try:
        taken = read_mobile(national, "US") == f"+1{national}"
    except NumberError:
        taken = False
    assert taken == (mobile and home)


@given(st.text(max_size=60), st.sampled_from(["US", "GB", "ES", "MX"]))
def test_any_text_is_a_number_or_refused(typed: str, home: str) -> None:
    try:
        number = read_mobile(typed, home)
    except NumberError:
        return
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
