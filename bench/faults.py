"""What came held against what had to come: each difference is a fault with a person's number, zone and local time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bench.oracle import Person, Rules, Text, is_quiet, plain, shown

Fault = Literal["wrong", "missing", "twice", "in quiet hours"]
# A text this far from where one of its kind is missing is that one at the wrong time; further off it is one unasked.
_NEAR = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Found:
    """One fault. `instead` is when a text came that had to come at another time."""

    fault: Fault
    text: Text
    instead: Text | None = None

    def line(self, people: Mapping[int, Person]) -> str:
        """Write it as a line: no phone number, no words."""
        zone = people[self.text.n].zone
        came = f", but came {shown(self.instead, zone).partition(f'{zone}, ')[2]}" if self.instead else ""
        return f"{self.fault}: {shown(self.text, zone)}{came}"


def compare(wanted: Sequence[Text], came: Sequence[Text], people: Mapping[int, Person], rules: Rules) -> list[Found]:
    """Return every fault, by person and time."""
    must, did = _by_person(wanted), _by_person(came)
    found = [one for n in sorted(must.keys() | did.keys()) for one in _of_one(must[n], did[n])]
    quiet = (text for text in came if is_quiet(text.minute, people[text.n], rules))
    return [*found, *(Found("in quiet hours", text) for text in quiet)]


def _by_person(texts: Sequence[Text]) -> dict[int, list[Text]]:
    of: dict[int, list[Text]] = defaultdict(list)
    for text in texts:
        of[text.n].append(plain(text))
    return of


def _of_one(must: Sequence[Text], did: Sequence[Text]) -> Iterator[Found]:
    missing = sorted((Counter(must) - Counter(did)).elements(), key=_when)
    for text in sorted((Counter(did) - Counter(must)).elements(), key=_when):
        if text in must:
            yield Found("twice", text)
            continue
        meant = next((one for one in missing if one.kind == text.kind and abs(one.minute - text.minute) < _NEAR), None)
        if meant is None:
            yield Found("wrong", text)
        else:
            missing.remove(meant)
            yield Found("wrong", meant, instead=text)
    yield from (Found("missing", text) for text in missing)


def _when(text: Text) -> tuple[object, str]:
    return text.minute, text.kind
