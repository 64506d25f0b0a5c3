"""Lists of people, as spreadsheets save them and as nobody should: an answer always, and each row once."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.decoding import decode
from sms_service.invitation_files import escaped, refused, table
from sms_service.invitation_list import MOST_TEXTS, WAYS, Listed, Way, read
from sms_service.sheet_reading import LARGEST, MOST_ROWS, SheetError, clean

HEADER = "Name,E-mail,Cell phone"
ROWS = ("Ada Lovelace,ada@example.org,(757) 555-0111", '"Núñez, Ben",ben@example.org,757-555-0122')
SHEET = "\r\n".join([HEADER, *ROWS])
NAMES = ["Ada Lovelace", "Núñez, Ben"]


def listed(text: str, way: Way = "print") -> Listed:
    return read(text, way, "US")


def names(found: Listed) -> list[str]:
    return [guest.name for guest in found.guests]


def whys(found: Listed) -> list[tuple[int, str]]:
    return [(one.row, one.why) for one in found.refusals]


@pytest.mark.parametrize(
    "data",
    [
        SHEET.encode(),
        SHEET.encode("utf-8-sig"),
        SHEET.encode("utf-16"),
        SHEET.encode("utf-16-le"),
        SHEET.encode("utf-16-be"),
        b"\xfe\xff" + SHEET.encode("utf-16-be"),
        SHEET.encode("cp1252"),
    ],
    ids=["utf-8", "with its mark", "utf-16", "little", "big", "big with its mark", "windows"],
)
def test_it_is_read_however_it_was_saved(data: bytes) -> None:
    assert names(listed(decode(data))) == NAMES


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("above", ["", "\n\n"])
def test_separators_and_line_ends_are_found_out(separator: str, ends: str, above: str) -> None:
    made = io.StringIO()
    csv.writer(made, delimiter=separator, lineterminator=ends).writerows(csv.reader(SHEET.splitlines()))
    found = listed(above + made.getvalue())
    assert names(found) == NAMES
    assert found.sheet.separator == separator
    assert found.digest == listed(SHEET).digest


def test_a_line_that_only_names_the_separator_is_passed_over() -> None:
    found = listed("sep=;\nName;Phone\nAda, RN;1\n")
    assert (names(found), found.guests[0].row) == (["Ada, RN"], 3)


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("FULL NAME", "Ada", "Ada"),
        ("First name,Last name", "Ada,Lovelace", "Ada Lovelace"),
        ("Apellidos,Nombre", "Núñez,Ben", "Ben Núñez"),
        ("nombre", "Ben", "Ben"),
        ("Name,Name", "Ada,Ben", "Ada"),
        ("last_name", "Lovelace", "Lovelace"),
        ('"Full\nname"', "Ada", "Ada"),
    ],
)
def test_columns_are_known_by_several_names(header: str, row: str, name: str) -> None:
    assert names(listed(f"{header}\n{row}\n")) == [name]


@pytest.mark.parametrize("way", WAYS)
def test_a_column_that_is_missing_is_named_with_what_was_found(way: Way) -> None:
    with pytest.raises(SheetError) as refusal:
        listed("Badge,Ward\n1,2\n", way)
    assert refusal.value.why == "column"
    assert refusal.value.values == {
        "needed": {"print": "name", "mail": "email", "text": "number"}[way],
        "found": "Badge, Ward",
    }


@pytest.mark.parametrize(
    ("way", "cell", "why"),
    [
        ("print", "", "no name"),
        ("print", "x" * 61, "long name"),
        *(("print", f"{sign}cmd", "formula") for sign in "=+-@"),
        ("mail", "", "no address"),
        ("mail", "ada@example", "bad address"),
        ("mail", "=1@x.org", "bad address"),
        ("mail", "ada@example.org, ben@example.org", "bad address"),
        ("text", "", "empty"),
        ("text", "=7575550111", "formula"),
        ("text", "7.57555E+09", "rounded"),
        ("text", "8005550199", "toll-free"),
        ("text", "12", "impossible"),
    ],
)
def test_a_row_is_refused_for_what_its_way_uses(way: Way, cell: str, why: str) -> None:
    column = {"print": "Name", "mail": "E-mail", "text": "Phone"}[way]
    found = listed(f'Ward,{column}\nA,"{cell}"\n', way)
    assert (len(found.guests), whys(found)) == (0, [(2, why)])
    assert found.refusals[0].found == cell[:80]


def test_what_a_way_does_not_use_refuses_nothing() -> None:
    assert whys(listed("Name,Phone\nAda,none\n")) == []
    assert whys(listed("Name,Phone\n=x,7575550111\n", "text")) == []


@pytest.mark.parametrize(
    ("way", "rows", "first"),
    [
        ("text", "Ada,,757-555-0111\nBen,,+1 757 555 0111\n", 2),
        ("mail", "Ada,a@example.org,\nBen,A@Example.org,\n", 2),
        ("print", "Ada,a@example.org,\nada,A@example.org,\n", 2),
        ("print", "Ada,,757 555 0111\nAda,,7575550111\n", 2),
    ],
)
def test_a_second_row_of_the_same_person_is_refused(way: Way, rows: str, first: int) -> None:
    found = listed(f"{HEADER}\n{rows}", way)
    assert [(one.row, one.why, one.first) for one in found.refusals] == [(3, "repeated", first)]


def test_two_people_of_one_name_get_a_card_each() -> None:
    assert names(listed("Name\nAda\nAda\n")) == ["Ada", "Ada"]


def test_a_cell_may_hold_a_line_break_and_the_rows_keep_their_lines() -> None:
    found = listed('Name,Ward\n"Ada\nLovelace","a\n\nb"\nBen,c\n')
    assert [(guest.row, guest.name) for guest in found.guests] == [(2, "Ada Lovelace"), (6, "Ben")]


@pytest.mark.parametrize("rest", ["\nBen,b" * 20, "\n" + "x" * 200_000])
def test_a_quotation_mark_left_open_is_told_with_its_line(rest: str) -> None:
    with pytest.raises(SheetError) as refusal:
        listed('Name,Ward\nAda,a\n"Cleo,c' + rest)
    assert (refusal.value.why, refusal.value.values) == ("quote", {"line": 3})


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff", "\0\0"])
def test_nothing_is_told_as_that(text: str) -> None:
    with pytest.raises(SheetError, match="empty"):
        listed(text)


def test_too_much_is_told_with_what_would_be_right() -> None:
    with pytest.raises(SheetError) as rows:
        listed("Name\n" + "A\n" * (MOST_ROWS + 1))
    assert rows.value.values == {"rows": MOST_ROWS + 1, "most": MOST_ROWS}
    with pytest.raises(SheetError) as texts:
        listed("Phone\n" + "1\n" * (MOST_TEXTS + 1), "text")
    assert texts.value.values == {"rows": MOST_TEXTS + 1, "most": MOST_TEXTS}
    with pytest.raises(SheetError, match="large"):
        listed("x" * (LARGEST + 1))


def test_what_cannot_be_seen_is_not_in_a_name() -> None:
    assert names(listed("Name\n\u202eA\u200bd\x07a\u2066\n")) == ["Ada"]


def test_the_digest_is_that_of_the_list_and_not_of_the_file() -> None:
    assert listed(SHEET).digest == listed(decode(SHEET.encode("utf-16"))).digest
    assert listed(SHEET).digest != listed(SHEET.replace("0122", "0123")).digest


_CELLS = st.sampled_from(
    ["", "Ada", "=x", '"', "757 555 0111", "a@b.org", "\n", "\r\n", ",", ";", "\t", "\0", "é", "\x1c"]
)
_TEXTS = st.lists(_CELLS, max_size=40).map(lambda parts: "Name,E-mail,Phone\n" + "".join(parts))


@given(st.one_of(st.binary(max_size=300), _TEXTS.map(str.encode), _TEXTS.map(lambda t: t.encode("utf-16"))))
def test_any_bytes_are_answered_and_each_row_is_taken_or_refused_once(data: bytes) -> None:
    for way in WAYS:
        try:
            found = listed(decode(data), way)
        except SheetError:
            continue
        outcomes = [guest.row for guest in found.guests] + [one.row for one in found.refusals]
        assert sorted(outcomes) == [row.line for row in found.sheet.rows]
        assert all(one.why for one in found.refusals)
        again = listed(found.sheet.text.replace("\n", "\r\n"), way)  # as a browser sends it back
        assert (again.guests, again.refusals, again.digest) == (found.guests, found.refusals, found.digest)


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\r" not in once


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=5))
def test_no_cell_of_ours_is_a_formula(rows: list[list[str]]) -> None:
    read_back = csv.reader(io.StringIO(table(["Row"], rows).decode("utf-8-sig"), newline=""))
    for cells in read_back:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_the_report_says_the_row_what_stands_there_and_why() -> None:
    found = listed("Name\n=1+1\n")
    made = refused(["Row", "Found", "Why"], found.refusals, {2: "A formula."})
    assert made == b"\xef\xbb\xbfRow,Found,Why\r\n2,'=1+1,A formula.\r\n"
    assert escaped("Ada") == "Ada"
