"""How many are in a program, said so that no figure gives one person away.

A figure below the program's floor is not shown, also not that it is none; above it, steps of five.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_STEP = 5


@dataclass(frozen=True, slots=True)
class Headcount:
    """People of one program by state. A paused person is enrolled too."""

    active: int = 0
    paused: int = 0
    left: int = 0

    @property
    def enrolled(self) -> int:
        """Active and paused together."""
        return self.active + self.paused


@dataclass(frozen=True, slots=True)
class Shown:
    """A headcount in words that may be shown."""

    enrolled: str
    paused: str
    left: str


async def headcounts(connection: AsyncConnection, programs: Sequence[UUID]) -> Mapping[UUID, Headcount]:
    """Return the headcount of each program."""
    statement = text("""
        select program_id, state, count(distinct participant_id) as people from enrolments
        where program_id = any(:programs) group by program_id, state
    """)
    found: dict[UUID, dict[str, int]] = {program: {} for program in programs}
    for row in await connection.execute(statement, {"programs": list(programs)}):
        found[row.program_id][row.state] = row.people
    return {program: Headcount(**people) for program, people in found.items()}


def shown(people: Headcount, floor: int) -> Shown:
    """Return a headcount in words.

    Paused is withheld also where the others, enrolled less paused, would be too few: one subtraction would show them.
    """
    paused = people.paused if people.active >= floor else 0
    return Shown(_words(people.enrolled, floor), _words(paused, floor), _words(people.left, floor))


def _words(number: int, floor: int) -> str:
    return f"fewer than {floor}" if number < floor else f"{max(floor, number - number % _STEP)} or more"
