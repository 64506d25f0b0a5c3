"""Kill everything, again and again, and count what became of every text. The last line is one line of JSON.

It starts PostgreSQL and Valkey from the wheels with the settings that the demo has, one web process, a worker for each
queue, the clock, and the emulator as Twilio. A few hundred people join by text. Half of them then keep texting; the
others are silent, and their check-ins and reminders fall due all through the run; a few of them text STOP at about that
moment. Meanwhile `kill -9` meets web,
workers, clock, Valkey, PostgreSQL and now and then one of its backends, at random moments, several at once sometimes,
and Valkey is emptied in between. What ends is started again at once. The emulator alone is spared: it stands for
Twilio, whose record everything is held against. A second bell rings the jobs more often than the clock's once a minute.

After the last kill all is left alone until the outbox has come to rest. Then it is counted:

acknowledged  texts that our webhook answered with 200
lost          texts that are not among our messages, whether answered with 200 or given up by Twilio after its retries
              and the fallback; replies that reached no phone without a reason that we wrote down; replies at a phone
              of which we know nothing; a last STOP or START that does not hold
missing       check-ins and reminders of the silent that reached no phone without a reason that we wrote down
duplicates    the same row's text at a phone more than once, known by the `?o=` of its status callback; or two texts
              for one person, occasion and kind
after_stop    texts that were sent unasked to somebody whose STOP had been answered
answers_lost  sends of which the worker never learned the answer: their rows were once `unknown`

It ends with status 1 unless as many were killed as asked, nothing is lost, missing or sent past a STOP, and at most one
text in a thousand came twice. TORTURE_KILLS (200), TORTURE_PEOPLE (240), TORTURE_SEED and TORTURE_SECONDS (240, the
time in which to kill, half as long again where the machine is slow to start what was killed) change the run; so do
--kills, --people, --seed and --seconds. Moments are drawn from the seed, but what a kill meets depends on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import redis

from bench import counting
from bench.counting import Count, Record, Sent
from bench.killing import Herd
from bench.ledger import Ledger
from bench.phones import Phones, number
from bench.place import running
from sms_service.settings import Settings
from sms_service.vault import Vault

# A connection for each text: one that is kept may be closed by the emulator just as the next text goes into it.
_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
_FLUSH_EVERY = 20.0
_LOOK = 3.0
_SHOWN = 12
_STILL = 100.0  # the jobs were rung by then, cron's own included
_LEAVES = 6  # every so manieth of those who are asked in the run


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard. `seconds` to kill in; `patience` for the rest to settle; `hurry` makes what waits old (tests)."""

    kills: int = 200
    people: int = 240
    seed: int = 0
    seconds: float = 240.0
    patience: float = 360.0
    pause: float = 5.0
    bell: float = 10.0
    hurry: bool = False


