"""Our side of the record: the database as it stands, read over connections that may break, and prepared for the run."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from bench.counting import Due, Kept, Row
from sms_service.vault import Vault

ZONES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Chicago", "America/New_York"),
    *("America/Sao_Paulo", "Europe/London", "Europe/Berlin", "Africa/Nairobi", "Asia/Karachi", "Asia/Bangkok"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
)
UNDER_WAY = ("ready", "held", "sending", "handed", "unknown")
_PEOPLE = "select id, phone_hash from participants"
_ENROLMENTS = "select e.id, p.phone_hash from enrolments e join participants p on p.id = e.participant_id"
_KEPT = "select sid, id, source, extract(epoch from received_at) as at from messages"
_ROWS = """
    select o.id, o.participant_id, o.origin_id, o.n, o.state, o.reason, o.error_code from outbox o
    where o.participant_id is not null
"""
_DUES = """
    select a.id, a.kind, a.occasion, a.state, a.reason, e.participant_id
    from appointments a join enrolments e on e.id = a.enrolment_id
"""
_OUT = "select participant_id from opt_outs where opted_out"
_OPEN_CHECK_IN = """
    update appointments set due_at = $2, occasion = $3
    where enrolment_id = $1 and kind = 'check-in' and state = 'due' returning id
"""
_OWN_HOUR = "update enrolments set zone = $2, day = $3, time = $4 where id = $1"
# A reminder keeps away from a check-in that has only just gone out.
_ASKED_BEFORE = """
    update appointments set due_at = due_at - interval '20 h'
    where enrolment_id = $1 and kind = 'check-in' and state = 'done'
"""
_MOVE_REMINDER = """
    update appointments set due_at = $3 where enrolment_id = $1 and kind = $2 and state = 'due' returning id
"""
_ASKED = """
    select count(*) from outbox o join appointments a on a.id = o.origin_id
    where a.kind = 'check-in' and o.state = any($1)
"""
_UNKNOWN = "select id, sent_at is null from outbox where state = 'unknown'"
# For a short run: what waits only for time to pass is made as old as it would be minutes later. What a live worker may
# still be sending, or Twilio reporting on, is left alone.
_AGE = """
    update outbox set lease_until = lease_until - interval '5 min', sent_at = sent_at - interval '5 min',
        next_attempt_at = next_attempt_at - interval '5 min'
    where (state = 'sending' and lease_until < now() + interval '48 s')
        or (state = 'handed' and sent_at < now() - interval '10 s') or state = 'unknown'
