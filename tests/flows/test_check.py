"""What must hold of every flow before it may be published: one fault at a time is put in, and each is found."""

import dataclasses

import pytest
import yaml

from flows import LANGUAGES, check, packaged, parse, segments
from flows.check import WIDEST
from flows.facts import _VALUES, FACTS, facts
from flows.text import fill
from flows.transcript import enrolled
from flows.turn import Conversation

FILES = yaml.safe_load(packaged().yaml)

FAULTS = {
    "a state nothing leads to": (
        "erase.yaml",
        "  kept:\n",
        "  nowhere:\n    say: {en: a, es: b}\n  kept:\n",
        "erase.yaml, state nowhere, line 18: nothing leads here",
    ),
    "no way to an end": (
        "day.yaml",
        '      es: "Tus chequeos llegan cada {d} a las {t}. DIA lo cambia cuando quieras."\n',
        '      es: "Tus chequeos llegan cada {d} a las {t}. DIA lo cambia cuando quieras."\n    go: day\n',
        "day.yaml, state saved, line 20: no way from here to an end",
    ),
    "a circle without a question": (
        "trend.yaml",
        "    go: shown\n",
        "    go: look\n",
        "trend.yaml, state look, line 6: goes round without asking anything",
    ),
    "an unknown effect": (
        "pause.yaml",
        "do: [pause]",
        "do: [paws]",
        "pause.yaml, state pause, line 6: do: 'paws' is none of",
    ),
    "an unknown setting": (
        "day.yaml",
        "do: [set day]",
        "do: [set mood]",
        "day.yaml, state day, line 6: do: 'set mood' sets none of",
    ),
    "an unknown placeholder": (
        "talk.yaml",
        "Places to turn: {help}",
        "Places to turn: {helpp}",
        "talk.yaml, state talk, line 6, en: nothing fills {helpp}",
    ),
    "a text that is too long at its widest": (
        "talk.yaml",
        "Helpers need help too.",
        "Helpers need help too, all of them.",
        "talk.yaml, state talk, line 6, en: 1",
    ),
    "a letter that makes a text dear": (
        "timeoff.yaml",
        "Si puedes,",
        "Si pudiéras más,",
        "timeoff.yaml, state timeoff, line 6, es: 1",
    ),
    "a question asked again in too many words": (
        "choices.yaml",
        "Sorry, I can only read these:",
        "Sorry, I can only read these, which are numbers:",
        "weekly-checkin.yaml, state drained, line 17, again, en: 16",
    ),
    "a word that nothing understands": (
        "learn.yaml",
        "Training you may like:",
        "TRAIN for more:",
        "learn.yaml, state learn, line 9, en: offers TRAIN, which nothing understands",
    ),
    "a label that is the carrier's word": (
        "choices.yaml",
        "es: [nunca]",
        "es: [baja]",
        "weekly-checkin.yaml, state drained, line 17: the label 'baja' is a word of the carrier or a command",
    ),
    "a label for two choices": (
        "choices.yaml",
        "[rarely, seldom, hardly ever]",
        "[rarely, never]",
        "weekly-checkin.yaml, state drained, line 17, en: the label 'never' stands for two choices",
    ),
    "a key that is no choice": (
        "erase.yaml",
        "1 yes, delete 2 no.",
        "1 yes, delete 3 no.",
        "erase.yaml, state sure, line 6, en: offers '3' for 'no', which is not one of its choices",
    ),
    "a key that means something else": (
        "discreet.yaml",
        "1 yes 2 no,",
        "1 no 2 yes,",
        "discreet.yaml, state first_text, line 6, en: offers '1' for 'no', which is not one of its choices",
    ),
    "a branch on nothing known": (
        "resume.yaml",
        "{paused: true}",
        "{resting: true}",
        "resume.yaml, state resume, line 6: nothing is known as 'resting'",
    ),
    "a branch on what never is": (
        "weekly-checkin.yaml",
        "{pattern: numbing}",
        "{pattern: numb}",
        "weekly-checkin.yaml, state feedback, line 41: pattern is never 'numb'",
    ),
    "a branch on an answer nobody can give": (
        "erase.yaml",
        '{sure: "yes"}',
        "{sure: yes}",
        "erase.yaml, state sure, line 6: sure is never True",
    ),
    "branches that may all fail": (
        "erase.yaml",
        "    go: kept\n",
        "",
        "erase.yaml, state sure, line 6: branches without a go: for when none fits",
    ),
    "a question called as a fact is": (
        "contact.yaml",
        "start: contact\nstates:\n  contact:",
        "start: paused\nstates:\n  paused:",
        "contact.yaml, state paused, line 6: 'paused' is the name of a fact already",
    ),
    "a state that does nothing": (
        "talk.yaml",
        "states:\n",
        "states:\n  empty: {outcome: nothing}\n",
        "talk.yaml, state empty, line 5: says, asks and does nothing",
    ),
    "a check-in that cannot be scored": (
        "weekly-checkin.yaml",
        "    choices: often\n    go: carry\n",
        "    choices: yes_no\n    go: carry\n",
        "weekly-checkin.yaml: a check-in that never asks 'numb' on a scale cannot be scored",
    ),
    "consent that may be skipped": (
        "welcome.yaml",
        "    consent: terms\n    required: true\n",
        "    consent: terms\n",
        "welcome.yaml, state terms, line 15: consent that may be skipped",
    ),
    "a no that enrols": (
        "welcome.yaml",
        '    branch: [{when: {terms: "no"}, go: declined}]\n',
        "",
        "welcome.yaml, state terms, line 15: a no leads to being enrolled all the same",
    ),
    "a serious line without 988": (
        "lines.yaml",
        "STOP ends. In crisis call or text 988.",
        "STOP ends. In crisis call 911.",
        "lines.yaml, help, en: does not say 988",
    ),
    "a line that is not there": (
        "lines.yaml",
        "  needed:\n",
        "  neded:\n",
        "lines.yaml: no line 'needed', which the service says itself",
    ),
    "a flow that a word opens": (
        "talk.yaml",
        "flow: talk",
        "flow: talking",
        "no flow 'talk', which the service opens itself",
    ),
}


