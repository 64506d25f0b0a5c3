"""Looks for danger in what a person writes: to themselves first, and then from them or to them.

Rules say what risk sounds like, guards what only looks like it; both are data, `definitions/risk.*.yaml`. All languages
are always read, because people mix them and because a setting may be wrong. A word about a client is not a word about
the writer, and clinicians write such words all day: whose danger it is, is decided for every match.

In doubt it speaks up: a needless text with a phone number costs little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from re import Match

from flows.risk_own import with_own
from flows.risk_pattern import NEAR
from flows.risk_rules import About, Rule, Rules, load_rules
from flows.risk_text import clauses

__all__ = ["About", "Rules", "Screening", "load_rules", "packaged", "screen", "with_own"]

PACKAGED = ("risk.en.yaml", "risk.es.yaml")

_GRAVEST_FIRST = ("attempt", "means", "plan", "farewell", "violence", "ideation", "selfharm", "hurt")
_FAR = 200
"""How many characters before a match decide, at most, what it means: more than `_REACH` words and than `NEAR`."""

_ME_TOO = re.compile(
    r"\b(?:me too|do the same|want (?:the same|that too|it too|that as well)|(?:going to|will|want to) (?:follow|join)"
    r" (?:her|him|them)|lo mismo|yo tambien|seguirl[ao])\b"
)
_REACH = 14
"""How many words before a match whoever is named may still be its subject."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What was found.

    `level`: 0 nothing, 1 concern, 2 explicit, 3 imminent: the danger to the writer, or from the writer to others.
    `about`: whose danger the words speak of; "unclear" with a level is a risk word with nobody named, without one it
    means that there was nothing. `construct` names the gravest finding, `rules` are the ids that matched, `guards` the
    names of what silenced or softened something.
    """

    level: int = 0
    about: About = "unclear"
    construct: str | None = None
    rules: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Finding:
    rule: Rule
    level: int
    about: About
    guard: str | None = None


@dataclass(slots=True)
class _Quote:
    """Quotation marks may open in one clause and close in another; whose words they are was said outside of them.
    One that never closes is an inch or a slip, and quotes nothing: `left` counts the marks still to come."""

    left: int
    open: bool = False
    of: About = "unclear"

    def holds(self, clause: str, found: Match[str]) -> bool:
        """Whether what was found is somebody else's words."""
        inside = self.open ^ (clause.count('"', 0, found.start()) % 2 == 1)
        closes = self.left > 0 or '"' in clause[found.end() :]
        return inside and closes and self.of in ("client", "other")


def screen(text: str, rules: Rules | None = None) -> Screening:
    """Return the danger that `text` speaks of. Never raises; time grows with the length, of which 10,000 is read."""
    try:
        return _screened(text, rules or packaged())
    except Exception:  # noqa: BLE001  (whatever is wrong in here, somebody may be in danger: they get the resources)
        return Screening(level=1, about="self", rules=("fault",))


def _screened(text: str, rules: Rules) -> Screening:
    parts = clauses(text, rules.spelling)
    quote = _Quote(sum(part.count('"') for part in parts))
    findings: list[_Finding] = []
    for clause in parts:
        quote.left -= clause.count('"')
        if '"' in clause and not quote.open:
            quote.of = _first_named(clause, rules)
        findings += _read(clause, quote, rules)
        quote.open ^= clause.count('"') % 2 == 1
    return _joined_in(_sum_up(findings), " . ".join(parts))


def _joined_in(found: Screening, said: str) -> Screening:
    """Hear somebody who tells of a client's death or wish to die and says "me too" of it."""
    if found.level or found.about != "client" or not _ME_TOO.search(said):
        return found
    return Screening(2, "self", "ideation", (*found.rules, "me-too"), found.guards)


@cache
def packaged() -> Rules:
    """Return the rules that come with the package."""
    folder = files("flows") / "definitions"
    return load_rules({name: (folder / name).read_text(encoding="utf-8") for name in PACKAGED})


