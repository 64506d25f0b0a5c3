"""What is read as an answer. The rows are in data/replies.yaml; docs/replies.md is written from them:

python -m tests.flows.test_replies
"""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import LANGUAGES, Choice, Question
from flows.reading.keywords import RESERVED
from flows.reading.labels import table
from flows.reading.replies import exact, read_reply
from tests.flows.told import QUESTIONS, SECTIONS, TODAY, every, page

PAGE = Path(__file__).parents[2] / "docs" / "replies.md"

OFTEN, YES_NO, CONTACT = QUESTIONS["often"], QUESTIONS["yes_no"], QUESTIONS["contact"]
DAY, TIME, DATE, TEXT = QUESTIONS["day"], QUESTIONS["time"], QUESTIONS["date"], QUESTIONS["text"]
NUMBER, SEVERAL = QUESTIONS["number"], QUESTIONS["several"]
CHOSEN = [QUESTIONS[name] for name in ("often", "yes_no", "contact", "leave", "who", "today")]


def choices(*listed):
    """Build a question from (key, value, English label, Spanish label)."""
    return Question(
        "q", "choice", tuple(Choice(key, value, {"en": (en,), "es": (es,)}) for key, value, en, es in listed)
    )


@pytest.mark.parametrize("title", [section["title"] for section in SECTIONS])
def test_every_text_is_read_as_it_is_written_down(title):
    rows = [told for told in every() if told.section == title]
    assert rows
    assert [(told.text, told.language, told.found()) for told in rows] == [
        (told.text, told.language, told.means) for told in rows
    ]


def test_the_page_shows_what_is_tested():
    assert PAGE.read_text(encoding="utf-8") == page()


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


@pytest.mark.parametrize("text", ["3 -", "3.", "3 - often:", "Often.", "Three:", "3..."])
def test_a_long_text_is_an_answer_if_it_opens_with_one(text):
    assert read_reply(OFTEN, text + LONG, "en") == (None if text == "Three:" else 3)


def test_the_persons_language_decides_where_a_word_means_two_things():
    two = choices((1, "a", "once", "otra vez"), (2, "b", "eleven", "once"))
    assert (exact(two, "once", "en"), exact(two, "once", "es")) == ("a", "b")
    assert (read_reply(two, "onc", "en"), read_reply(two, "onc", "es")) == ("a", "b")


def test_a_beginning_or_a_slip_of_two_labels_is_none_of_them():
    two = choices((1, "a", "residential", "x"), (2, "b", "resource", "y"), (3, "c", "evening", "z"))
    assert [read_reply(two, said, "en") for said in ("res", "resi", "resou", "eve")] == [None, "a", "b", "c"]
    assert read_reply(DAY, "thuesday", "en") is None


@given(st.sampled_from(CHOSEN), st.data(), st.sampled_from(LANGUAGES))
def test_every_key_and_label_reads_as_its_choice(question, data, language):
    choice = data.draw(st.sampled_from(question.choices))
    said = data.draw(st.sampled_from([str(choice.key), *choice.labels[language]]))
    dressed = data.draw(
        st.sampled_from([said, said.upper(), f" {said}. ", f"{said}!", f"({said})", f"{said} \U0001f642"])
    )
    assert exact(question, dressed, language) == choice.value
    assert read_reply(question, dressed, language) == choice.value


@given(st.integers(0, 9999), st.sampled_from(CHOSEN))
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


@given(st.sampled_from(sorted(RESERVED)), st.sampled_from(CHOSEN))
def test_a_reserved_word_is_never_read_as_an_answer(word, question):
    assert read_reply(question, word, "en") is None


@pytest.mark.parametrize("part", ["i guess so ", "- ", "often ", "3 - ", "a ", "por favor "])
def test_a_long_text_is_read_at_once(part):
    # A pattern that can split "i guess so" in two ways would try 2 to the 150th of them.
    assert read_reply(OFTEN, "3 - " + part * 150 + "x", "en") in (3, None)


def allowed(question, answer):
    """Whether a question has such an answer."""
    values = [choice.value for choice in question.choices]
    match question.kind:
        case "number":
            return isinstance(answer, int) and question.low <= answer <= question.high
        case "day":
            return answer in range(7)
        case "time":
            return len(answer) == 5 and "00:00" <= answer <= "23:59"
        case "hours":
            return answer in {"off", "all"} or re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", answer) is not None
        case "zone":
            return ZoneInfo(answer) is not None
        case "date":
            return date.fromisoformat(answer) is not None
        case "text":
            return 0 < len(answer) <= 500 and answer == answer.strip()
        case "several":
            return len(answer) == len(question.of) and all(one in values for one in answer)
    return answer in values


