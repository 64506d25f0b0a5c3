"""What the risk screen hears, what it lets pass, and that it can be trusted with anything a person may send."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.risk import packaged, screen

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


ROWS = rows("risk_rows.jsonl")
PHRASES = rows("risk_phrases.jsonl")
BATCHES = rows("risk_batches.jsonl")
"""Written batch by batch, each scored before any rule was changed for it; no rule was changed for `held_out`."""
ORDINARY = (DATA / "ordinary.txt").read_text("utf-8").splitlines()
HARMLESS = [str(row["text"]) for row in ROWS if not row["label"]]
RISKY = [str(row["text"]) for row in ROWS if row["label"]]


def flagged(some: Iterable[dict[str, object]]) -> float:
    levels = [screen(str(row["text"])).level for row in some]
    return sum(level > 0 for level in levels) / len(levels)


def by_category(some: Iterable[dict[str, object]]) -> dict[str, float]:
    found = defaultdict(list)
    for row in some:
        found[str(row["category"])].append(row)
    return {category: flagged(these) for category, these in found.items()}


def test_a_plain_sentence_is_heard() -> None:
    heard = screen("I want to die")
    assert (heard.level, heard.about, heard.construct) == (2, "self", "ideation")
    assert heard.rules == ("en-wish-to-die",)
    assert heard.guards == ()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("STOP I want to die", 2),
        ("help me I cant do this", 1),
        ("end it all", 2),
        ("I have a plan and the means", 3),
        ("I took a bunch", 3),
        ("goodbye everyone", 3),
        ("ya no puedo mas", 1),
        ("quiero morirme", 2),
        ("tengo un plan y las pastillas", 3),
        ("I wish I were dead... idk", 2),
        ("my client killed himself and I want to die too", 2),
        ("not suicidal, but I took all my pills", 3),
        ("can't stop wanting to die", 2),
        ("I'd 💊💊💊 kill myself", 2),
        ("k i l l m y s e l f", 2),
        ("ki\u200bll my\u200bself", 2),
        ("К1LL MYSELF", 2),  # the first letter is Cyrillic
        ("ＫＩＬＬ ＭＹＳＥＬＦ", 2),
        ("I don’t want to be alive", 2),
        ("QUIERO MORIR", 2),
        ("quiero hacerme dan\u0303o", 2),
        ("iwanttodie", 2),
        ("#killmyself", 2),
        ("sui.cide", 2),
        ("s**cide", 2),
        ("end.my.life", 2),
        ("ki!! myself", 2),
        ("$uicidal", 2),
        ("i wnat to klil myslef", 2),
        ("i want so badly to die", 2),
        ("not a day goes by that I don't want to die", 2),
        ("can't get through a day without wanting to die", 2),
        ("suicidal? no. tired? yes", 0),
        ("not once have I thought about killing myself", 0),
        ("I don't have a gun", 0),
        ("client threatened to kill me", 0),
        ("I'm nothing but a burden", 1),
        ("perdón mamá, ya no puedo más, adiós", 3),
        ("END", 0),
        ("STOP", 0),
        ("I quit", 0),
        ("pls stop texting me", 0),
        ("HELP", 0),
        ("AYUDA", 0),
        ("this job is killing me", 0),
        ("dying for a vacation", 0),
        ("4", 0),
        ("2103", 0),
        ("4444", 0),
        ("988", 0),
        ("si", 0),
        ("SI", 0),
        ("Sí, todo bien", 0),
        ("💊", 0),
        ("🔫", 0),
        ("", 0),
        ("   ", 0),
    ],
)
def test_phrases_that_matter(text: str, level: int) -> None:
    assert screen(text).level == level


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("my client killed himself", "client"),
        ("client has SI w/ plan", "client"),
        ("lost a client to suicide", "client"),
        ("3 SI assessments today", "client"),
        ("TDO'd someone", "client"),
        ('he told me "I want to end it all" in session', "client"),
        ("my husband is suicidal", "other"),
        ("mi paciente es suicida", "client"),
    ],
)
def test_talk_about_somebody_else_is_no_danger_to_the_writer(text: str, about: str) -> None:
    heard = screen(text)
    assert heard.level == 0
    assert heard.about in {about, "other"} if about == "client" else heard.about == about


def test_a_risk_word_without_a_subject_is_heard_and_left_open() -> None:
    heard = screen("thinking about suicide")
    assert (heard.level, heard.about) == (2, "unclear")


def test_nothing_risky_is_about_nobody() -> None:
    heard = screen("see you at three")
    assert (heard.level, heard.about, heard.construct, heard.rules, heard.guards) == (0, "unclear", None, (), ())


def test_a_silenced_match_says_what_silenced_it() -> None:
    assert screen("I am not suicidal").guards == ("denial",)


def test_the_past_softens_and_does_not_silence() -> None:
    heard = screen("had SI last year, fine now")
    assert (heard.level, heard.guards) == (1, ("past",))


def test_a_threat_to_others_is_told_apart() -> None:
    heard = screen("I keep thinking about hurting my kids")
    assert (heard.construct, heard.about) == ("violence", "other")
    assert heard.level >= 2


def test_being_hurt_is_told_apart() -> None:
    assert screen("my husband hits me").construct == "hurt"


def test_the_gravest_finding_names_the_construct() -> None:
    heard = screen("I feel hopeless and I took all my pills")
    assert (heard.level, heard.construct) == (3, "attempt")


def test_a_quotation_mark_that_never_closes_quotes_nothing() -> None:
    assert screen("my client is 5'10\" tall. I want to die").level == 2


def test_quoted_words_stay_the_clients_across_sentences() -> None:
    heard = screen('my client wrote "I am tired. I want to die. Goodbye." and we made a plan')
    assert (heard.level, heard.about) == (0, "client")


def test_the_end_of_a_very_long_text_is_heard() -> None:
    assert screen("all is well. " * 5000 + "I want to die").level == 2


def test_enough_is_heard_in_every_category() -> None:
    rates = by_category(row for row in ROWS if row["label"])
    assert rates["hp_explicit"] >= 0.95
    assert rates["hp_es"] >= 0.92
    assert rates["hp_plan"] >= 0.90
    assert min(rates.values()) >= 0.85
    assert flagged(row for row in ROWS if row["label"]) >= 0.95


def test_little_that_is_harmless_is_flagged() -> None:
    rates = by_category(row for row in ROWS if not row["label"])
    assert rates["hn_negation"] <= 0.05
    assert flagged(row for row in ROWS if not row["label"]) <= 0.04


def test_no_ordinary_message_is_flagged() -> None:
    assert [text for text in ORDINARY if screen(text).level] == []


def test_other_ways_to_say_it_are_heard() -> None:
    rates = by_category(row for row in PHRASES if row["label"])
    assert min(rates.values()) >= 0.9


def test_fresh_phrases_are_heard() -> None:
    risky = [row for row in BATCHES if row["label"]]
    assert flagged(risky) >= 0.95
    assert flagged(row for row in risky if row.get("held_out")) >= 0.92
    assert min(by_category(risky).values()) >= 0.85


def test_each_kind_of_english_is_heard_alike() -> None:
    kinds = ("hp_learner", "hp_british", "hp_textspeak", "hp_aae", "hp_explicit")
    rates = by_category(row for row in BATCHES if row["category"] in kinds)
    assert max(rates.values()) - min(rates.values()) <= 0.15


def test_fresh_harmless_phrases_pass() -> None:
    harmless = [row for row in BATCHES if not row["label"] and row["category"] != "hn_past"]
    rates = by_category(harmless)
    assert rates["hn_negation"] <= 0.01
    assert rates["hn_client"] <= 0.02
    assert rates["tricky_ordinary"] <= 0.03
    assert flagged(harmless) <= 0.02


def test_a_past_that_is_over_is_a_concern_at_most() -> None:
    assert max(screen(str(row["text"])).level for row in BATCHES if row["category"] == "hn_past") <= 1


def test_other_harmless_phrases_pass() -> None:
    rates = by_category(row for row in PHRASES if not row["label"])
    assert max(rates.values()) <= 0.04


@given(st.text(max_size=3000))
def test_no_text_makes_it_fail(text: str) -> None:
    assert "fault" not in screen(text).rules


@given(st.lists(st.sampled_from(sorted(packaged().by_word)), max_size=120))
def test_no_pile_of_risk_words_makes_it_fail(words: list[str]) -> None:
    assert "fault" not in screen(" ".join(words)).rules


@given(st.from_regex(r"[0-9 .,:/\-]{0,12}", fullmatch=True))
def test_numbers_are_never_a_risk(text: str) -> None:
    assert screen(text).level == 0


@given(st.sampled_from(HARMLESS + ORDINARY), st.sampled_from([". ", "\n", "! ", "? "]))
def test_nothing_said_before_hides_a_plain_sentence(before: str, between: str) -> None:
    heard = screen(f"{before}{between}I want to die")
    assert heard.level >= 2
    assert heard.about == "self"


@given(st.sampled_from(HARMLESS + ORDINARY))
def test_nothing_said_before_a_but_hides_what_follows(before: str) -> None:
    assert screen(f"{before} but I want to kill myself").level >= 2


@given(st.sampled_from(RISKY), st.sampled_from([str.upper, str.title, lambda text: text.replace("'", "’")]))
def test_how_it_is_typed_makes_no_difference(text: str, typed: Callable[[str], str]) -> None:
    assert screen(typed(text)).level > 0


HEAVY = [
    ("I want to just " * 200)[:1600],
    ("my client said I want to kill myself " * 60)[:1600],
    ("not suicidal " * 200)[:1600],
    ("no me quiero matar " * 200)[:1600],
    ("no hope " * 300)[:1600],
    ('"die" ' * 300)[:1600],
    "k i l l " * 200,
    "k*ll " * 320,
    "a" * 1600,
    "i" + " a" * 799,
    "." * 1600,
    " ".join(sorted(packaged().by_word))[:1600],
    " ".join(sorted(packaged().by_word, reverse=True))[:1600],
]


@pytest.mark.parametrize("text", HEAVY, ids=range(len(HEAVY)))
def test_the_heaviest_text_is_read(text: str) -> None:
    assert "fault" not in screen(text).rules


def test_a_fault_in_the_screen_is_answered_as_a_worrying_text() -> None:
    broken = dataclasses.replace(packaged(), by_word={"hello": (10**9,)}, guards=(None,))  # type: ignore[arg-type]
    assert screen("hello there, I want to die", broken).level == 1
    assert screen("hello there, I want to die", broken).rules == ("fault",)