def _read(clause: str, quote: _Quote, rules: Rules) -> Iterator[_Finding]:
    words = set(clause.split())
    numbers = {number for word in words & rules.by_word.keys() for number in rules.by_word[word]}
    settled = ""
    known: dict[tuple[object, ...], _Finding] = {}
    for rule, pattern in (rules.searches[number] for number in sorted(numbers)):
        if rule.id == settled or not pattern.may_fit(words):
            continue
        for found in pattern.regex.finditer(clause):
            # Whoever says it a hundred times means the same: judged once.
            around = clause[max(0, found.start() - _FAR) : found.end() + NEAR]
            key = (rule.id, around, min(found.start(), _FAR), found[0], quote.holds(clause, found))
            finding = known.get(key) or _judged(rule, clause, found, quote, rules)
            known[key] = finding
            yield finding
            if finding.level == rule.level:
                settled = rule.id
                break


def _judged(rule: Rule, clause: str, found: Match[str], quote: _Quote, rules: Rules) -> _Finding:
    if rule.level == 0:
        return _Finding(rule, 0, rule.about or "unclear")
    if quote.holds(clause, found):
        return _Finding(rule, 0, quote.of, "quote")
    about = _whose(rule, clause, found, rules)
    if about in ("client", "other"):
        return _Finding(rule, 0, about, about)
    near = set(clause[max(0, found.start() - NEAR) : found.end() + NEAR].split())
    for guard in rules.guards:
        if guard.holds(rule, clause, found, near):
            return _Finding(rule, min(guard.cap, rule.level), guard.about or about, guard.id)
    return _Finding(rule, rule.level, rule.about or about)


def _whose(rule: Rule, clause: str, found: Match[str], rules: Rules) -> About:
    """A first person inside the match settles it. Else the nearest person named before it; for words that need a
    subject of their own ("want to die") a comma ends the search, as "lost a client, want to die" has none."""
    if rule.whose == "self" or not rules.own.isdisjoint(found[0].split()):
        return "self"
    before = clause[: found.start()]
    if rule.whose == "open":
        before = before.rpartition(" , ")[2]
    words = before.split()[-_REACH:]
    if words[-1:] in (["my"], ["mi"], ["mis"]):
        return "self"
    for at in range(len(words) - 1, -1, -1):
        named = rules.people.get(words[at]) or rules.people.get(" ".join(words[max(0, at - 1) : at + 1]))
        if named:
            return named
    return "unclear" if rule.whose == "topic" else "self"


def _first_named(clause: str, rules: Rules) -> About:
    """Whose words are quoted: anybody but the writer who is named outside the quotation marks."""
    outside = " ".join(clause.split('"')[::2]).split()
    named = (rules.people.get(word) for word in outside)
    return next((about for about in named if about not in (None, "self")), "unclear") or "unclear"


def _sum_up(findings: list[_Finding]) -> Screening:
    if not findings:
        return Screening()
    level = max(finding.level for finding in findings)
    heard = [f for f in findings if f.level > 0] if level else [f for f in findings if not f.guard]
    return Screening(
        level=level,
        about=_about(heard if level else findings),
        construct=min((f.rule.construct for f in heard if f.level == level), key=_gravity) if level else None,
        rules=tuple(dict.fromkeys(f.rule.id for f in heard)),
        guards=tuple(dict.fromkeys(f.guard for f in findings if f.guard)),
    )


def _about(findings: list[_Finding]) -> About:
    said = {f.about for f in findings}
    order: tuple[About, ...] = ("self", "client", "other") if any(f.level for f in findings) else ("client", "other")
    return next((about for about in order if about in said), "unclear")


def _gravity(construct: str) -> int:
    return _GRAVEST_FIRST.index(construct) if construct in _GRAVEST_FIRST else len(_GRAVEST_FIRST)
