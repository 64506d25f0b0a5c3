"""What a schedule sends in a week, and what that costs: about, from the texts themselves.

Each person either answers or is silent, and which of the two is nobody's to know: both are told, and never a sum of
what was really sent. A reply counts as a segment too, since carriers charge for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from flows import LANGUAGES, CloseCheckIn, Heard, Library, Reminded, Say, Started, advance, segments
from flows.conversation import Conversation
from flows.staging.cast import enrolled
from flows.turn import Effect
from sms_service.program_settings import ProgramSettings

_WEEKS_A_YEAR = Decimal(52)
_MONTHS_A_YEAR = Decimal(12)
_MOST_TURNS = 20
_MOST_PLAYED = 50


@dataclass(frozen=True, slots=True)
class Amount:
    """Messages and segments of one person, theirs and ours together."""

    messages: Decimal
    segments: Decimal

    def times(self, number: Decimal) -> Amount:
        """Return so many times the amount."""
        return Amount(self.messages * number, self.segments * number)


@dataclass(frozen=True, slots=True)
class Week:
    """What one person's week comes to: for somebody who answers every time, and for somebody silent."""

    answered: Amount
    silent: Amount


_played: dict[tuple[str, int], Week] = {}


def week(settings: ProgramSettings, library: Library) -> Week:
    """Return what one person's week comes to by a schedule, in the language that takes more."""
    often = _a_week(settings)
    one = _check_in(library, len(settings.remind_hours))
    return Week(one.answered.times(often), one.silent.times(often))


def _check_in(library: Library, reminders: int) -> Week:
    """Return what one check-in comes to: played once for each version of the conversations."""
    key = (library.digest, reminders)
    if key not in _played:
        if len(_played) > _MOST_PLAYED:
            _played.clear()
        answered = max((_answered(library, language) for language in LANGUAGES), key=lambda one: one.segments)
        silent = max((_silent(library, language, reminders) for language in LANGUAGES), key=lambda one: one.segments)
        _played[key] = Week(answered, silent)
    return _played[key]


def _a_week(settings: ProgramSettings) -> Decimal:
    if settings.month_week:
        return _MONTHS_A_YEAR / _WEEKS_A_YEAR
    return Decimal(1 + len(settings.also_days)) / settings.every_weeks


def _answered(library: Library, language: str) -> Amount:
    """Play a check-in of somebody who answers each question with the first text."""
    context = replace(enrolled(language), question_sent=True)
    turn = advance(library, None, Started("weekly-checkin"), context)
    said, heard = list(turn.effects), 0
    for text in ["GO", *["2"] * _MOST_TURNS]:
        if turn.conversation is None or any(isinstance(effect, CloseCheckIn) for effect in turn.effects):
            break
        turn = advance(library, turn.conversation, Heard(text), context)
        said += turn.effects
        heard += 1
    ours = _amount(said)
    return Amount(ours.messages + heard, ours.segments + heard)


def _silent(library: Library, language: str, reminders: int) -> Amount:
    context = enrolled(language)
    turn = advance(library, None, Started("weekly-checkin"), context)
    said, open_one = list(turn.effects), turn.conversation
    for number in range(1, reminders + 1):
        said += _reminded(library, open_one, 2 if number == reminders and number > 1 else 1, language)
    return _amount(said)


def _reminded(library: Library, open_one: Conversation | None, number: int, language: str) -> Iterable[Effect]:
    return advance(library, open_one, Reminded(number), enrolled(language)).effects if open_one else ()


def _amount(effects: Iterable[Effect]) -> Amount:
    texts = [effect.text for effect in effects if isinstance(effect, Say)]
    return Amount(Decimal(len(texts)), Decimal(sum(segments(text).count for text in texts)))


def price(setting: str) -> tuple[Decimal, str] | None:
    """Return what a segment costs and in which currency, of "0.0083 USD"; None where it is not set."""
    amount, _, currency = setting.partition(" ")
    return (Decimal(amount), currency) if setting else None


def money(amount: Decimal, currency: str) -> str:
    """Say an amount roughly: "0.11 USD", "24 USD"."""
    rounded = amount.quantize(Decimal(1) if amount >= 10 else Decimal("0.01"))
    return f"{rounded:,} {currency}"
