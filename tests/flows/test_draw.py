"""Pictures of the flows: every state and way is there, nothing lies over anything, and they say what they show."""

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from flows import LANGUAGES, packaged, parse
from flows.drawing.arrows import ELSE, Arrow, arrows, is_end
from flows.drawing.draw import draw
from flows.drawing.layers import arrange
from flows.drawing.picture import place

FLOWS = packaged().flows
SVG = "{http://www.w3.org/2000/svg}"


def read(picture):
    return ET.fromstring(picture)  # noqa: S314  (our own)


def placed(flow, language="en"):
    picture = place(flow, arrows(flow, language), language)
    arrange([*picture.nodes.values(), *picture.others])
    return picture


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FLOWS)
def test_a_picture_names_every_state_and_says_what_it_shows(name, language):
    root = read(draw(FLOWS[name], language))
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {state.name for state in FLOWS[name].states.values() if not is_end(state)} <= words
    assert root.find(f"{SVG}title").text == FLOWS[name].title
    described = root.find(f"{SVG}desc").text
    assert all(f"{arrow.source} to {arrow.target}" in described for arrow in arrows(FLOWS[name], language))


def test_a_picture_for_a_page_leaves_its_looks_to_the_page():
    alone, within = draw(FLOWS["day"]), draw(FLOWS["day"], styled=False)
    assert "<style>" in alone
    assert "style" not in within
    root = read(within)
    named = {root.get("aria-labelledby"), root.get("aria-describedby")}
    assert named == {root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")}


@pytest.mark.parametrize("name", FLOWS)
def test_no_box_lies_over_another(name):
    picture = placed(FLOWS[name])
    boxes = [box for box in (*picture.nodes.values(), *picture.others) if box.height]
    for one, other in combinations(boxes, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart_x or abs(one.y - other.y) >= (one.height + other.height) / 2, (one.key, other.key)


@pytest.mark.parametrize("name", FLOWS)
def test_lines_lead_from_left_to_right_and_under_no_words(name):
    picture = placed(FLOWS[name])
    for way, _ in picture.lines:
        columns = [box.column for box in way.through]
        assert columns == list(range(columns[0], columns[-1] + 1))
        assert [box.x for box in way.through] == sorted(box.x for box in way.through)


def test_every_way_has_an_arrow_a_label_or_a_sign():
    for flow in FLOWS.values():
        picture = placed(flow)
        shown = {(way.through[0].key, way.through[-1].key) for way, _ in picture.lines}
        shown |= {(one.key, other.key) for one, other, _ in picture.down}
        words = " ".join(row for rows in picture.labels.values() for row in rows)
        for arrow in arrows(flow):
            drawn = (arrow.source, arrow.target) in shown
            assert drawn or is_end(flow.states[arrow.target]) or f"\u21ba {arrow.target}" in words


def test_what_stands_on_the_arrows():
    found = {(a.source, a.target): a for name in ("timeoff", "events", "break", "talk") for a in arrows(FLOWS[name])}
    assert found["timeoff", "planned"].label == "1 planned"
    assert found["cannot", "known"].label == "nudged"
    assert found["cannot", "understood"].label == ELSE
    assert found["ways", "with_peers"].label == "peers"
    assert found["one", "one"].label == "more events"
    assert found["kind", "all"] == Arrow("kind", "all", "shown once already", aside=True)
    assert [a.label for a in arrows(FLOWS["timeoff"]) if a.target == "left"] == ["left out", "no answer for 12 hours"]
    assert [a.label for a in arrows(FLOWS["reconfirm"])][:2] == ["2 no", "1 yes"]
    assert [a.label for a in arrows(FLOWS["timeoff"], "es") if a.target == "left"] == [
        "sin contestar",
        "sin respuesta en 12 horas",
    ]
    assert next(a.label for a in arrows(FLOWS["talk"], "es") if a.target == "therapist") == "1 buscar terapeuta"


def test_a_rotation_and_being_passed_over_are_told():
    ways = [a for a in arrows(FLOWS["weekly-checkin"]) if a.source == "extra"]
    assert [a.label for a in ways] == [*(f"{n} of 8" for n in range(1, 9)), "if first"]


def test_words_that_mean_something_in_a_picture_do_no_harm():
    body = """
flow: odd
title: "<&> \\"quoted\\""
start: a
states:
  a:
    ask: {en: "One <b> & two?", es: "Uno <b> y dos?"}
    choices: {number: [0, 9]}
    branch: [{when: {a: {from: 0, to: 5}}, go: low}, {when: {a: [7, 9]}, go: a}]
    go: low
  low:
    say: {en: "Fine.", es: "Bien."}
"""
    flow = parse({"odd.yaml": body}).flows["odd"]
    root = read(draw(flow))
    assert root.find(f"{SVG}title").text == '<&> "quoted"'
    assert {(a.target, a.label) for a in arrows(flow)} == {("low", "0 to 5"), ("a", "7 or 9"), ("low", ELSE)}
    assert not re.search(r"<(script|b)\b", draw(flow))


def test_a_text_is_shortened_between_words():
    worse = picture_texts("after-risk")
    assert "now, any hour. In danger call..." in worse
    assert not any(re.search(r"\b91\.\.\.", row) for row in worse)


def picture_texts(name):
    return [text.text for text in read(draw(FLOWS[name])).iter(f"{SVG}text")]
