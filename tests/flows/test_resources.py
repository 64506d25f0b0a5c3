"""Where people can turn: what the packs hold, what is picked of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml

from flows import LANGUAGES, FlowError
from flows.places.resources import URGENT, Check, Resource, checked, load_resources, named_in, packaged, pick, stale

NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)  # a Wednesday, noon in New York
TODAY = NOON.date()
ENTRY: dict[str, Any] = {
    "id": "tide-line",
    "need": "support",
    "name": "Tide line",
    "about": {"en": "A line.", "es": "Una línea."},
    "audience": ["anyone"],
    "languages": ["en"],
    "ways": [{"call": "+17575550123", "label": {"en": "Call", "es": "Llamar"}}],
    "hours": "always",
    "source": "tide.test",
    "verified_on": date(2026, 11, 1),
    "verified_by": "Dora",
}

PLACES = dict.fromkeys(("us", "us-va", "us-va-region-five", "us-va-region-fi"), "Here")


def read(*entries: dict[str, Any]) -> tuple[Resource, ...]:
    body = yaml.safe_dump({"country": "us", "places": PLACES, "resources": [{**ENTRY, **one} for one in entries]})
    return load_resources({"resources.us.yaml": body})


def picked(*entries: dict[str, Any], **asked: Any) -> list[str]:
    return [one.id for one in pick(read(*entries), **{"need": "support", "at": NOON, **asked})]


def known(identity: str) -> Resource:
    return next(one for one in packaged() if one.id == identity)


def test_in_an_emergency_and_in_a_crisis_somebody_can_be_named() -> None:
    assert [one.id for one in pick(packaged(), need="emergency", at=NOON)] == ["911"]
    for language in LANGUAGES:
        for hour in range(0, 24, 3):
            at = NOON + timedelta(hours=hour)
            found = [one.id for one in pick(packaged(), need="crisis", language=language, at=at)]
            assert found == ["988", "crisis-text-line"]


def test_what_nobody_verified_is_never_picked() -> None:
    silent = {one.id for one in packaged() if one.verified_on is None}
    assert {"domestic-violence-hotline", "safe-call-now", "samhsa-national-helpline", "norfolk-csb"} <= silent
    for one in packaged():
        asked = {"need": one.need, "audience": one.audience[0], "country": one.country, "region": one.region}
        names = {found.id for found in pick(packaged(), at=NOON, **asked)}  # type: ignore[arg-type]
        assert (one.id in names) == (one.id not in silent)


@pytest.mark.parametrize("one", packaged(), ids=lambda one: one.id)
def test_each_of_the_packs_says_what_it_must(one: Resource) -> None:
    assert set(one.name) == set(one.about) == set(one.source) == set(LANGUAGES)
    assert one.verified_on is None or (one.verified_on >= date(2026, 11, 1) and "not " in one.verified_by)
    assert one.verified_on is not None or one.note, "what is not shown says why"
    assert one.country == "us" or not one.shown, "another country's pack is off"
    assert not one.tried
    for way in one.ways:
        for language in LANGUAGES:
            if way.kind in ("call", "text") and len(way.to) < 12:
                digits = "".join(c for c in way.label[language] if c.isdigit())
                assert way.to in digits or "1-800" in way.label[language]


def test_the_words_to_text_are_those_of_the_language() -> None:
    text = next(way for way in known("988").ways if way.kind == "text")
    assert [text.href(language) for language in LANGUAGES] == ["sms:988", "sms:988?body=AYUDA"]
    (word,) = known("crisis-text-line").ways
    assert [word.href(language) for language in LANGUAGES] == ["sms:741741?body=HOME", "sms:741741?body=HOLA"]


def test_a_clinician_who_may_know_who_answers_has_ways_that_lead_far() -> None:
    far = {way.href("en") for one in packaged() if one.shown for way in one.ways if way.far}
    assert {"sms:988", "sms:741741?body=HOME"} <= far
    assert not any(way.far for one in packaged() if one.region for way in one.ways)


def test_the_open_ones_come_first_then_the_language_then_those_meant_for_you() -> None:
    shut = {"zone": "America/New_York", "open": ["sat-sun 09:00-17:00"], "said": {"en": "Weekends", "es": "Fines"}}
    entries = (
        {"id": "shut", "hours": shut, "languages": ["en", "es"]},
        {"id": "unknown", "hours": "unknown"},
        {"id": "english"},
        {"id": "spanish", "languages": ["es"]},
        {"id": "nurses", "audience": ["nurses"]},
    )
    assert picked(*entries) == ["english", "spanish", "unknown", "shut"]
    assert picked(*entries, language="es")[0] == "spanish"
    assert picked(*entries, audience="nurses")[0] == "nurses"


def test_who_and_where_somebody_is_decides_what_is_for_them() -> None:
    entries = (
        {"id": "workers", "audience": ["health-workers"]},
        {"id": "vets", "audience": ["veterans"]},
        {"id": "state", "region": "us-va"},
        {"id": "five", "region": "us-va-region-five"},
        {"id": "vale", "region": "us-va-region-fi"},
    )
    assert picked(*entries) == []
    assert picked(*entries, audience="physicians") == ["workers"]
    assert picked(*entries, region="us-va") == ["state"]
    assert picked(*entries, region="us-va-region-five") == ["state", "five"]
    assert picked(*entries, country="ca") == []


@pytest.mark.parametrize(
    ("spans", "open_at", "shut_at"),
    [
        (["mon-fri 10:00-22:00"], ["2026-11-18T10:00", "2026-11-20T21:59"], ["2026-11-18T09:59", "2026-11-21T12:00"]),
        (["sat 20:00-02:00"], ["2026-11-21T23:00", "2026-11-22T01:59"], ["2026-11-22T02:00", "2026-11-21T01:00"]),
        (["fri-mon 00:00-24:00"], ["2026-11-20T00:00", "2026-11-23T23:59"], ["2026-11-24T00:00"]),
        (["mon 08:00-09:00", "wed 08:00-09:00"], ["2026-11-18T08:30"], ["2026-11-17T08:30"]),
    ],
)
def test_hours_are_those_of_the_lines_own_clock(spans: list[str], open_at: list[str], shut_at: list[str]) -> None:
    hours = {"zone": "America/New_York", "open": spans, "said": {"en": "Some hours", "es": "Unas horas"}}
    (one,) = read({"hours": hours})
    for moments, expected in ((open_at, True), (shut_at, False)):
        for moment in moments:
            at = datetime.fromisoformat(f"{moment}-05:00")
            assert one.hours.open_at(at) is expected
            assert one.hours.open_at(at.astimezone(UTC)) is expected


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        pick(packaged(), need="crisis", at=NOON.replace(tzinfo=None))


def test_ninety_days_after_somebody_looked_it_is_stale() -> None:
    (one,) = read({})
    assert not stale(one, date(2026, 11, 1) + timedelta(days=90))
    assert stale(one, date(2026, 11, 1) + timedelta(days=91))
    assert stale(replace(one, verified_on=None), TODAY)


def test_a_check_of_a_deployment_wins_and_the_last_one_counts() -> None:
    (one,) = read({"verified_on": None, "verified_by": None})
    works = Check(one.id, one.reached_by, TODAY, "Eve", works=True)
    broken = Check(one.id, one.reached_by, TODAY, "Eve", works=False, note="rings out")
    (after,) = checked((one,), [broken, works])
    assert (one.shown, after.shown, after.tried, after.verified_by) == (False, True, True, "Eve")
    (after,) = checked((one,), [works, broken])
    assert (after.shown, after.note) == (False, "rings out")


def test_a_check_does_not_vouch_for_a_number_that_changed() -> None:
    (one,) = read({"verified_on": None, "verified_by": None})
    (after,) = checked((one,), [Check(one.id, "call:+17575550999", TODAY, "Eve", works=True)])
    assert after == one


def test_a_number_is_found_in_a_text_however_it_is_written() -> None:
    hotline, line = known("domestic-violence-hotline"), known("988")
    for text in ("Call 1-800-799-7233.", "800 799 7233", "(800) 799-7233", "18007997233"):
        assert named_in(text, (hotline, line)) == (hotline,)
    assert named_in("call or text 988, any hour", (hotline, line)) == (line,)
    assert named_in("19880 and 9881", (hotline, line)) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"need": "help"}, "need: 'help' is not one of emergency, crisis"),
        ({"name": {"en": "Line"}}, "name: expected a text, or one for each of en, es"),
        ({"about": {"en": "A line.", "es": ""}}, "about: es: expected a text"),
        ({"audience": []}, "audience: expected a list"),
        ({"audience": ["everyone"]}, "audience: 'everyone' is not one of anyone"),
        ({"languages": [False]}, "languages: False cannot be used"),
        ({"ways": [{"label": "Call"}]}, "ways: expected one of call, text, chat, url, visit, and a label"),
        ({"ways": [{"call": "1", "text": "1", "label": "Call"}]}, "ways: expected one of"),
        ({"ways": [{"call": 988, "label": "Call"}]}, "ways: 988 cannot be used; YAML reads"),
        ({"ways": [{"call": "757-555-0123", "label": "Call"}]}, "ways: '757-555-0123' cannot be used"),
        ({"ways": [{"url": "http://tide.test/", "label": "Open"}]}, "ways: 'http://tide.test/' cannot be used"),
        ({"ways": [{"url": "javascript:alert(1)", "label": "Open"}]}, "ways: 'javascript:alert(1)' cannot be used"),
        ({"ways": [{"text": "741741", "send": "HOME", "label": "Text"}]}, "ways: send: expected the word to text"),
        ({"ways": [{"text": "741741", "send": {"en": "a b"}, "label": "Text"}]}, "ways: 'a b' cannot be used"),
        ({"ways": [{"text": "741741", "far": "yes", "label": "Text"}]}, "ways: far: expected true or false"),
        ({"hours": "often"}, "hours: expected always, unknown, or a mapping"),
        ({"hours": {"zone": "Mars", "open": ["mon 08:00-09:00"], "said": "x"}}, "hours: zone: 'Mars' is not"),
        ({"hours": {"zone": "UTC", "open": ["mo 08:00-09:00"], "said": "x"}}, "hours: open: 'mo 08:00-09:00' is not"),
        ({"hours": {"zone": "UTC", "open": ["mon 08:00-25:00"], "said": "x"}}, "has a time that is none"),
        ({"hours": {"zone": "UTC", "open": [], "said": "x"}}, "hours: open: expected a list"),
        ({"region": "va"}, "region: 'va' cannot be used"),
        ({"region": "us-md"}, "region: `places` of this file has no name for us-md"),
        ({"verified_on": "2026-11-01"}, "verified_on: '2026-11-01' is not a day"),
        ({"verified_on": None}, "verified_by: expected a text where there is a verified_on"),
        ({"verified_by": ""}, "verified_by: expected a text"),
        ({"colour": "red"}, "colour: is not a field of a resource"),
        ({"id": "therapists"}, "id: is the name of a page already"),
    ],
)
def test_a_fault_names_file_entry_and_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(FlowError) as refused:
        read(change)
    assert str(refused.value).startswith(f"resources.us.yaml: resource {change.get('id', 'tide-line')}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (": [", "not readable as YAML"),
        ("- 1", "expected a mapping of `country`, `places` and"),
        ("country: no\nplaces: {}\nresources: []", "country: False is not a code"),
        ("country: us\nplaces: {}\nresources: {}", "resources: expected a list"),
        ("country: us\nplaces: [us]\nresources: []", "places: expected the names"),
        ("country: us\nplaces: {}\nresources: [{id: 988}]", "resource 1: id: expected small letters"),
        ("country: us\nplaces: {}\nresources: [{id: x}]", "resource x: about: is missing"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(body: str, said: str) -> None:
    with pytest.raises(FlowError, match=r"resources\.us\.yaml: ") as refused:
        load_resources({"resources.us.yaml": body})
    assert said in str(refused.value)


def test_no_two_have_one_id() -> None:
    with pytest.raises(FlowError, match="resource tide-line: id: there are two of this id"):
        read({}, {})


def test_what_cannot_wait_is_there_in_the_pack() -> None:
    assert {one.need for one in packaged() if one.shown} >= set(URGENT)
