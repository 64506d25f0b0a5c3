"""The people in the torture: some who keep texting, others who only get their check-ins and answer nothing.

All of it goes through the pretend Twilio's own way in, which signs, retries and asks the fallback as Twilio does.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bench.counting import Text

JOINING = ("JOIN", "1", "yes", "2", "SKIP", "1")
_WEBHOOK = "/twilio/sms"
_JOIN_AT_ONCE = 12
# A consent word is dated to the second; closer together, not even Twilio could say which came last.
_BETWEEN_CONSENTS = 2.5
_HARD = ("I want to die", "I can't go on like this")
_AROUND = (-2.0, 12.0)


def number(n: int) -> str:
    """Return the number of the n-th person."""
    return f"+1804{5550000 + n:07d}"


@dataclass(slots=True)
class Phones:
    """All phones, over one connection pool to the emulator. `texts` is what was texted and how it was answered."""

    emulator: httpx.AsyncClient
    chance: random.Random
    texts: list[Text] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def join(self, numbers: Iterable[str]) -> None:
        """Have everybody join, a dozen at a time."""
        line = asyncio.Semaphore(_JOIN_AT_ONCE)

        async def one(phone: str) -> None:
            async with line:
                for words in JOINING:
                    await self.text(phone, words)

        await asyncio.gather(*map(one, numbers))

    async def keep_texting(self, numbers: Iterable[str], pause: float, stop: asyncio.Event) -> None:
        """Have each text one thing after the other, `pause` seconds apart on average, until told to stop."""

        async def one(phone: str) -> None:
            await asyncio.sleep(self.chance.uniform(0, pause))
            while not stop.is_set():
                for words in _routine(self.chance):
                    # Whoever has texted STOP texts START as well, so that nobody is left out for good.
                    if stop.is_set() and words != "START":
                        break
                    await self.text(phone, words)
                    gap = _BETWEEN_CONSENTS if words in {"STOP", "START"} else pause * self.chance.uniform(0.5, 1.5)
                    await asyncio.sleep(gap)

        await asyncio.gather(*map(one, numbers))

    async def leave(self, moments: Mapping[str, datetime]) -> None:
        """Have each text STOP, for good, within seconds of a moment: that of their check-in."""

        async def one(phone: str, moment: datetime) -> None:
            at = moment + timedelta(seconds=self.chance.uniform(*_AROUND))
            await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            await self.text(phone, "STOP")

        await asyncio.gather(*(one(phone, moment) for phone, moment in moments.items()))

    async def text(self, phone: str, words: str) -> None:
        """Send one text from a phone, and note whether the webhook answered it."""
        response = await self.emulator.post("/emulator/texts", json={"from": phone, "body": words})
        response.raise_for_status()
        answer = response.json()
        acknowledged = answer["error"] is None
        # The fallback's 200 keeps nothing, so it is no acknowledgement.
        self.outcomes["200" if acknowledged else _last_refusal(answer["attempts"])] += 1
        self.texts.append(Text(answer["sid"], phone, words, acknowledged, time.time()))


def _last_refusal(attempts: Sequence[Mapping[str, Any]]) -> str:
    """Return what the webhook's last attempt came to: a status, or Twilio's code for none."""
    tried = [one for one in attempts if one["url"].endswith(_WEBHOOK)]
    return str(tried[-1]["status"] or tried[-1]["error"][:5])


def _routine(chance: random.Random) -> Iterator[str]:
    """Return what somebody texts in one go."""
    kind = chance.choices(("check-in", "later", "stop", "words", "hard"), (60, 10, 12, 16, 2))[0]
    answers = [str(n) for n in chance.sample(range(5), 4)]  # no two alike in a row: that would be a double tap
    match kind:
        case "check-in":
            yield from ("CHECKIN", *answers, *chance.choice((("SKIP",), ("2",), ())))
        case "later":
            yield from ("CHECKIN", *answers[: chance.randrange(3)], chance.choice(("LATER", "tomorrow 8am")))
        case "stop":
            yield from ("STOP", "START")
        case "words":
            yield chance.choice(("HELP", "MENU", "BREAK", "TREND", "hello", "EVENTS"))
        case _:
            yield chance.choice(_HARD)
