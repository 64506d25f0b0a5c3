import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.reading import words
from flows.reading.keywords import (
    RESERVED,
    YES_MEANS_START,
    Command,
    bare,
    begins_with_stop,
    carrier,
    command,
    fold,
    misdirected,
    opts_out,
    spanish,
    strip_phrases,
    twilio_answers,
)
from tests.flows.told import every


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Stop!  ", "stop"),
        ("ESPAÑOL", "espanol"),
        ("Sí", "si"),
        ("３", "3"),
        ("3️⃣", "3"),
        ("3 \U0001f44d", "3"),
        ("I   can’t", "i can't"),
        ("7:30\u00a0PM.", "7:30 pm"),
        ("1-4", "1-4"),
        ("...", ""),
        ("", ""),
    ],
)
def test_fold(text, expected):
    assert fold(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_bare_keeps_words_only():
    assert bare("Well, I can't -- 3/4!") == "well i cant 3 4"


def test_phrases_come_off_both_ends_and_only_whole():
    assert strip_phrases("thank you please stop thanks", ("please", "thank you", "thanks")) == "stop"
    assert strip_phrases("pleased", ("please",)) == "pleased"
    assert strip_phrases("please", ("please",)) == ""


STOPS = [
    *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"),
    *("ALTO", "PARAR", "BAJA", "CANCELAR", "OPT OUT", "Opt-Out"),
    *("stop", " Stop. ", "STOP!", "stop!!", '"STOP"', "ＳＴＯＰ"),
]


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_word_alone_is_a_stop(text):
    assert carrier(text) == "stop"
    assert opts_out(text)
    assert begins_with_stop(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("START", "start"),
        ("Unstop.", "start"),
        ("HELP", "help"),
        ("info", "help"),
        ("Ayuda", "help"),
        ("YES", None),
        ("help me", None),
        ("stop by my desk", None),
        ("the end", None),
        ("", None),
    ],
)
def test_carrier_words_are_whole_messages(text, expected):
    assert carrier(text) == expected


def test_yes_is_start_only_after_a_stop():
    assert {"YES"} == YES_MEANS_START
    assert carrier("Yes", opted_out=True) == "start"
    assert carrier("Yes") is None
    assert carrier("si", opted_out=True) is None


@pytest.mark.parametrize("text", ["STOP", " stop ", "Yes", "HELP", "opt out", "STOP.", "ALTO", "AYUDA"])
def test_twilio_answers_only_its_own_words(text):
    assert twilio_answers(text) == (text.strip().upper() in {"STOP", "YES", "HELP"})


@pytest.mark.parametrize(
    "text",
    [
        *("988", "911!", "HOME", "hola", "741741", "text 988", "Call 911", "HOME to 741741", "HOLA al 741741"),
        *("AYUDA al 988", "9-8-8", "9 1 1", "988 please", "is this 988?", "¿Es el 988?", "llama al 988"),
    ],
)
def test_what_was_meant_for_a_crisis_line(text):
    assert misdirected(text)


@pytest.mark.parametrize("text", ["I called 911 for a client", "1988", "home visits", "98", "", "9880", "hola, 3"])
def test_what_was_meant_for_us(text):
    assert not misdirected(text)


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        *((word, name, "") for name, listed in words.COMMANDS.items() for word in listed),
    ],
)
def test_command_words_of_both_languages(text, name, argument):
    assert command(text) == Command(name, argument)


CANONICAL = (
    "checkin go skip back later pause resume when day time quiet zone weekly monthly language break nudges nudges-off"
    " timeoff learn events talk about trend express phone text pin menu away contact callme nocall data erase"
    " discreet more"
)


def test_every_command_has_words_of_both_languages():
    assert sorted(words.COMMANDS) == sorted(CANONICAL.split())
    shown = {name for told in every() if told.read == "command" and told.means for name in [told.means.split()[0]]}
    assert shown == set(words.COMMANDS)


def test_a_long_text_is_no_command():
    assert command("pause " + "2 " * 60 + "weeks") is None


@pytest.mark.parametrize("text", ["Hola, necesito ayuda", "UNIRME", "¿3?", "mañana", "quiero hablar"])
def test_spanish_is_recognised(text):
    assert spanish(text)


@pytest.mark.parametrize("text", ["JOIN", "hello, who is this?", "do me a favor", "3", "", "no"])
def test_english_is_not_taken_for_spanish(text):
    assert not spanish(text)


def test_reserved_words_are_folded_and_leave_yes_and_no_to_labels():
    assert {fold(word).replace("-", " ") for word in RESERVED} == RESERVED
    assert {"stop", "opt out", "baja", "checkin", "que es", "espanol", "hola", "988"} <= RESERVED
    assert not {"yes", "no", "si", "ok"} & RESERVED


def test_no_word_means_two_things():
    listed = [word for group in (words.CARRIER, words.COMMANDS) for found in group.values() for word in found]
    listed += words.FIXED
    assert len(listed) == len(set(listed))


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text):
    found = command(text)
    assert carrier(text) in (None, "stop", "start", "help")
    assert carrier(text) is None or found is None
    assert isinstance(misdirected(text) and spanish(text) and begins_with_stop(text), bool)
    assert opts_out(text) or carrier(text) != "stop"


@given(st.sampled_from(sorted(RESERVED)), st.sampled_from(["", " ", "!", ".", "...", "\n"]), st.booleans())
def test_dress_does_not_hide_a_reserved_word(word, mark, loud):
    text = f" {word.upper() if loud else word}{mark}"
    assert carrier(text) or command(text) or misdirected(text)
