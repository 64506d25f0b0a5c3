import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import LANGUAGES, Choice, Question
from flows.keywords import RESERVED
from flows.replies import exact, read_reply


def choices(kind, *listed):
    """Build a question from (key, value, English labels, Spanish labels), labels apart by commas."""
    return Question(
        "q",
        kind,
        tuple(
            Choice(key, value, {"en": tuple(en.split(", ")), "es": tuple(es.split(", "))})
            for key, value, en, es in listed
        ),
    )


def told(table):
    """List (text, expected) from texts by what they should be read as, apart by " | "."""
    return [(text, expected) for expected, texts in table.items() for text in texts.split(" | ")]


OFTEN = choices(
    "scale",
    (0, 0, "never", "nunca"),
    (1, 1, "rarely", "rara vez"),
    (2, 2, "sometimes", "a veces"),
    (3, 3, "often, a lot", "seguido, mucho"),
    (4, 4, "always", "siempre"),
)
YES_NO = choices("choice", (1, "yes", "yes", "si"), (2, "no", "no", "no"))
CONTACT = choices(
    "choice",
    (1, "yes", "yes, call me then", "si"),
    (2, "ask", "ask me first", "pregunten antes"),
    (3, "no", "no, never", "no, nunca"),
)
LEAVE = choices(
    "choice",
    (1, "planned", "planned", "ya planeado"),
    (2, "cannot", "can't right now", "no puedo"),
    (3, "remind", "remind me", "recordarme"),
)
WHO = choices(
    "choice",
    (1, "me", "me", "yo"),
    (2, "client", "a client", "un cliente"),
    (3, "other", "someone else", "otra persona"),
    (4, "none", "no one at risk", "nadie en riesgo"),
)
TODAY = choices("choice", (1, "better", "better", "mejor"), (2, "same", "same", "igual"), (3, "worse", "worse", "peor"))
DAY = Question("day", "day")
TIME = Question("time", "time")
EVERY = (OFTEN, YES_NO, CONTACT, LEAVE, WHO, TODAY, DAY, TIME)

LONG = " it has been a very long week with two colleagues out and a full waiting room"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3),
        (" 0 ", 0),
        ("3.", 3),
        ("3!", 3),
        ("(3)", 3),
        ("３", 3),
        ("3️⃣", 3),
        ("often", 3),
        ("Often!", 3),
        ("A VECES", 2),
        ("rara vez.", 1),
        ("three", None),
        ("oft", None),
        ("3 - often", None),
        ("-3", None),
        ("3+", None),
        ("<3", None),
        ("", None),
    ],
)
def test_exact_takes_only_the_key_or_a_whole_label(text, expected):
    assert exact(OFTEN, text, "en") == expected


READ = {
    0: "0️⃣ | Zero | cero | 0 = never | 0 nunca | nev | nun | nevr | not at all | probably 0",
    1: "uno | hardly ever | casi nunca | seldom | rara | rara ves | my answer is 1 | 1 - rarely",
    2: "de vez en cuando | some | somtimes | aveces | maybe a 2 | un 2 más o menos | a veces creo",
    3: "3. | 3! | #3 | 3 \U0001f614 | three | tres | THREE! | 3 - often | 3-often | 3: often | 3 often | often 3"
    " | often (3) | 3 (a lot) | 3, a lot | a lot | a lot I guess | muchas veces | oft | oftn | a 3 I guess"
    " | I'd say 3 | creo que 3 | diría que seguido | 3 please | 3\nlong week | Often, mostly Mondays",
    4: "4) siempre | all the time | todo el tiempo | alw | siem | allways | simpre | it's a 4",
}


@pytest.mark.parametrize(("text", "expected"), told(READ))
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_as_an_answer_on_a_scale(text, expected, language):
    assert read_reply(OFTEN, text, language) == expected


@pytest.mark.parametrize("text", ["3 -", "3.", "3 - often:", "Often.", "Three:", "3..."])
def test_a_long_text_is_an_answer_if_it_opens_with_one(text):
    assert read_reply(OFTEN, text + LONG, "en") == (None if text == "Three:" else 3)


GUESSES = {
    "several numbers": "2 or 3 | 2 o 3 | 1-4 | 0 to 4 | 2/3 | 2, maybe 3 | 2 - 3 times | two or three | 3. or 2 | 2103",
    "no such number": "10 | 5 | -1 | - 1 | −1 | –1 | +1 | 1.5 | 1,5 | .5 | 3.0 | ½ | 3% | $3 | <3 | :3 | 03",
    "it counts something": "I had 3 clients today | 3 clients today | 3 clients | 3 times | 3pm | 3rd | no one"
    " | at 3 pm it got bad | one of my clients died | I felt numb with 2 of them, always do",
    "it contradicts itself": "3 - never | 3, no wait, 2 | Sometimes, but often lately | not often | often and always",
    "it is something else": " | ? | rarely-sometimes | somewhat | ever | soften | no | idk | what? | maybe | a little",
    "it is long": "often" + LONG + " | 3" + LONG + " | I would say that it is a 3 all in all",
}


@pytest.mark.parametrize(("text", "why"), told(GUESSES))
def test_what_is_asked_again_rather_than_guessed(text, why):
    assert read_reply(OFTEN, text, "en") is None, why


@pytest.mark.parametrize(
    "text", ["y", "Yes", "yep", "yeah", "ok", "OK.", "okay", "sure!", "si", "sí", "Claro", "1", "one"]
)
def test_yes(text):
    assert read_reply(YES_NO, text, "en") == "yes"
    assert read_reply(CONTACT, text, "es") == "yes"


