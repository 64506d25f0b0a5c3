"""Count what became of every text: the pretend Twilio's record on one side, our database's on the other.

Nothing here asks anybody anything; it is given a record and says what is wrong with it, so that tests can give it a
wrong one. A finding says in a few words what happened and names a sid or a row, never a number or what was said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

COLLECTED = "collect"
CHECK_IN = "check-in"
# In seconds: a text is dated by when its transaction began; of two under way at once the later may be done first.
_OVERLAP = 2.0
_FINAL = frozenset({"dropped", "failed", "undelivered"})
# What the service writes when it could not do its work is no reason for not having done it.
_NO_REASONS = frozenset(
    {
        *("it could not be worked out", "no word of it", "Twilio never had it", "Twilio could not be reached"),
        *("the sender is stopped", "nobody can say whether it was sent", "its check-in was not out in time"),
    }
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text from a phone, in the order in which Twilio had them. `acknowledged`: our webhook answered it with 200.

    `answered_at` is when that answer was there, as a time of this machine.
    """

    sid: str
    phone: str
    words: str
    acknowledged: bool
    answered_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that Twilio took for a phone; `row` is what its status callback names. `reached`: the phone shows it.

    `taken_at` is when Twilio took it; a `reply` came with the answer to a text.
    """

    sid: str
    phone: str
    row: str | None
    reached: bool
    reply: bool = True
    taken_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of our outbox, written because of a message or an appointment of ours (`origin_id`)."""

    id: str
    phone: str
    origin_id: str
    n: int
    state: str
    reason: str | None
    code: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that stands in our messages: how it came, by the webhook or collected later, and when, by our clock."""

    id: str
    source: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Due:
    """An appointment of ours. `planned`: it fell due in the run, of somebody who answers nothing."""

    id: str
    phone: str
    kind: str
    occasion: str
    state: str
    reason: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class Record:
    """All of it, once everything has come to rest. `kept` goes by sid; `out` are the phones that are opted out."""

    texts: tuple[Text, ...]
    kept: Mapping[str, Kept]
    sent: tuple[Sent, ...]
    rows: tuple[Row, ...]
    dues: tuple[Due, ...]
    out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Count:
    """How many there were, and what was found wrong: one line each."""

    acknowledged: int
    sent: int
    lost: tuple[str, ...]
    missing: tuple[str, ...]
    duplicates: tuple[str, ...]
    after_stop: tuple[str, ...]
    reasons: Mapping[str, int]

    def good(self) -> bool:
        """Whether nothing is lost, missing or sent past a STOP, and at most one text in a thousand came twice."""
        wrong = (*self.lost, *self.missing, *self.after_stop)
        return not wrong and len(self.duplicates) <= (self.acknowledged + self.sent) / 1000


def count(record: Record) -> Count:
    """Count a record."""
    at_phones = {one.row for one in record.sent if one.reached and one.row}
    caused = defaultdict(list)
    for row in record.rows:
        caused[row.origin_id].append(row)
    return Count(
        acknowledged=sum(text.acknowledged for text in record.texts),
        sent=len(record.sent),
        lost=(*_lost(record, caused, at_phones), *_unheard(record), *_made_up(record)),
        missing=tuple(_missing(record, caused, at_phones)),
        duplicates=(*_twice(record), *_asked_twice(record, at_phones)),
        after_stop=tuple(_after_stop(record)),
        reasons=Counter(_why(row) for row in record.rows if row.id not in at_phones)
        + Counter(f"{due.kind}: {due.reason}" for due in record.dues if due.planned and not caused[due.id]),
    )


def _lost(record: Record, caused: Mapping[str, list[Row]], at_phones: set[str]) -> Iterator[str]:
    silent = _told_nothing(record)
    for text in record.texts:
        kept = record.kept.get(text.sid)
        rows = caused.get(kept.id, []) if kept else []
        if kept is None:
            yield f"{text.sid}: answered with 200 and not kept" if text.acknowledged else f"{text.sid}: never taken in"
        elif not rows and kept.source != COLLECTED and text.sid not in silent:
            yield f"{text.sid}: kept, and no reply to {text.words} was written"
        yield from (f"{row.id}: reply {_why(row)}" for row in rows if not _accounted(row, at_phones))


def _told_nothing(record: Record) -> set[str]:
    """Return which texts came to us while the newest consent word that we had of their phone was a STOP.

    A START may have been on its way to us then: collected minutes later, it was no help to the texts in between, nor to
    one whose transaction began after its own and was the first to have the person's row.
    """
    numbered = [
        (record.kept[text.sid].at + (_OVERLAP if text.words == "START" else 0.0), n, text)
        for n, text in enumerate(record.texts)
        if text.sid in record.kept
    ]
    newest: dict[str, tuple[int, str]] = {}
    found = set()
    for _, n, text in sorted(numbered, key=itemgetter(0, 1)):
        if newest.get(text.phone, (0, ""))[1] == "STOP":
            found.add(text.sid)
        if text.words in {"STOP", "START"}:
            newest[text.phone] = max(newest.get(text.phone, (-1, "")), (n, text.words))
    return found


def _unheard(record: Record) -> Iterator[str]:
    """Say whose last STOP or START did not come to hold: such a text was kept, and lost all the same."""
    for phone, text in _last_word(record).items():
        if (text.words == "STOP") != (phone in record.out):
            yield f"{text.sid}: the last {text.words} of this phone does not hold"


def _last_word(record: Record) -> dict[str, Text]:
    return {text.phone: text for text in record.texts if text.words in {"STOP", "START"}}


def _after_stop(record: Record) -> Iterator[str]:
    """Say what was sent, other than as an answer, to somebody whose STOP had been answered before."""
    left = {phone: text for phone, text in _last_word(record).items() if text.words == "STOP" and text.acknowledged}
    for one in record.sent:
        if one.phone in left and not one.reply and one.taken_at > left[one.phone].answered_at:
            yield f"{one.sid}: sent after STOP"


def _made_up(record: Record) -> Iterator[str]:
    """Say what phones show that we know nothing of: it was answered, and then not kept."""
    known = {row.id for row in record.rows}
    yield from (f"{one.sid}: sent, and not in the outbox" for one in record.sent if one.row and one.row not in known)


def _missing(record: Record, caused: Mapping[str, list[Row]], at_phones: set[str]) -> Iterator[str]:
    for due in record.dues:
        if not due.planned:
            continue
        rows = caused.get(due.id, [])
        settled = due.state in {"dropped", "cancelled"} and bool(due.reason) and due.reason not in _NO_REASONS
        if not rows and not settled:
            yield f"{due.id}: {due.kind} is {due.state} without a text ({due.reason})"
        yield from (f"{row.id}: {due.kind} {_why(row)}" for row in rows if not _accounted(row, at_phones))


def _accounted(row: Row, at_phones: set[str]) -> bool:
    reason = row.reason if row.reason not in _NO_REASONS else None
    return row.id in at_phones or (row.state in _FINAL and bool(reason or row.code))


def _why(row: Row) -> str:
    return f"{row.state}: {row.reason or row.code or 'no reason'}"


def _twice(record: Record) -> Iterator[str]:
    """Say which rows' texts a phone shows more than once."""
    shown = Counter(one.row for one in record.sent if one.reached and one.row)
    yield from _beyond_the_first(shown.items())


def _asked_twice(record: Record, at_phones: set[str]) -> Iterator[str]:
    """Say for which occasions somebody got the same text by more than one row."""
    dues = {due.id: due for due in record.dues}
    shown: Counter[str] = Counter()
    for row in record.rows:
        due = dues.get(row.origin_id)
        if due is not None and row.id in at_phones:
            # Of one check-in a person has several appointments of a kind only if something went wrong.
            shown[f"{_index(record, row.phone)} {due.kind} {due.occasion} {row.n}"] += 1
    yield from _beyond_the_first(shown.items())


def _index(record: Record, phone: str) -> str:
    return f"phone {sorted({due.phone for due in record.dues}).index(phone)}"


def _beyond_the_first(shown: Iterable[tuple[str | None, int]]) -> Iterator[str]:
    for what, times in shown:
        yield from (f"{what}: once more" for _ in range(times - 1))
