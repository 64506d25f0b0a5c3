"""The rule files keep the promises of their own examples, and a file that cannot be used says why."""

import pytest

from flows.flow import FlowError
from flows.risk import load_rules, packaged, screen
from flows.risk_rules import Guard, Rule


@pytest.mark.parametrize("rule", packaged().rules, ids=lambda rule: rule.id)
def test_every_rule_does_what_its_examples_say(rule: Rule) -> None:
    assert [text for text in rule.matches if rule.id not in screen(text).rules] == []
    assert [text for text in rule.misses if rule.id in screen(text).rules] == []
    assert rule.matches
    assert rule.misses


@pytest.mark.parametrize("guard", packaged().guards, ids=lambda guard: guard.id)
def test_every_guard_does_what_its_examples_say(guard: Guard) -> None:
    assert [text for text in guard.matches if screen(text).level > guard.cap] == []
    assert [text for text in guard.misses if screen(text).level <= guard.cap] == []
    assert guard.matches
    assert guard.misses


GOOD = """
rules:
- {id: en-one, construct: ideation, level: 2, say: ["{verb} me"], matches: [take me], not: [you],
   source: own, reviewed_by: null, date: 2026-11-23}
words: {verb: [take]}
"""


def test_own_rules_can_be_used() -> None:
    rules = load_rules({"risk.xx.yaml": GOOD})
    assert screen("please take me", rules).rules == ("en-one",)
    assert screen("I want to die", rules).level == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (": [", "risk.xx.yaml: not readable as YAML"),
        ("- 1", "risk.xx.yaml: expected a mapping with a list of `rules`"),
        ("rules: {}", "risk.xx.yaml: expected `rules` to be a list"),
        ("rules: [{level: 2}]", "risk.xx.yaml: a rule needs an `id`"),
        (GOOD.replace("level: 2", "level: 7"), "risk.xx.yaml: rule en-one: level 7 is not"),
        (GOOD.replace("{verb} me", "{noun} me"), "risk.xx.yaml: rule en-one: there is no vocabulary {noun}"),
        (GOOD.replace("{verb} me", "(a+)+ me"), "risk.xx.yaml: rule en-one: '(a+)+ me' has something other"),
        (
            GOOD.replace("{verb} me", "a ~ b ~ c ~ d"),
            "risk.xx.yaml: rule en-one: 'a ~ b ~ c ~ d' has more than two gaps",
        ),
        (GOOD.replace("{verb} me", "me?"), "risk.xx.yaml: rule en-one: 'me?' has no word that must be there"),
        (GOOD.replace('say: ["{verb} me"], ', ""), "risk.xx.yaml: rule en-one: 'say' is missing"),
        (GOOD.replace("date: 2026-11-23", "when: now"), "risk.xx.yaml: rule en-one: 'date' is missing"),
        (GOOD.replace("level: 2", "level: 2, whose: mine"), "risk.xx.yaml: rule en-one: whose 'mine' is not one of"),
        (GOOD.replace("level: 2", "level: 2, about: me"), "risk.xx.yaml: rule en-one: about 'me' is not one of"),
        (GOOD.replace("say: [", "say: me, saw: ["), "risk.xx.yaml: rule en-one: `say` is not a list of texts"),
        (GOOD.replace("[take]", "[no]"), "risk.xx.yaml: words verb: False is not a word"),
        (GOOD + "people: {nobody: [me]}", "risk.xx.yaml: people 'nobody' is not one of"),
        (GOOD + "guards: [{id: g, matches: []}]", "risk.xx.yaml: guard g: 'at' is missing"),
        (GOOD + "guards: [{id: g, at: ['not @'], matches: [], only: [typo]}]", "risk.xx.yaml: guard g: no rule has"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(text: str, said: str) -> None:
    with pytest.raises(FlowError) as error:
        load_rules({"risk.xx.yaml": text})
    assert str(error.value).startswith(said)


def test_two_rules_of_one_name_are_refused() -> None:
    twice = GOOD.replace("rules:\n", "rules:\n" + GOOD.split("rules:\n")[1].split("words:")[0])
    with pytest.raises(FlowError, match=r"rule en-one: there are two of this id"):
        load_rules({"risk.xx.yaml": twice})
