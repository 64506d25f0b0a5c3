"""What must hold of every flow before it may be published: one fault at a time is put in, and each is found."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import flows
from flows import LANGUAGES, check, packaged, parse, segments
from flows.filling import _VALUES
from flows.proof import check_texts, locks
from flows.proof.check import NEEDED
from flows.proof.check_texts import WIDEST
from flows.text import fill

FILES = yaml.safe_load(packaged().yaml)
SHARED = {name: body for name, body in FILES.items() if not re.search("^flow:", body, re.MULTILINE)}

FAULTS = {
    name: fault
    for part in yaml.safe_load((Path(__file__).parent / "data" / "faults.yaml").read_text(encoding="utf-8")).values()
    for name, fault in part.items()
}

LINES = {
    "a serious line without 988": (
        "STOP ends. In crisis call or text 988.",
        "STOP ends.",
        "help",
        "en: does not say 988",
    ),
    "a line that is too long": (
        "you are unsubscribed",
        "you are unsubscribed, as you said you wished to be, just now,",
        "stop",
        "en: 1",
    ),
    "a line that offers what is not there": (
        "MENU lists words. Info",
        "WORDS lists words. Info",
        "help",
        "en: offers WORDS",
    ),
}

WHOLE = {
    "a line that is not there": (
        "lines.yaml",
        "  needed:\n",
        "  neded:\n",
        "lines.yaml: no line 'needed', which the service",
    ),
    "a flow that a word opens": (
        "talk.yaml",
        "flow: talk",
        "flow: talking",
        "no flow 'talk', which the service opens itself",
    ),
    "a flow that nothing opens": (
        "talk.yaml",
        "flow: talk",
        "flow: talking",
        "talk.yaml: no word and no flow opens 'talking'; let one run it, as in run: talking",
    ),
    "a check-in that says nothing of it": (
        "weekly-checkin.yaml",
        "{band: ",
        "{burnout: ",
        "weekly-checkin.yaml: a check-in that says nothing of its band",
    ),
}


def seeded(file, edits, *, once=1):
    """Return the packaged library with something changed in one file, and that file as it is then."""
    body = FILES[file]
    for old, new in edits:
        assert old in body, f"{old!r} is not in {file} any more"
        body = body.replace(old, new, once)
    body = re.sub(r"\n +(?:VOICE|DROP).*", "", body)
    library = packaged()
    if file in SHARED:
        return parse({**FILES, file: body}), body
    changed = parse({**SHARED, file: body})
    others = {name: flow for name, flow in library.flows.items() if flow.source != file}
    return replace(library, flows={**others, **changed.flows}), body


def line_of(name, body):
    """Return the line on which what is under a name begins."""
    number = next(n for n, line in enumerate(body.splitlines(), 1) if re.match(rf"  {name}:", line))
    inline = re.match(rf"  {name}: *[^ #]", body.splitlines()[number - 1])
    return number if inline else number + 1


def test_the_packaged_library_has_no_faults():
    assert check(packaged()) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named_with_its_place(name):
    fault = FAULTS[name]
    library, body = seeded(fault["file"], [(one["old"], one["new"]) for one in fault["change"]])
    file, _, state = fault["at"].rpartition(": ")
    where = f"{file or fault['file']}, state {state}, line {line_of(state, FILES[file] if file else body)}"
    found = check(library)
    assert [one for one in found if re.match(rf"{re.escape(where)}[:,] {re.escape(fault['says'])}", one)], found


@pytest.mark.parametrize("fault", LINES)
def test_a_fault_of_a_line_is_found_and_named_with_its_place(fault):
    old, new, name, expected = LINES[fault]
    library, body = seeded("lines.yaml", [(old, new)])
    where = f"lines.yaml, {name}, line {line_of(name, body) - 1}, {expected}"
    found = check(library)
    assert [one for one in found if one.startswith(where)], found


@pytest.mark.parametrize("fault", WHOLE)
def test_a_fault_of_a_whole_file_is_found(fault):
    file, old, new, expected = WHOLE[fault]
    found = check(seeded(file, [(old, new)], once=-1)[0])
    assert [one for one in found if one.startswith(expected)], found


def test_enrolling_without_any_consent_is_found():
    body = re.sub(r"    consent: \w+\n", "", FILES["welcome.yaml"])
    assert "welcome.yaml: enrols without any consent" in check(parse({**FILES, "welcome.yaml": body}))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("erase.yaml", "Delete all your past answers?", "Delete all your 2 years of answers?"),
        ("erase.yaml", "1 yes, delete 2 no.", "1 yes, delete 2 no. 3 days are left."),
        ("reconfirm.yaml", "reply 2 and we will stop", "reply 2 and it all stops"),
        ("longer.yaml", "0 never 1 rarely 2 sometimes 3 often 4 always", "0 never to 4 always"),
        ("longer.yaml", "1/8. How often", "1/8, since 7:30, 10-12. How often"),
    ],
)
def test_numbers_of_a_sentence_are_not_taken_for_choices(file, old, new):
    assert list(check_texts.findings(seeded(file, [(old, new)])[0])) == []


def test_a_text_may_cost_more_where_it_says_why():
    long = ("Delete all your past answers?", "Delete all your past answers? " + "Think about it. " * 4)
    costly = ("    ask:\n", "    ask:\n      segments: 2\n      why: it cannot be undone\n")
    found = [list(check_texts.findings(seeded("erase.yaml", edits)[0])) for edits in ([long], [long, costly])]
    assert len(found[0]) == 1
    assert "segments of 1" in found[0][0]
    assert found[1] == []


LOCKED = {
    "the answer to HELP": ("lines.yaml", "Msg&data rates", "Rates", "lines.yaml, help: is locked and was changed"),
    "a line said in a hard moment": (
        "lines.yaml",
        "That sounds really hard.",
        "Oh.",
        "lines.yaml, risk_concern: is locked and was changed",
    ),
    "the confirmation of STOP": (
        "lines.yaml",
        "START rejoins.",
        "START is back.",
        "lines.yaml, stop: is locked and was changed",
    ),
    "what is agreed to": ("welcome.yaml", "rare legal limits", "legal limits", "welcome.yaml, state terms, line"),
    "what stands beside a consent": (
        "welcome.yaml",
        "Tip: use your own phone",
        "Use a phone",
        "welcome.yaml, state confirm, line",
    ),
    "a consent in another flow": (
        "nudges.yaml",
        "once a day 2 three times a day",
        "once a day 2 three times",
        "nudges.yaml, state nudges, line",
    ),
    "where a consent leads": ("nudges.yaml", "{nudges: [1, 3]}", "{nudges: [3]}", "nudges.yaml, state nudges, line"),
    "a consent taken out": ("nudges.yaml", "    consent: nudges\n", "", "nudges.yaml, state nudges, line"),
    "a consent put in": (
        "discreet.yaml",
        "    choices: yes_no\n",
        "    choices: yes_no\n    consent: discreet\n",
        "discreet.yaml, state first_text, line",
    ),
    "the answers to a consent": (
        "choices.yaml",
        '1: {value: "yes", en: ["yes"], es: [si]}',
        '1: {value: "yes", en: ["yes", y], es: [si]}',
        "welcome.yaml, state staff, line",
    ),
    "where a locked flow begins": (
        "leaving.yaml",
        "start: sure",
        "start: stays",
        "leaving.yaml: the flow 'leaving' is locked and begins elsewhere",
    ),
    "a state more in a locked flow": (
        "erase.yaml",
        "  kept:\n",
        "  nowhere: {outcome: no_answer}\n  kept:\n",
        "erase.yaml, state nowhere, line",
    ),
}


@pytest.mark.parametrize("change", LOCKED)
def test_what_is_locked_may_not_be_changed(change):
    file, old, new, expected = LOCKED[change]
    library, _ = seeded(file, [(old, new)])
    found = check(library, against=packaged())
    assert [one for one in found if one.startswith(expected) and "is locked and" in one], found


def test_a_locked_flow_may_not_be_taken_out():
    flows_left = {name: flow for name, flow in packaged().flows.items() if name != "after-risk"}
    found = check(replace(packaged(), flows=flows_left), against=packaged())
    assert "after-risk.yaml, state today: is locked and was taken out" in found


def test_the_rest_may_be_changed_and_moved():
    library, _ = seeded("trend.yaml", [("This is for you alone.", "Nobody else sees it.")])
    moved = replace(
        library, flows={**library.flows, **parse({**SHARED, "erase.yaml": "# moved\n\n" + FILES["erase.yaml"]}).flows}
    )
    assert list(locks.changed(moved, packaged())) == []


def every_text():
    """Yield (place, language, text) for everything the library can say."""
    library = packaged()
    for name, listed in library.lines.items():
        yield from ((name, language, texts[language]) for texts in listed for language in LANGUAGES)
    for flow in library.flows.values():
        for state in flow.states.values():
            again = [state.question.again] if state.question and state.question.again else []
            for texts in (*state.texts, *again):
                yield from ((f"{flow.name}/{state.name}", language, texts[language]) for language in LANGUAGES)


def test_every_text_fits_one_segment_at_its_widest():
    sizes = {(place, language, text): segments(fill(text, WIDEST)) for place, language, text in every_text()}
    assert {place: size for place, size in sizes.items() if (size.encoding, size.count) != ("GSM-7", 1)} == {}


def test_every_placeholder_has_a_widest_filling():
    assert set(WIDEST) == set(_VALUES)


def test_every_line_that_is_said_by_name_is_needed():
    sources = [path.read_text(encoding="utf-8") for path in Path(flows.__file__).parent.glob("*.py")]
    said = {name for body in sources for name in re.findall(r'\.line\("(\w+)"', body)}
    assert len(said) > 15
    assert said <= NEEDED
    assert set(packaged().lines) >= NEEDED


def test_a_library_with_everything_taken_out_is_found_lacking():
    assert len(check(replace(packaged(), lines={}, flows={}))) > 40
