"""Everybody whom a batch of knocks is about, texted or called: locked in one order, and read once.

Locks are never waited for, so that any number of processes can do this side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Library
from sms_service import library, programs
from sms_service.participants import Participant, newcomer
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.senders import pools
from sms_service.store import people
from sms_service.store.writes import Writes


class UnknownSenderError(LookupError):
    """A text or a call to a number that no program uses."""


@dataclass(slots=True)
class Gathered:
    """A transaction's view of its programs and people."""

    rt: Runtime
    connection: AsyncConnection
    now: datetime
    real: datetime
    programs: Mapping[UUID, Program]
    writes: Writes
    people: dict[tuple[str, str], Participant]
    current: Library

    def of(self, sender: str) -> list[Program]:
        return [program for program in self.programs.values() if program.sender == sender]


@dataclass(slots=True)
class Shelf:
    """Programs and flows as they were read at most `seconds` ago: a change in the console is seen that much later.

    A number that none of them uses is looked for at once: its program may have been added since. `pools` holds the
    sender of each further number of a pool.
    """

    seconds: float = 0.0
    _read_at: datetime | None = None
    _programs: Mapping[UUID, Program] = field(default_factory=dict)
    pools: Mapping[str, str] = field(default_factory=dict)
    _library: Library | None = None

    async def read(
        self, connection: AsyncConnection, real: datetime, senders: set[str]
    ) -> tuple[Mapping[UUID, Program], Library]:
        """Return every program by id, and the flows that new conversations start with."""
        old = self._read_at is None or (real - self._read_at).total_seconds() >= self.seconds
        old = old or not senders <= {program.sender for program in self._programs.values()} | set(self.pools)
        if old or self._library is None:
            self._programs = {program.id: program for program in await programs.load(connection)}
            self.pools = await pools(connection)
            self._library = await library.current(connection)
            self._read_at = real
        return self._programs, self._library


async def lock(
    rt: Runtime, connection: AsyncConnection, numbers: Sequence[str], now: datetime
) -> dict[str, people.PersonRow]:
    """Lock everybody, adding whoever is new: a stranger's first two texts have a row to lock as well.

    Return the locked people by number; whoever is busy elsewhere is missing.
    """
    hashes = {number: rt.vault.lookups(number) for number in numbers}
    rows = await people.lock(connection, [h for each in hashes.values() for h in each])
    absent = {number: each for number, each in hashes.items() if not any(h in rows for h in each)}
    if absent:
        found = await people.known(connection, [h for each in absent.values() for h in each])
        new = [number for number, each in absent.items() if not found.intersection(each)]
        await people.add(connection, [newcomer(rt, number, now) for number in new])
        rows |= await people.lock(connection, [h for number in new for h in hashes[number]])
    return {number: rows[h] for number, each in hashes.items() for h in each if h in rows}


async def read(work: Gathered, knocks: Set[tuple[str, str]], locked: Mapping[str, people.PersonRow]) -> None:
    """Read what stands between each person's number and ours, and give keys to those who had erased everything.

    Raises UnknownSenderError if one is to a number that no program uses.
    """
    wanted = {}
    for number, sender in sorted(knocks):
        if not work.of(sender):
            raise UnknownSenderError(sender)
        wanted[(number, sender)] = locked[number]
    threads = await people.threads(work.connection, [(row.id, sender) for (_, sender), row in wanted.items()])
    for (number, sender), locked_row in wanted.items():
        row = locked_row
        if row.answer_key is None:
            row = await people.give_keys(work.connection, newcomer(work.rt, number, work.now, row.id), row)
        work.people[(number, sender)] = Participant(work.rt, row, threads[(row.id, sender)], work.programs)


async def library_of(work: Gathered, person: Participant, program: Program) -> Library:
    """Return the version that the open conversation is held to, else the one that the program begins with."""
    if person.conversation is not None and person.flow_digest is not None:
        return await library.by_digest(work.connection, person.flow_digest)
    return await library.for_new(work.connection, program.settings.flow, work.current)