WORDS = sorted({word for told in every() for word in told.text.split()})
said = st.one_of(st.text(max_size=90), st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), st.text("0123 ,/.-"))


@given(st.sampled_from(list(QUESTIONS.values())), said, st.sampled_from([*LANGUAGES, "fr"]), st.none() | st.dates())
def test_any_text_gets_an_answer_of_the_question_or_none(question, text, language, today):
    for read in (exact, read_reply):
        answer = read(question, text, language, today=today)
        assert answer is None or allowed(question, answer), (read, answer)


@given(said, st.sampled_from(list(QUESTIONS.values())), st.sampled_from(LANGUAGES))
def test_what_is_exact_is_read_so_too(text, question, language):
    strict = exact(question, text, language, today=TODAY)
    tolerant = read_reply(question, text, language, today=TODAY)
    assert strict is None or tolerant in (strict, None)  # None: a word that means something everywhere


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.sampled_from(["", " ", ",", ", ", "/"]))
def test_several_answers_are_read_only_if_there_are_as_many_as_asked(numbers, between):
    text = between.join(map(str, numbers))
    assert read_reply(SEVERAL, text, "en") == (tuple(numbers) if len(numbers) == 4 else None)


def test_several_answers_are_numbers():
    assert read_reply(replace(CONTACT, kind="several", of=("a", "b")), "1 2", "en") is None


def test_a_pair_of_digits_is_no_range_no_decimal_and_no_date():
    pair = replace(SEVERAL, of=("a", "b"))
    assert [read_reply(pair, said, "en") for said in ("1 4", "14", "1,4", "1-4", "1.4", "14 1")] == [(1, 4)] * 3 + [
        None
    ] * 3


@given(st.integers(0, 60), st.sampled_from(["{}", "{}.", "about {}", "unos {}", "{} clients", "maybe {}?"]))
def test_a_number_is_read_within_its_bounds(number, form):
    assert read_reply(NUMBER, form.format(number), "en") == number
    assert read_reply(replace(NUMBER, low=61, high=99), form.format(number), "en") is None


@given(st.dates(date(2000, 1, 1), date(2098, 1, 1)), st.sampled_from(["%Y-%m-%d", "%b %d, %Y", "%d %B %Y"]))
def test_a_date_reads_back_as_itself(day, form):
    assert read_reply(DATE, day.strftime(form), "en") == day.isoformat()
    assert read_reply(DATE, day.strftime(form), "es", today=day) == day.isoformat()


@given(st.dates(date(2000, 1, 1), date(2098, 1, 1)), st.dates(date(2000, 1, 1), date(2098, 1, 1)))
def test_a_date_without_a_year_is_the_next_one(day, today):
    found = read_reply(DATE, f"{day:%b} {day.day}", "en", today=today)
    if found is None:
        assert (day.month, day.day) == (2, 29)
    else:
        assert 0 < (date.fromisoformat(found) - today).days <= 366
        assert found[5:] == day.isoformat()[5:]


@pytest.mark.parametrize("text", ["Jan 5", "1/5", "tomorrow", "monday", "next week", "Christmas"])
def test_without_today_only_a_date_with_its_year_is_read(text):
    assert read_reply(DATE, text, "en") is None
    assert read_reply(DATE, "Jan 5, 2027", "en") == "2027-01-05"


@pytest.mark.parametrize(("text", "expected"), [("1/5/2027", "2027-01-05"), ("Jan 5", None), ("tomorrow", None)])
def test_an_exact_date_is_in_figures(text, expected):
    assert exact(DATE, text, "en", today=TODAY) == expected


def test_own_words_are_never_exact_and_have_an_end():
    assert exact(TEXT, "a walk", "en") is None
    assert read_reply(TEXT, "x" * 500, "en") == "x" * 500
    assert read_reply(TEXT, "x" * 501, "en") is None


def test_a_question_is_put_in_order_once_and_never_taken_for_another():
    assert table(OFTEN) is table(OFTEN)
    for _ in range(2_000):  # more than are kept, and each gone at once: ids are used again
        made = choices((1, "a", "blue", "azul"), (2, "b", "red", "rojo"))
        assert read_reply(made, "blue", "en") == "a"
        other = choices((1, "b", "red", "rojo"), (2, "c", "blue", "azul"))
        assert read_reply(other, "blue", "en") == "c"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
