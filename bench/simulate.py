"""Two months of ten thousand people in forty time zones, minute by minute, against the real jobs: `make simulate`.

The calendar steps to the next instant at which anything is due; there the worker's own verbs run until nothing is
left, over a real PostgreSQL and over HTTP to a stand-in for Twilio. What the stand-in took is held against the oracle.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import itertools
import json
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from redis import Redis
from sqlalchemy import text

from bench import crowd, faults, texts
from bench.hands import Hand, deliver_all, hands
from bench.oracle import LATER, Person, Rules, Text, expected
from bench.spin import spin
from bench.standin import CALL, run, standin
from flows import packaged
from sms_service import clockwork, inbox, logs, schema
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from sms_service.inbox import Inbound, Shelf
from sms_service.runtime import Runtime, open_runtime, read_ahead
from sms_service.settings import Settings
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway

PEOPLE, DAYS, START = 10_000, 61, datetime(2026, 9, 5, tzinfo=UTC)
RULES = Rules()
_SHOWN = 20
_STUCK = 20
_KEPT = 60.0
# Replies are looked for at Twilio if nobody reports on them for two minutes of real time.
_REPORT_EVERY = 50
_SECOND = timedelta(seconds=1)
_BATCH = 50
# The whole check-in at its first question; then whatever is still asked is left out.
_ANSWERS = ("2103", "SKIP")
_RECOGNISED = 24

_NEXT = text("""
    select d.clock_offset, least(
        (select min(coalesce(try_at, due_at)) from appointments where state = 'due'),
        (select min(hold_until) from outbox where state = 'held'),
        (select min(next_attempt_at) from outbox where state = 'ready') + make_interval(secs => d.clock_offset)
    ) as due from deployment d where d.id = 1
""")
# What waits in real time, to be tried again, waits as long in the calendar: nobody sits through it.
_MOVE = text("""
    with moved as (update deployment set clock_offset = :offset where id = 1)
    update outbox set next_attempt_at = next_attempt_at - make_interval(secs => :by)
    where state = 'ready' and next_attempt_at > :real
""")
_REPORT = text("update outbox set state = 'delivered' where state = 'handed'")


@dataclass(slots=True)
class Simulation:
    """The calendar, the people's answers, and what the stand-in has taken so far."""

    rt: Runtime
    gateway: Gateway
    bucket: Bucket
    hands: Sequence[Hand]
    door: HTTPConnection
    people: Sequence[Person]
    end: datetime
    steps: int = 0
    came: list[Text] = field(default_factory=list)
    _asked: Counter[int] = field(default_factory=Counter)
    _answers: list[tuple[datetime, int]] = field(default_factory=list)
    _kinds: dict[str, str] = field(default_factory=lambda: kinds())
    _shelf: Shelf = field(default_factory=lambda: Shelf(_KEPT))
    _taken: int = 0
    _sids: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self) -> None:
        """Step until the end. Raises RuntimeError if the same instant stays due whatever is done."""
        before, stuck = None, 0
        while (minute := await self._move()) is not None:
            stuck = stuck + 1 if minute == before else 0
            if stuck > _STUCK:
                raise RuntimeError(f"what is due at {minute:%Y-%m-%d %H:%M} UTC stays due")
            self.steps += minute != before
            before = minute
            await self._work()
            await self._live(minute)
            if self.steps % _REPORT_EVERY == 0:
                await self._report()

    async def _move(self) -> datetime | None:
        """Move the calendar to the next instant at which something is due and return its minute; None at the end."""
        async with self.rt.begin() as (connection, now):
            offset, due = (await connection.execute(_NEXT)).one()
            target = min([one for one in (due, *(at for at, _ in self._answers[:1])) if one], default=None)
            if target is None or target >= self.end:
                return None
            if target > now:
                real = self.rt.real()
                # A second more, so that the appointment's own second has begun for every reader.
                moved = int((target - real) / _SECOND) + 1
                await connection.execute(_MOVE, {"offset": moved, "by": moved - offset, "real": real})
        minute: datetime = target.replace(second=0, microsecond=0)
        return minute

    async def _work(self) -> None:
        """Do what the workers do: a tick, then sending until nothing is left. What is due still is the next step."""
        await clockwork.tick(self.rt)
        await asyncio.gather(*(hand.send() for hand in self.hands), deliver_all(self.rt, self.gateway, self.bucket))

    async def _live(self, minute: datetime) -> None:
        """Look at every phone, and have those answer who would now."""
        answering = []
        while self._answers and self._answers[0][0] <= minute:
            answering.append(heapq.heappop(self._answers)[1])
        for one in self._look(minute):
            self.came.append(one)
            self._asked[one.n] += one.kind == "check-in"
            style = self.people[one.n].style_at(self._asked[one.n])
            if (style, one.kind) in {("at once", "check-in"), ("reminded", "reminder-1")}:
                answering.append(one.n)
            elif (style, one.kind) == ("later", "check-in"):
                heapq.heappush(self._answers, (minute + LATER, one.n))
        if answering:
            await self._answer(sorted(set(answering)))

    def _look(self, minute: datetime) -> list[Text]:
        self.door.request("GET", f"/taken?since={self._taken}")
        told = json.loads(self.door.getresponse().read())
        self._taken = told["total"]
        first = int(texts.phone(0))
        return [
            Text(int(number) - first, minute, self._kinds.get(words[:_RECOGNISED], "something else"))
            for number, words, _ in told["taken"]
        ]

    async def _answer(self, who: Sequence[int]) -> None:
        """Have these people text their answers, one right after the other."""
        waiting = [
            Inbound(f"SM{next(self._sids):032x}", texts.phone(n), texts.NUMBER, words)
            for n in who
            for words in _ANSWERS
        ]
        while waiting:
            some, waiting = waiting[:_BATCH], waiting[_BATCH:]
            answered = await inbox.take(self.rt, some, self._shelf)
            waiting = [one for one, reply in zip(some, answered, strict=True) if reply is None] + waiting

    async def _report(self) -> None:
        """Report the replies, which go back in the webhook's answer, as the phone network does."""
        async with self.rt.begin() as (connection, _):
            await connection.execute(_REPORT)


