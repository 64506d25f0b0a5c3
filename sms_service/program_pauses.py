"""A pause of a whole program: until a day, or until somebody ends it, nobody is asked or reminded by it.

What people text is answered as ever, also CHECKIN, and so is danger. It ends with a day and not within one, so that no
single hour can be left out or in. What was not asked meanwhile is not made up for: the next check-in is the schedule's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from flows import at_local, local, soonest
from flows.context import NO_PAUSE
from sms_service import programs, schedules
from sms_service.program_checks import OPEN_END
from sms_service.programs import Program, ProgramError, ProgramSettings

REASON = "the program is paused"
FARTHEST = timedelta(days=365)


def holds(settings: ProgramSettings, now: datetime) -> bool:
    """Whether a program is paused now, by its own calendar."""
    until = settings.paused_until
    return until == OPEN_END or (bool(until) and _today(settings, now) < date.fromisoformat(until))


def held(settings: ProgramSettings, due: datetime, now: datetime) -> bool:
    """Whether a pause keeps back what was due at a moment: it holds, or held then and an outage is why we are late."""
    return holds(settings, now) or holds(settings, due)


def over(settings: ProgramSettings, now: datetime) -> datetime | None:
    """Return from when on people are asked: now, or the end of the pause; None if somebody has to end it."""
    return asks_from(settings) if holds(settings, now) else now


def asks_from(settings: ProgramSettings) -> datetime | None:
    """Return when the pause ends or has ended, None if somebody has to end it. What was due before is left out."""
    until = settings.paused_until
    if until == OPEN_END:
        return None
    return at_local(date.fromisoformat(until), "00:00", settings.zone) if until else NO_PAUSE


def asks_no_more(program: Program, now: datetime) -> bool:
    """Whether nobody who joins now would be asked: the schedule ends before its next check-in, or before the pause."""
    start = over(program.settings, now) or now
    return bool(program.settings.ends) and soonest(schedules.of_program(program), start.astimezone(UTC)) is None


async def begin(
    connection: AsyncConnection, program: Program, until: date | None, now: datetime, by: UUID | None = None
) -> None:
    """Pause a program at once, until a day or, with None, until it is ended. Raises ProgramError."""
    today = _today(program.settings, now)
    if program.state != "live":
        raise ProgramError("until", "this program is still a draft, so nobody is asked anything yet")
    if until is not None and not today < until <= today + FARTHEST:
        raise ProgramError(
            "until",
            "%(day)s can't be the first day after the pause; choose one from %(first)s to %(last)s",
            day=until,
            first=today + timedelta(days=1),
            last=today + FARTHEST,
        )
    await _save(connection, program, OPEN_END if until is None else until.isoformat(), now, by)


async def end(connection: AsyncConnection, program: Program, now: datetime, by: UUID | None = None) -> None:
    """Have a pause end with today: check-ins come again from tomorrow on, by the schedule. Raises ProgramError."""
    if not holds(program.settings, now):
        raise ProgramError("until", "this program is not paused")
    tomorrow = _today(program.settings, now) + timedelta(days=1)
    await _save(connection, program, tomorrow.isoformat(), now, by)


async def _save(connection: AsyncConnection, program: Program, until: str, now: datetime, by: UUID | None) -> None:
    settings = replace(program.settings, paused_until=until)
    if settings != program.settings and not await programs.save_settings(connection, program, settings, now, by):
        raise ProgramError("until", "somebody else changed the program just now; look at it again")


def _today(settings: ProgramSettings, now: datetime) -> date:
    return local(now.astimezone(UTC), settings.zone).date()
