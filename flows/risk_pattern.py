"""The small language in which risk rules and guards are written, so that a clinician can read and change them.

    i ~ {wish} to? (die|be dead)

Words stand for themselves. `{wish}` is any entry of that vocabulary, `(a|b c)` one of these, a trailing `?` means it
may be missing, `~` that a few other words may stand there, `^` and `$` are the clause's two ends (`$` also as one of
several). Between two words of a rule one small word may stand ("the", "so", "ever"; never "not"). In a guard `@` is
what a rule found. There is nothing else, and so no pattern can take long: each becomes one regular expression without
nested repeats, whose only repeat is the bounded gap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

Vocabulary = Mapping[str, list[str]]

_GAP = r"(?= )[a-z0-9' ]{0,22}?"
_SIGNS = {"~": _GAP, "^": r"\A", "$": r"(?= \Z)"}
NEAR = 90
"""Characters on either side in which a guard looks, so that a long text costs no more per match than a short one."""
_ELEMENT = re.compile(r"\([^()]*\)\??|\{[a-z_]+\}\??|[a-z0-9,\"]+\??|[~^$@]")
_EVERYDAY = """
a about am and are at be been being but can could do for get getting go going got had has have he i if in is
it just like make me my no not of off on one or out she so some that the them they this to up us want wanted
wanting was were what will with would you your all any , de la el lo que y se un una mi los las en por con
para su es esta ser estar al estoy como mas ya yo quiero voy
"""
_SMALL = r"(?: (?!(?:not?|nor|ni|sin) )(?:[a-z]{1,3}|have|been|even|ever|that|this|very|would)(?= ))?"
_ALSO = 2
"""How many more words are asked for before a clause is searched: each question costs less than a search."""

_EVERYWHERE = frozenset(_EVERYDAY.split())
"""Words in so many texts that waiting for one of them would spare no pattern from being tried."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`words`: at least one of them is in every clause that `regex` can match, and one of each of `also`."""

    regex: re.Pattern[str]
    words: frozenset[str]
    also: tuple[frozenset[str], ...] = ()

    @property
    def everyday(self) -> bool:
        """Whether all it waits for is in most texts."""
        return self.words <= _EVERYWHERE

    def may_fit(self, words: set[str]) -> bool:
        """Whether a clause of these words is worth searching."""
        return not any(map(words.isdisjoint, self.also))


@dataclass(frozen=True, slots=True)
class Around:
    """What a guard looks for: left of a match, right of it, or (`anywhere`) in its clause. One of each of `also` has
    to be near."""

    left: re.Pattern[str] | None = None
    right: re.Pattern[str] | None = None
    anywhere: re.Pattern[str] | None = None
    also: tuple[frozenset[str], ...] = ()

    def fits(self, clause: str, start: int, end: int, near: set[str]) -> bool:
        """Whether this stands around `clause[start:end]`, where the words `near` are."""
        if any(map(near.isdisjoint, self.also)):
            return False
        if self.anywhere:
            return self.anywhere.search(clause, max(0, start - NEAR), end + NEAR) is not None
        before = self.left is None or self.left.search(clause, max(0, start - NEAR), start) is not None
        return before and (self.right is None or self.right.match(clause, end) is not None)


def pattern(template: str, vocabulary: Vocabulary) -> Pattern:
    """Compile a rule's pattern. Raises ValueError saying what cannot be read."""
    elements = _elements(template)
    keys = _needed(elements, vocabulary)
    if not keys:
        raise ValueError(f"{template!r} has no word that must be there")
    return Pattern(re.compile(_regex(elements, vocabulary, between=_SMALL)), keys[0], tuple(keys[1 : 1 + _ALSO]))


def around(template: str, vocabulary: Vocabulary) -> Around:
    """Compile a guard's pattern. Raises ValueError saying what cannot be read."""
    elements = _elements(template)
    also = tuple(_needed(elements, vocabulary)[:_ALSO])
    if "@" not in elements:
        return Around(anywhere=re.compile(_regex(elements, vocabulary)), also=also)
    at = elements.index("@")
    left, right = elements[:at], elements[at + 1 :]
    return Around(
        left=re.compile(_regex(left, vocabulary, tail="$")) if left else None,
        right=re.compile(_regex(right, vocabulary)) if right else None,
        also=also,
    )


def _needed(elements: list[str], vocabulary: Vocabulary) -> list[frozenset[str]]:
    """For each element that can't be missing, words of which one must be there; the most telling first."""
    choices = [_choices(e, vocabulary) for e in elements if e not in "~^$@" and not e.endswith("?")]
    words = (frozenset(max(one.split(), key=_weight) for one in some) for some in choices if "$" not in some)
    return sorted(map(_same, words), key=_cost)


@cache
def _same(words: frozenset[str]) -> frozenset[str]:
    """The one set of these words: most patterns share their slots, and so their memory."""
    return words


def entries(name: str, vocabulary: Vocabulary) -> list[str]:
    """Return the words of one slot, other slots named in it included."""
    if name not in vocabulary:
        raise ValueError(f"there is no vocabulary {{{name}}}")
    found: list[str] = []
    for entry in vocabulary[name]:
        found += entries(entry[1:-1], vocabulary) if entry.startswith("{") else [entry]
    return found


def _elements(template: str) -> list[str]:
    elements = _ELEMENT.findall(template)
    if "".join(elements).replace(" ", "") != template.replace(" ", ""):
        raise ValueError(f"{template!r} has something other than words, {{slots}}, (a|b), ?, ~, ^ and $")
    if elements.count("~") > 2:
        raise ValueError(f"{template!r} has more than two gaps")
    return elements


def _choices(element: str, vocabulary: Vocabulary) -> list[str]:
    body = element.removesuffix("?")
    if body.startswith("{"):
        return entries(body[1:-1], vocabulary)
    if not body.startswith("("):
        return [body]
    parts = [part.strip() for part in body[1:-1].split("|")]
    return [choice for part in parts for choice in (entries(part[1:-1], vocabulary) if part[:1] == "{" else [part])]


def _regex(elements: list[str], vocabulary: Vocabulary, tail: str = "(?= )", between: str = "") -> str:
    parts = []
    for before, element in zip(["^", *elements], elements, strict=False):
        if element in _SIGNS:
            parts.append(_SIGNS[element])
            continue
        optional = element.endswith("?")
        small = "" if optional or before in ("~", "^") else between
        parts.append(small + _either(_choices(element, vocabulary), optional))
    if tail == "$" and elements[-1:] == ["~"]:
        parts[-1] = f"(?:{_GAP})?"  # what a guard waits for may also be right beside it
    return "".join(parts) + tail


def _either(choices: list[str], optional: bool) -> str:
    longest_first = sorted((choice for choice in choices if choice != "$"), key=len, reverse=True)
    words = f" (?:{'|'.join(map(re.escape, longest_first))})"
    if "$" in choices:
        return rf"(?:{words}|(?= \Z))"
    return f"(?:{words})?" if optional else words


def _weight(word: str) -> tuple[bool, int]:
    return word not in _EVERYWHERE, len(word)


def _cost(words: frozenset[str]) -> tuple[int, int]:
    return len(words & _EVERYWHERE), len(words)