@pytest.mark.parametrize("text", ["n", "No", "nope", "no thanks", "no, gracias", "No thank you"])
def test_no(text):
    assert read_reply(YES_NO, text, "en") == "no"
    assert read_reply(CONTACT, text, "es") == "no"


@pytest.mark.parametrize(
    ("text", "expected"), [("\U0001f44d", "yes"), ("\U0001f44d\U0001f3fe", "yes"), ("\U0001f44e", "no")]
)
def test_a_thumb_is_a_yes_or_a_no_where_that_was_asked(text, expected):
    assert read_reply(YES_NO, text, "en") == expected
    assert read_reply(OFTEN, text, "en") is None


@pytest.mark.parametrize(
    "text", ["maybe", "yes I guess", "not sure", "unsure", "yes and no", "no se", "no idea", "i guess so"]
)
def test_a_half_yes_is_no_consent(text):
    assert read_reply(YES_NO, text, "en") is None


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (YES_NO, "2", "no"),
        (YES_NO, "1 - but not before noon", "yes"),
        (CONTACT, "3", "no"),
        (CONTACT, "ask me", "ask"),
        (CONTACT, "ask me frist", "ask"),
        (LEAVE, "cant right now", "cannot"),
        (LEAVE, "can’t right now", "cannot"),
        (LEAVE, "can right now", None),
        (LEAVE, "can", None),
        (LEAVE, "no puedo", "cannot"),
        (LEAVE, "plan", "planned"),
        (LEAVE, "remind me please", "remind"),
        (WHO, "me", "me"),
        (WHO, "it's a client", "client"),
        (WHO, "client", "client"),
        (WHO, "a clinet", "client"),
        (WHO, "someone", "other"),
        (WHO, "no one", "none"),
        (WHO, "no", None),
        (TODAY, "better thanks", "better"),
        (TODAY, "bitter", None),
        (TODAY, "worst", "worse"),
        (TODAY, "same", "same"),
        (TODAY, "better than yesterday but worse at night", None),
    ],
)
def test_choices_by_their_labels(question, text, expected):
    assert read_reply(question, text, "en") == expected


def test_the_persons_language_decides_where_a_word_means_two_things():
    two = choices("choice", (1, "a", "once", "otra vez"), (2, "b", "eleven", "once"))
    assert (exact(two, "once", "en"), exact(two, "once", "es")) == ("a", "b")
    assert (read_reply(two, "onc", "en"), read_reply(two, "onc", "es")) == ("a", "b")


def test_a_beginning_or_a_slip_of_two_labels_is_none_of_them():
    two = choices("choice", (1, "a", "residential", "x"), (2, "b", "resource", "y"), (3, "c", "evening", "z"))
    assert [read_reply(two, said, "en") for said in ("res", "resi", "resou", "eve")] == [None, "a", "b", "c"]
    assert read_reply(DAY, "thuesday", "en") is None


@given(st.sampled_from(EVERY), st.text(max_size=90), st.sampled_from([*LANGUAGES, "fr"]))
def test_any_text_gets_an_answer_of_the_question_or_none(question, text, language):
    found, strict = read_reply(question, text, language), exact(question, text, language)
    values = [choice.value for choice in question.choices] or (range(7) if question is DAY else None)
    for answer in (found, strict):
        assert answer is None or values is None or answer in values


@given(st.sampled_from([q for q in EVERY if q.choices]), st.data(), st.sampled_from(LANGUAGES))
def test_every_key_and_label_reads_as_its_choice(question, data, language):
    choice = data.draw(st.sampled_from(question.choices))
    said = data.draw(st.sampled_from([str(choice.key), *choice.labels[language]]))
    dressed = data.draw(
        st.sampled_from([said, said.upper(), f" {said}. ", f"{said}!", f"({said})", f"{said} \U0001f642"])
    )
    assert exact(question, dressed, language) == choice.value
    assert read_reply(question, dressed, language) == choice.value


@given(st.integers(0, 9999), st.sampled_from([OFTEN, YES_NO, CONTACT, TODAY]))
def test_a_number_is_an_answer_only_if_it_is_a_key(number, question):
    keys = {choice.key: choice.value for choice in question.choices}
    assert read_reply(question, str(number), "en") == keys.get(number)


@given(st.integers(0, 9), st.sampled_from(" -–/.,:or to o"), st.integers(0, 9))
def test_two_numbers_are_never_one_answer(one, between, other):
    assert read_reply(OFTEN, f"{one} {between} {other}", "en") is None


@given(
    st.integers(0, 4),
    st.lists(st.sampled_from(["clients", "hours", "sessions", "had", "today", "left", "days"]), min_size=1, max_size=5),
)
def test_a_number_that_counts_something_is_no_answer(number, counted):
    assert read_reply(OFTEN, f"I had {number} {' '.join(counted)}", "en") is None
    assert read_reply(OFTEN, f"{number} {' '.join(counted)}", "en") is None


@given(st.sampled_from(sorted(RESERVED)), st.sampled_from([OFTEN, CONTACT, TODAY]))
def test_a_reserved_word_is_never_read_as_an_answer(word, question):
    assert read_reply(question, word, "en") is None


@pytest.mark.parametrize("part", ["i guess so ", "- ", "often ", "3 - ", "a ", "por favor "])
def test_a_long_text_is_read_at_once(part):
    # A pattern that can split "i guess so" in two ways would try 2 to the 150th of them.
    assert read_reply(OFTEN, "3 - " + part * 150 + "x", "en") in (3, None)
