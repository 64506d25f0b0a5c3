"""Segments, against facts that Twilio's calculator gave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.emulator.segments import measure


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "b" * 152, "GSM-7", 3),
        ("á" * 70, "UCS-2", 1),
        ("á" * 71, "UCS-2", 2),
        ("á" * 134, "UCS-2", 2),
        ("á" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_the_carriers_limits_are_kept(text, encoding, segments):
    size = measure(text)
    assert (size.encoding, size.segments) == (encoding, segments)


@pytest.mark.parametrize("character", "àèéìòùñüäöåæøÇß¿¡£¥§ÑÉΔΦΓΛΩΠΨΣΘΞ^{}\\[]~|€\n")
def test_these_characters_fit_in_gsm7(character):
    assert measure(character).encoding == "GSM-7"


@pytest.mark.parametrize("character", "áíóúçÁÍÓÚ°©’“”—–…•`\t\u00a0\u200b")
def test_these_characters_need_ucs2(character):
    assert measure(character).encoding == "UCS-2"


@given(st.text(max_size=400))
def test_a_longer_text_never_takes_fewer_segments(text):
    assert measure(text + "a").segments >= measure(text).segments >= 1
