import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import FlowError
from flows.text import Segments, fill, gsm7, placeholders, plain, segments

names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)


def test_fill_puts_each_value_in_its_place():
    assert fill("{p}: see you {d}. {p}!", {"p": "Calm", "d": "Monday"}) == "Calm: see you Monday. Calm!"


def test_a_missing_value_is_named():
    with pytest.raises(FlowError, match=r"\{nope\}.*known here: d, p"):
        fill("{p} {nope}", {"p": "x", "d": "y"})


def test_a_brace_in_a_value_is_not_read_again():
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


@pytest.mark.parametrize("template", ["{", "}", "{}", "{ p }", "{1}", "{{", "a { b } c", "{p"])
def test_other_braces_are_ordinary_characters(template):
    assert placeholders(template) == frozenset()
    assert fill(template, {}) == template


@given(st.lists(names), st.text(alphabet=string.ascii_letters + " .{}0"))
def test_a_template_with_all_its_values_is_filled(found, rest):
    template = rest + "".join(f"{{{name}}}" for name in found)
    assert placeholders(fill(template, dict.fromkeys(placeholders(template), "x"))) <= placeholders(template)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0)),
        ("a", Segments("GSM-7", 1, 1)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 306, Segments("GSM-7", 306, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("€" * 81, Segments("GSM-7", 162, 2)),
        ("a" * 152 + "€" + "b" * 152, Segments("GSM-7", 306, 3)),
        ("^{}\\[~]|€\f", Segments("GSM-7", 20, 1)),
        ("àèéìòùñüäöåæøÇß¿¡£¥§ÑÉΔΦΓΛΩΠΨΣΘΞ\r\n", Segments("GSM-7", 34, 1)),
        ("á", Segments("UCS-2", 1, 1)),
        ("á" * 70, Segments("UCS-2", 70, 1)),
        ("á" * 71, Segments("UCS-2", 71, 2)),
        ("á" * 134, Segments("UCS-2", 134, 2)),
        ("á" * 135, Segments("UCS-2", 135, 3)),
        ("\U0001f600" * 35, Segments("UCS-2", 70, 1)),
        ("\U0001f600" * 36, Segments("UCS-2", 72, 2)),
        ("á" * 66 + "\U0001f600" + "á" * 66, Segments("UCS-2", 134, 3)),
        ("\ud83d", Segments("UCS-2", 1, 1)),
    ],
)
def test_segments_are_counted_as_carriers_do(text, expected):
    assert segments(text) == expected


@pytest.mark.parametrize("character", list("áíóúçÁÍÓÚ°©’“”—–…•`\t\u00a0\u200b"))
def test_characters_that_make_a_text_dear(character):
    assert segments(character).encoding == "UCS-2"


@given(st.text(max_size=700))
def test_the_count_lies_between_its_bounds(text):
    found = segments(text)
    alone, each = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    if found.units <= alone:
        assert found.count == (1 if text else 0)
    else:
        assert -(-found.units // each) <= found.count <= -(-found.units // (each - 1))
    assert found.encoding == "GSM-7" or found.units == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(), st.text())
def test_a_longer_text_never_costs_less_in_its_own_letters(one, more):
    if gsm7(one) == gsm7(one + more):
        assert segments(one).count <= segments(one + more).count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“You’re in”", '"You\'re in"'),
        ("2–3 — or 4", "2-3 - or 4"),
        ("wait…", "wait..."),
        ("a\u00a0b\tc\u200bd", "a b cd"),
        ("• one", "* one"),
        ("está", "está"),
    ],
)
def test_plain_turns_typography_into_cheap_characters(text, expected):
    assert plain(text) == expected


@given(st.text())
def test_plain_does_not_change_what_is_plain(text):
    assert plain(plain(text)) == plain(text)
