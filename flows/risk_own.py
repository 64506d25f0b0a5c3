"""A program's own risk rules: words that its people use and the packaged rules don't know, or take too lightly.

A row can only make the screen hear more: it adds words, or raises a rule. Nothing in it can lower or silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flows.flow import FlowError
from flows.risk_pattern import pattern
from flows.risk_rules import Rule, Rules, indexed
from flows.risk_text import clauses

_ADDS = frozenset({"say", "level", "construct"})
_RAISES = frozenset({"raise", "level"})


def with_own(rules: Rules, rows: Sequence[Mapping[str, object]]) -> Rules:
    """Return `rules` with a program's own rows.

    `{"say": "take the last ferry", "level": 2, "construct": "ideation"}` adds words, written as people write them;
    `{"raise": "en-hopeless", "level": 2}` raises a rule. Raises FlowError naming the row, the value and the way out.
    """
    own: list[Rule] = []
    levels: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        where = f"row {number}"
        if row.keys() == _ADDS:
            own.append(_added(where, row, rules))
        elif row.keys() == _RAISES:
            name, level = _raised(where, row, rules)
            levels[name] = max(level, levels.get(name, 0))
        else:
            raise FlowError(f"{where}: has {_list(row)}; give say, level and construct to add, or raise and level")
    raised = tuple(replace(rule, level=levels.get(rule.id, rule.level)) for rule in rules.rules)
    return indexed(replace(rules, rules=(*raised, *own)))


def _added(where: str, row: Mapping[str, object], rules: Rules) -> Rule:
    level, construct = _level(where, row), row["construct"]
    constructs = sorted({rule.construct for rule in rules.rules if rule.level})
    if construct not in constructs:
        raise FlowError(f"{where}: construct {construct!r} is unknown; give one of {', '.join(constructs)}")
    said = row["say"]
    plain = clauses(said, rules.spelling) if isinstance(said, str) else []
    words = [word for word in plain[0].split() if word.isalnum()] if len(plain) == 1 else []
    if not words:
        raise FlowError(f"{where}: say {said!r} is not one phrase; give a few words without full stops")
    compiled = pattern(" ".join(words), {})
    if compiled.everyday:
        raise FlowError(f"{where}: say {said!r} stands in too many harmless texts; add a word that is rarer")
    return Rule(
        id=f"own-{where.removeprefix('row ')}",
        construct=str(construct),
        level=level,
        whose="open",
        about=None,
        patterns=(compiled,),
        matches=(str(said),),
        misses=(),
    )


def _raised(where: str, row: Mapping[str, object], rules: Rules) -> tuple[str, int]:
    level, name = _level(where, row), row["raise"]
    rule = next((rule for rule in rules.rules if rule.id == name and rule.level), None)
    if rule is None:
        raise FlowError(
            f"{where}: raise {name!r} names no rule; give the id of a rule from risk.en.yaml or risk.es.yaml"
        )
    if level < rule.level:
        raise FlowError(f"{where}: level {level} is lower than the {rule.level} of {name}; a row can only raise")
    return rule.id, level


def _level(where: str, row: Mapping[str, object]) -> int:
    level = row["level"]
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 3:
        raise FlowError(f"{where}: level {level!r} is not 1, 2 or 3; a row can only add or raise")
    return level


def _list(row: Mapping[str, object]) -> str:
    return ", ".join(map(str, row)) or "nothing"