def seeded(file, old, new):
    """Return what is found in the packaged library with one thing changed in it."""
    assert old in FILES[file], f"{old!r} is not in {file} any more"
    return check(parse({**FILES, file: FILES[file].replace(old, new, 1)}))


def test_the_packaged_library_has_no_faults():
    assert check(packaged()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named_with_its_place(fault):
    file, old, new, expected = FAULTS[fault]
    found = seeded(file, old, new)
    assert [finding for finding in found if finding.startswith(expected)], found


def test_enrolling_without_any_consent_is_found():
    body = FILES["welcome.yaml"].replace("    consent: ", "    outcome: ")
    assert "welcome.yaml: enrols without any consent" in check(parse({**FILES, "welcome.yaml": body}))


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


@pytest.mark.parametrize(("place", "language", "text"), list(every_text()))
def test_every_text_fits_one_segment_at_its_widest(place, language, text):
    size = segments(fill(text, WIDEST))
    assert (size.encoding, size.count) == ("GSM-7", 1)


def test_every_placeholder_that_may_be_used_is_filled():
    assert set(WIDEST) <= set(_VALUES)


def test_every_fact_that_may_be_asked_about_is_known():
    known = facts(Conversation((), "en"), enrolled(), answered=True, checking=False)
    assert set(FACTS) <= set(known)
    assert all(known[name] in FACTS[name] for name in FACTS)


def test_the_serious_lines_cannot_be_left_without_a_language():
    for name, listed in packaged().lines.items():
        assert all(set(texts) == set(LANGUAGES) for texts in listed), name


def test_a_library_with_everything_taken_out_is_found_lacking():
    assert len(check(dataclasses.replace(packaged(), lines={}, flows={}))) > 40