@dataclass(slots=True)
class Site:
    """Everything that runs, and who texts."""

    plan: Plan
    settings: Settings
    herd: Herd
    phones: Phones
    ledger: Ledger
    chance: random.Random
    flushes: int = 0

    @property
    def texting(self) -> list[str]:
        return [number(n) for n in range(self.plan.people // 2)]

    @property
    def silent(self) -> list[str]:
        return [number(n) for n in range(self.plan.people // 2, self.plan.people)]


async def run(plan: Plan, folder: Path) -> dict[str, object]:
    """Do all of it and return the counts."""
    began = time.monotonic()
    chance = random.Random(plan.seed)
    async with (
        running(folder, random.Random(f"{plan.seed} kills"), plan.bell) as (herd, settings),
        httpx.AsyncClient(base_url=settings.twilio_api_url, timeout=60, limits=_NO_LIMITS) as emulator,
    ):
        ledger = Ledger(settings.database_url.replace("+asyncpg", ""), Vault(settings.secret_key))
        site = Site(plan, settings, herd, Phones(emulator, chance), ledger, chance)
        _say(f"{plan.people} people join")
        await site.phones.join([*site.texting, *site.silent])
        await _torture(site, await _prepare(site))
        found = await _settle(site)
        _tell(site, found)
        return _counts(site, found) | {"seconds": round(time.monotonic() - began)}


def _counts(site: Site, found: Count) -> dict[str, object]:
    kills = site.herd.kills.total()
    return {
        "kills": kills,
        "acknowledged": found.acknowledged,
        "lost": len(found.lost),
        "missing": len(found.missing),
        "duplicates": len(found.duplicates),
        "after_stop": len(found.after_stop),
        "sent": found.sent,
        "answers_lost": sum(site.ledger.unknown.values()),
        "reports_lost": sum(not ours for ours in site.ledger.unknown.values()),
        "unacknowledged": len(site.phones.texts) - found.acknowledged,
        "flushes": site.flushes,
        "seed": site.plan.seed,
        "good": found.good() and kills >= site.plan.kills,
    }


async def _prepare(site: Site) -> dict[str, datetime]:
    """Put the silent people's check-ins into the run; half of them are asked now, and reminded in the run.

    Return who will leave, and when their check-in falls due.
    """
    site.ledger.know([*site.texting, *site.silent])
    asked, waiting = site.silent[::2], site.silent[1::2]
    now = datetime.now(UTC)
    await site.ledger.plan_check_ins(asked, now, now)
    _say(f"{len(asked)} check-ins go out")
    await site.ledger.until_asked(len(asked))
    now = datetime.now(UTC)
    first, last = now + timedelta(seconds=2), now + timedelta(seconds=site.plan.seconds)
    planned = await site.ledger.plan_check_ins(waiting, first, last)
    await site.ledger.plan_reminders(asked, first, last, site.chance)
    return {phone: planned[phone] for phone in waiting[::_LEAVES]}


async def _torture(site: Site, leaving: Mapping[str, datetime]) -> None:
    plan = site.plan
    _say(f"{plan.kills} kills in about {plan.seconds:g} s, seed {plan.seed}")
    stop = asyncio.Event()
    texting = asyncio.gather(
        site.phones.keep_texting(site.texting, plan.pause, stop),
        site.phones.leave(leaving),
    )
    beside = [asyncio.create_task(site.ledger.watch_unknown()), asyncio.create_task(_flush(site))]
    beside.append(asyncio.create_task(_report(site)))
    await site.herd.kill(plan.kills, plan.seconds)
    stop.set()
    await texting
    for task in beside[1:]:
        task.cancel()
    _say(", ".join(f"{name} {times}" for name, times in sorted(site.herd.kills.items())))


async def _flush(site: Site) -> None:
    """Empty Valkey now and then, as somebody might who takes it for a cache."""
    while True:
        await asyncio.sleep(site.chance.expovariate(1 / min(_FLUSH_EVERY, site.plan.seconds / 2)))
        site.flushes += await asyncio.to_thread(_flush_once, site.settings.redis_url)


def _flush_once(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.flushall())
    except redis.RedisError:
        return False
    finally:
        client.close()


async def _report(site: Site) -> None:
    while True:
        await asyncio.sleep(30)
        answered = ", ".join(f"{times} × {what}" for what, times in site.phones.outcomes.most_common())
        _say(f"{site.herd.kills.total()} kills; texts answered {answered}")


async def _settle(site: Site) -> Count:
    """Leave all alone until it rests and all is well, or nothing changes any more, or patience ends; then count."""
    _say("no more kills; it settles")
    deadline = time.monotonic() + site.plan.patience
    before: tuple[object, ...] = ()
    still = deadline
    while True:
        if site.plan.hurry:
            await site.ledger.age()
        found = counting.count(await _record(site))
        moving = await site.ledger.under_way()
        if (not moving and found.good()) or time.monotonic() > deadline:
            return found
        wrong = (moving, found.lost, found.missing)
        if wrong != before:
            before, still = wrong, time.monotonic() + _STILL
            _say(f"{moving} under way, {len(found.lost)} lost, {len(found.missing)} missing so far")
        elif not moving and time.monotonic() > still:
            return found
        await asyncio.sleep(_LOOK)


async def _record(site: Site) -> Record:
    kept, rows, dues, out = await site.ledger.read()
    lines = (await site.phones.emulator.get("/record")).raise_for_status().json()
    return Record(tuple(site.phones.texts), kept, tuple(Sent(**line) for line in lines), rows, dues, out)


def _tell(site: Site, found: Count) -> None:
    """Print which texts went wrong and why, and the reasons that were taken for good ones."""
    for name in ("lost", "missing", "duplicates", "after_stop"):
        findings = getattr(found, name)
        for why, times in Counter(one.partition(": ")[2] for one in findings).most_common():
            _say(f"{name} {times}: {why}")
        for one in findings[:_SHOWN]:
            _say(f"  {one}")
    for why, times in sorted(found.reasons.items()):
        _say(f"not at a phone {times}: {why}")
    _say("starts: " + ", ".join(f"{one.name} {one.starts}" for one in site.herd.watched))


def _say(words: str) -> None:
    print(f"{datetime.now():%H:%M:%S} {words}", flush=True)  # noqa: DTZ005


def main() -> int:
    plan = _plan()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    folder.chmod(0o755)  # PostgreSQL runs as another account when root tortures
    counts = asyncio.run(run(plan, folder))
    good = counts.pop("good")
    if good:
        shutil.rmtree(folder)
    else:
        _say(f"logs and data: {folder}")
    print(json.dumps(counts), flush=True)
    return 0 if good else 1


def _plan() -> Plan:
    asked = argparse.ArgumentParser(description="Kill everything and count what became of every text.")
    given = Plan(seed=secrets.randbelow(1_000_000))
    for name in ("kills", "people", "seed", "seconds", "patience"):
        usual = getattr(given, name)
        asked.add_argument(f"--{name}", type=type(usual), default=os.environ.get(f"TORTURE_{name.upper()}", usual))
    return Plan(**vars(asked.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