"""


@dataclass(slots=True)
class Ledger:
    """The service's database. `unknown` gathers the rows ever seen in that state, by whether their send was ours."""

    url: str
    vault: Vault
    phones: Mapping[bytes, str] = field(default_factory=dict)
    planned: set[UUID] = field(default_factory=set)
    unknown: dict[UUID, bool] = field(default_factory=dict)

    def know(self, numbers: Iterable[str]) -> None:
        """Learn by which hash each number goes."""
        self.phones = {self.vault.lookup(number): number for number in numbers}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[asyncpg.Connection]:
        """Connect, as often as it takes."""
        while True:
            try:
                connection = await asyncpg.connect(self.url, timeout=3, ssl=False)
                break
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.3)
        try:
            yield connection
        finally:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    async def ask(self, query: str, *values: object) -> list[Any]:
        """Return rows. Never in the middle of the kills: it does not try again."""
        async with self.open() as connection:
            return list(await connection.fetch(query, *values))

    async def plan_check_ins(self, numbers: Sequence[str], first: datetime, last: datetime) -> dict[str, datetime]:
        """Have the weekly check-in of each fall due between two moments, at what is noon or so for them."""
        zone = _daylight(first)
        planned = {number: first + (last - first) * (n / len(numbers)) for n, number in enumerate(numbers)}
        async with self.open() as connection:
            enrolments = {self.phones[row["phone_hash"]]: row["id"] for row in await connection.fetch(_ENROLMENTS)}
            for number, due in planned.items():
                local = due.astimezone(ZoneInfo(zone))
                await connection.execute(_OWN_HOUR, enrolments[number], zone, local.weekday(), f"{local:%H:%M}")
                self._note(await connection.fetch(_OPEN_CHECK_IN, enrolments[number], due, local.date()))
        return planned

    async def plan_reminders(
        self, numbers: Sequence[str], first: datetime, last: datetime, chance: random.Random
    ) -> None:
        """Have the first reminder of each open check-in fall due between two moments; it plans the next by itself.

        The check-in went out long before, as it were.
        """
        async with self.open() as connection:
            enrolments = {self.phones[row["phone_hash"]]: row["id"] for row in await connection.fetch(_ENROLMENTS)}
            for number in numbers:
                due = first + (last - first) * chance.random()
                await connection.execute(_ASKED_BEFORE, enrolments[number])
                self._note(await connection.fetch(_MOVE_REMINDER, enrolments[number], "reminder-1", due))

    def _note(self, found: Sequence[Any]) -> None:
        assert len(found) == 1, f"{len(found)} appointments where there should be one"
        self.planned.update(row["id"] for row in found)

    async def until_asked(self, many: int) -> None:
        """Wait until so many check-ins have left for a phone."""
        for _ in range(200):
            if (await self.ask(_ASKED, ["accepted", "sent", "delivered"]))[0][0] >= many:
                return
            await asyncio.sleep(0.5)
        raise TimeoutError("the first check-ins do not go out, and nothing was killed yet")

    async def watch_unknown(self) -> None:
        """Look once a second for rows of which it is not known what became of them, until cancelled."""
        while True:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.open() as connection:
                    while True:
                        self.unknown.update({row[0]: row[1] for row in await connection.fetch(_UNKNOWN, timeout=5)})
                        await asyncio.sleep(1)
            await asyncio.sleep(0.3)

    async def under_way(self) -> int:
        """Return how many rows have not come to rest."""
        return int((await self.ask("select count(*) from outbox where state = any($1)", list(UNDER_WAY)))[0][0])

    async def age(self) -> None:
        """Make what is under way as old as if minutes had passed."""
        await self.ask(_AGE)

    async def read(self) -> tuple[dict[str, Kept], tuple[Row, ...], tuple[Due, ...], frozenset[str]]:
        """Return what is kept of texts, the outbox, the appointments, and who is opted out."""
        async with self.open() as connection, connection.transaction(isolation="repeatable_read"):
            people = {row["id"]: self.phones[row["phone_hash"]] for row in await connection.fetch(_PEOPLE)}
            kept = {
                row["sid"]: Kept(str(row["id"]), row["source"], float(row["at"]))
                for row in await connection.fetch(_KEPT)
            }
            rows = tuple(_row(row, people) for row in await connection.fetch(_ROWS))
            dues = tuple(self._due(row, people) for row in await connection.fetch(_DUES))
            out = frozenset(people[row["participant_id"]] for row in await connection.fetch(_OUT))
        return kept, rows, dues, out

    def _due(self, row: Any, people: Mapping[UUID, str]) -> Due:
        planned = row["id"] in self.planned
        who = people[row["participant_id"]]
        return Due(str(row["id"]), who, row["kind"], str(row["occasion"]), row["state"], row["reason"], planned)


def _row(row: Any, people: Mapping[UUID, str]) -> Row:
    phone, origin = people[row["participant_id"]], str(row["origin_id"])
    return Row(str(row["id"]), phone, origin, row["n"], row["state"], row["reason"], row["error_code"])


def _daylight(moment: datetime) -> str:
    """Return the zone in which it is nearest to noon, so that no quiet hour begins in the middle of a run."""

    def from_noon(zone: str) -> timedelta:
        local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
        return abs(local - local.replace(hour=12, minute=0))

    return min(ZONES, key=from_noon)
