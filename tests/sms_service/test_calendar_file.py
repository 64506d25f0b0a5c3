"""What is read from an iCalendar file: zones, days, what repeats, what is cancelled, and what cannot be used."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service import calendar_file
from sms_service.calendar_file import CalendarError, Found
from tests.sms_service.calendars import calendar, event

TODAY = date(2026, 12, 1)
ZONE = "America/New_York"
NEVER = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"


def read(*events: str, head: str = "") -> Found:
    return calendar_file.read(calendar(*events, head=head), ZONE, TODAY)


def dates(found: Found) -> list[str]:
    return [f"{one.on} {one.time}".strip() for one in found.entries]


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (":20270107T173000Z", "2027-01-07 12:30"),
        (";TZID=America/Los_Angeles:20270107T220000", "2027-01-08 01:00"),
        (";TZID=Eastern Standard Time:20270107T090000", "2027-01-07 09:00"),
        (":20270107T090000", "2027-01-07 09:00"),
        (";VALUE=DATE:20270107", "2027-01-07"),
    ],
)
def test_a_time_is_shown_as_it_is_where_the_program_is(start: str, shown: str) -> None:
    assert dates(read(event(start=start))) == [shown]


def test_an_event_is_read_with_what_it_says() -> None:
    said = "LOCATION:1 Main St\\, Norfolk\nURL:https://example.org/a\nCATEGORIES:Clinical,Other"
    (one,) = read(event(title="Rest\\, “really”", more=said)).entries
    assert (one.title, one.place, one.link) == ('Rest, "really"', "1 Main St, Norfolk", "https://example.org/a")
    assert one.categories == ("clinical", "other")
    assert not one.online
    assert not one.cancelled


@pytest.mark.parametrize("place", ["Zoom", "Online", "https://meet.example/x", "Microsoft Teams Meeting", "En línea"])
def test_an_address_or_a_meeting_is_online(place: str) -> None:
    (one,) = read(event(more=f"LOCATION:{place}")).entries
    assert one.online


def test_what_repeats_keeps_its_hour_when_the_clocks_change() -> None:
    weekly = event(start=";TZID=America/New_York:20270301T090000", more="RRULE:FREQ=WEEKLY;COUNT=4")
    assert dates(read(weekly)) == [f"2027-03-{day:02} 09:00" for day in (1, 8, 15, 22)]


def test_dates_are_left_out_added_and_moved_by_themselves() -> None:
    series = event(
        start=";TZID=America/New_York:20270105T090000",
        more="RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=America/New_York:20270112T090000\n"
        "RDATE;TZID=America/New_York:20270114T090000",
    )
    moved = event(start=":20270120T150000Z", title="Moved", more="RECURRENCE-ID:20270119T140000Z")
    found = read(series, moved)
    assert sorted(dates(found)) == ["2027-01-05 09:00", "2027-01-14 09:00", "2027-01-20 10:00", "2027-01-26 09:00"]
    assert [one.title for one in found.entries].count("Moved") == 1
    assert len({one.uid for one in found.entries}) == 4


@pytest.mark.parametrize("until", ["20270119T140000Z", "20270119", "20270119T235959Z"])
def test_the_last_date_of_a_rule_counts(until: str) -> None:
    series = event(start=";TZID=America/New_York:20270105T090000", more=f"RRULE:FREQ=WEEKLY;UNTIL={until}")
    assert dates(read(series))[-1] == "2027-01-19 09:00"


def test_a_series_without_an_end_is_read_for_a_year() -> None:
    found = dates(read(event(start=";VALUE=DATE:20270105", more="RRULE:FREQ=MONTHLY")))
    assert (found[0], found[-1], len(found)) == ("2027-01-05", "2027-11-05", 11)
    assert len(dates(read(event(start=";VALUE=DATE:20270105", more="RRULE:FREQ=DAILY")))) == 60


def test_of_a_series_under_way_only_what_is_to_come_is_read() -> None:
    found = dates(read(event(start=";VALUE=DATE:20261110", more="RRULE:FREQ=WEEKLY;COUNT=6")))
    assert found == ["2026-12-01", "2026-12-08", "2026-12-15"]


def test_what_was_cancelled_is_known_as_that() -> None:
    assert [one.cancelled for one in read(event(more="STATUS:CANCELLED")).entries] == [True]
    assert [one.cancelled for one in read(event(), head="METHOD:CANCEL").entries] == [True]


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        ("UID:a\nSUMMARY:No date", "no-date"),
        (event(start=":2027-01-05"), "bad-date"),
        (event(start=":20271399T000000"), "bad-date"),
        (event(title=""), "no-title"),
        (event(start=";TZID=Mars/Base:20270105T090000"), "zone"),
        (event(more="RRULE:FREQ=SECONDLY"), "series"),
        (event(more="RRULE:FREQ=DAILY;BYHOUR=1,2,3"), "series"),
        (event(more="RRULE:FREQ=DAILY;INTERVAL=0"), "series"),
        (event(more="RRULE:FREQ=NEVER"), "series"),
        (event(more="RRULE:FREQ=YEARLY;BYWEEKNO=1"), "series"),
        (event(more="RRULE:FREQ=WEEKLY\nRRULE:FREQ=MONTHLY"), "series"),
        (event(start=":19800107T173000Z", more="RRULE:FREQ=DAILY"), "series"),
        (event(start=":20200107T173000Z", more="RRULE:FREQ=DAILY;COUNT=3"), "over"),
        (event(more="RECURRENCE-ID;RANGE=THISANDFUTURE:20270107T173000Z"), "later-dates"),
    ],
)
def test_what_cannot_be_used_is_told_and_costs_nobody_the_rest(one: str, fault: str) -> None:
    found = read(one, event(uid="good", title="Good"))
    assert [bad.fault for bad in found.unread] == [fault]
    assert [entry.title for entry in found.entries] == ["Good"]


def test_of_two_of_one_name_the_later_revision_counts_and_the_other_is_told() -> None:
    found = read(event(title="New", more="SEQUENCE:2"), event(title="Old", more="SEQUENCE:1"))
    assert [one.title for one in found.entries] == ["New"]
    assert [(one.title, one.fault) for one in found.unread] == [("Old", "twice")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "none"),
        ("hello", "none"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR", "empty"),
        ("BEGIN:VTODO\nEND:VTODO", "cut"),
        ("BEGIN:VCALENDAR\nEND:VEVENT", "cut"),
        (calendar(event(), event(uid="two"))[:-40], "cut"),
        ("x" * 1_000_001, "large"),
        (calendar(*(event(uid=str(n)) for n in range(2001))), "large"),
        (calendar(*(event(uid=str(n), more="RRULE:FREQ=DAILY") for n in range(50))), "large"),
        (calendar(*(event(uid=str(n), more=f"RRULE:{NEVER}") for n in range(201))), "large"),
    ],
)
def test_what_is_no_calendar_is_refused(body: str, fault: str) -> None:
    with pytest.raises(CalendarError) as refused:
        calendar_file.read(body, ZONE, TODAY)
    assert refused.value.fault == fault


def test_a_rule_that_is_refused_is_named() -> None:
    assert [one.said for one in read(event(more="RRULE:FREQ=HOURLY;COUNT=3")).unread] == ["FREQ=HOURLY;COUNT=3"]


def test_what_a_file_says_of_a_zone_is_not_believed() -> None:
    rule = f"BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:{NEVER}\nEND:STANDARD"
    zone = f"BEGIN:VTIMEZONE\nTZID:Own/Zone\n{rule}\nEND:VTIMEZONE"
    found = read(event(start=";TZID=Own/Zone:20270107T090000"), head=zone)
    assert [(one.fault, one.said) for one in found.unread] == [("zone", "Own/Zone")]


def test_components_within_components_are_read_however_deep_they_are() -> None:
    deep = "BEGIN:VEVENT\r\n" * 5000 + "END:VEVENT\r\n" * 5000
    body = calendar(event()).replace("END:VCALENDAR", deep + "END:VCALENDAR")
    assert len(calendar_file.read(body, ZONE, TODAY).entries) == 1


def test_control_characters_are_left_out_wherever_they_stand() -> None:
    (one,) = read(event(uid="o\0ne", title="Re\x1bst", more="LOCATION:Nor\x7ffolk")).entries
    assert (one.uid, one.title, one.place) == ("one", "Rest", "Norfolk")


def test_a_byte_order_mark_and_plain_line_ends_do_not_matter() -> None:
    body = "\ufeff" + calendar(event()).replace("\r\n", "\n")
    assert len(calendar_file.read(body, ZONE, TODAY).entries) == 1


_LINES = st.sampled_from(
    [
        *("DTSTART:20270107T173000Z", "DTSTART;VALUE=DATE:20270107", "DTSTART;TZID=Nowhere:20270107T000000"),
        *("RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE:;", "RRULE:FREQ=MONTHLY"),
        *("RDATE:20270108T173000Z", "RDATE;VALUE=PERIOD:20270108T173000Z/PT1H", "EXDATE:20270107", "EXDATE:x"),
        *("RECURRENCE-ID:20270107T173000Z", "RECURRENCE-ID:x", "SEQUENCE:x", "STATUS:CANCELLED", "UID:a", "UID:"),
        *(
            "SUMMARY:A",
            "SUMMARY;LANGUAGE=en:B",
            "LOCATION:x",
            "URL:javascript:alert(1)",
            "CATEGORIES:a,b",
            "DURATION:x",
        ),
        *("BEGIN:VALARM", "END:VALARM", "DTSTART:00010101T000000Z", "DTSTART:99991231T235959Z", "X", "BEGIN:VEVENT"),
    ]
)


@given(st.lists(st.lists(_LINES | st.text(max_size=20), max_size=8), max_size=4))
def test_whatever_a_file_holds_it_is_read_or_refused(events: list[list[str]]) -> None:
    body = "\n".join(
        ["BEGIN:VCALENDAR", *(line for one in events for line in ("BEGIN:VEVENT", *one, "END:VEVENT")), "END:VCALENDAR"]
    )
    try:
        found = calendar_file.read(body, ZONE, TODAY)
    except CalendarError:
        return
    assert all(one.title and one.on for one in found.entries)
