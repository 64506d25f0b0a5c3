"""Sam and Ana, who call for the program of the tests, and what a conversation may want of them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flows import Effect, Turn
from flows.duty import Lead
from sms_service import conversations, leads, library, programs, staff
from sms_service.follow_ups import Reader
from sms_service.outgoing import Cause
from sms_service.participants import Participant
from sms_service.runtime import Runtime
from sms_service.store import people as rows
from sms_service.store.writes import Writes
from tests import people
from tests.passwords import HASH

SAM, ANA = "sam@checkin.test", "ana@checkin.test"
SAMS, ANAS = "+17575550171", "+17575550172"
OFFICE = ("mon-fri 09:00-17:00",)
TUESDAY = datetime(2026, 12, 1, 15, 0, 30, tzinfo=UTC)  # 10 in the morning in New York


async def hire(
    rt: Runtime, program: UUID, email: str, phone: str, hours: tuple[str, ...] = OFFICE, **more: object
) -> staff.Account:
    """Make an account with the role and put it on the roster."""
    async with rt.begin() as (connection, now):
        made = await staff.make(
            rt,
            connection,
            email=email,
            name=email.partition("@")[0].title(),
            password_hash=HASH,
            roles={program: staff.SUPPORT_LEAD},
            now=now,
        )
        lead = Lead(email.partition("@")[0].title(), phone, "America/New_York", hours, **more)  # type: ignore[arg-type]
        await leads.add(rt, connection, program, email, lead, now)
    return made


async def staffed(rt: Runtime, anas_hours: tuple[str, ...] = OFFICE, **settings: object) -> UUID:
    """Add the program with both of them on a Tuesday morning, and Ada in it."""
    program = await people.program(rt, **{"review": "lead", **settings})
    await hire(rt, program, SAM, SAMS)
    await hire(rt, program, ANA, ANAS, anas_hours)
    await people.move_to(rt, TUESDAY)
    await people.join(rt)
    return program


async def who(rt: Runtime, email: str) -> Reader:
    """Return a lead as the verbs know one."""
    found = await people.rows(
        rt,
        "select s.id, array_agg(r.program_id) from staff s join staff_roles r on r.staff_id = s.id "
        "where s.email = :email group by s.id",
        email=email,
    )
    return Reader(*found[0])  # type: ignore[arg-type]


async def happen(rt: Runtime, *effects: Effect, number: str = people.ADA) -> None:
    """Have these effects follow from somebody's last text."""
    async with rt.begin() as (connection, now):
        known = {program.id: program for program in await programs.load(connection)}
        (row,) = (await rows.lock(connection, rt.vault.lookups(number))).values()
        threads = await rows.threads(connection, [(row.id, people.SENDER)])
        person = Participant(rt, row, threads[(row.id, people.SENDER)], known)
        program = known[person.enrolment.program_id] if person.enrolment else next(iter(known.values()))
        message = (
            await connection.execute(
                people.sql("select id from messages where participant_id = :id order by id desc limit 1"),
                {"id": row.id},
            )
        ).scalar_one()
        cause, writes = Cause("message", message, now, rt.real(), handed=True), Writes()
        turn = Turn(person.conversation, tuple(effects))
        current = await library.current(connection)
        await conversations.apply(connection, writes, person, program, current, turn, cause)
        await writes.flush(connection)