def kinds() -> dict[str, str]:
    """Return what kind of text begins with which words, from the flows themselves."""
    library = packaged()
    openings = {
        "check-in": library.flows["weekly-checkin"].states["drained"].texts[0]["en"],
        "reminder-1": library.lines["remind_first"][0]["en"],
        "reminder-2": library.lines["remind_last"][0]["en"],
        "reconfirm": library.flows["reconfirm"].states["still"].texts[0]["en"],
    }
    return {CALL: "call"} | {words.replace("{p}", "Sim")[:_RECOGNISED]: kind for kind, words in openings.items()}


def report(sim: Simulation, wanted: Sequence[Text], rules: Rules, seconds: float) -> dict[str, object]:
    """Print the faults, at most twenty, and return the figures."""
    people = {one.n: one for one in sim.people}
    found = faults.compare(wanted, sim.came, people, rules)
    for one in found[:_SHOWN]:
        print(one.line(people), flush=True)
    if len(found) > _SHOWN:
        print(f"and {len(found) - _SHOWN} more", flush=True)
    counted, came = Counter(one.fault for one in found), Counter(one.kind for one in sim.came)
    held = {(one.n, one.minute, one.kind) for one in wanted if one.held}
    return {
        "people": len(people),
        "zones": len({one.zone for one in sim.people}),
        "steps": sim.steps,
        "check_ins": came["check-in"],
        "calls": came["call"],
        "reminders": sum(count for kind, count in came.items() if kind.startswith("reminder")),
        "reconfirms": came["reconfirm"],
        "held": len(held & {(one.n, one.minute, one.kind) for one in sim.came}),
        "wrong": counted["wrong"],
        "missing": counted["missing"],
        "twice": counted["twice"],
        "in_quiet_hours": counted["in quiet hours"],
        "seconds": round(seconds, 1),
    }


async def simulate(
    rt: Runtime, people: Sequence[Person], rules: Rules, start: datetime, end: datetime, more: int = 0
) -> tuple[Simulation, list[Text]]:
    """Live through it on an empty database, `more` processes helping to send; return what came and what had to."""
    gateway, bucket = Gateway(rt.settings), Bucket(Redis.from_url(rt.settings.redis_url))
    door = HTTPConnection(rt.settings.twilio_api_url.removeprefix("http://"))
    real = rt.real()
    async with rt.begin() as (connection, _):
        await connection.execute(_MOVE, {"offset": int((start - real) / _SECOND) + 1, "by": 0, "real": real})
    try:
        await crowd.enrol(rt, people, rules, start)
        async with hands(rt.settings, more) as helping:
            sim = Simulation(rt, gateway, bucket, helping, door, people, end)
            await sim.run()
    finally:
        door.close()
        bucket.redis.close()
        await gateway.close()
    return sim, [one for person in people for one in expected(person, rules, start, end)]


async def _simulate(settings: Settings, count: int, start: datetime, days: int, more: int) -> bool:
    rt = open_runtime(settings, pool=12, planned_once=True)
    try:
        await schema.migrate(rt)
        quick = spin()
        began = time.perf_counter()
        people = crowd.crowd(count, RULES, start)
        sim, wanted = await simulate(rt, people, RULES, start, start + timedelta(days=days), more)
        figures = report(sim, wanted, RULES, time.perf_counter() - began)
    finally:
        await rt.close()
    print(json.dumps({**figures, "spin_seconds": round((quick + spin()) / 2, 2)}))
    return not any(figures[name] for name in ("wrong", "missing", "twice", "in_quiet_hours"))


def settings_for(database: str, redis: str, twilio: str) -> Settings:
    """Return settings that speak to these servers and to nobody else."""
    return Settings(
        database_url=database,
        redis_url=redis,
        public_url="http://127.0.0.1:9",
        secret_key=(secrets.token_urlsafe(32),),
        twilio_account_sid="AC" + secrets.token_hex(16),
        twilio_auth_token=secrets.token_hex(16),
        twilio_api_url=twilio,
    )


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reading.add_argument("--people", type=int, default=PEOPLE)
    reading.add_argument("--days", type=int, default=DAYS)
    reading.add_argument("--start", type=datetime.fromisoformat, default=START, help="a date, at whose 00:00 UTC")
    reading.add_argument("--hands", type=int, default=1, help="further processes that send")
    given = reading.parse_args()
    logs.configure()
    read_ahead()
    with tempfile.TemporaryDirectory(prefix="simulate-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  (PostgreSQL runs as another account when root runs this)
        home = Path(folder)
        with Postgres(home / "pg", fast=True) as postgres, Valkey(home / "valkey") as valkey, standin() as twilio:
            settings = settings_for(postgres.url, valkey.url, twilio)
            start = given.start.replace(tzinfo=UTC)
            right = run(_simulate(settings, given.people, start, given.days, given.hands))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
