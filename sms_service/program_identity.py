"""What a program is called and reached by, changed; and a draft that nobody was ever in, removed."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import joining_words, program_checks, program_said, program_words, programs
from sms_service.programs import Program, ProgramError

_SAVE = text("""
    update programs set name = :name, slug = :slug, sender = :sender, version = version + 1,
        planned_version = case when planned_version = version then version + 1 else planned_version end
    where id = :id and version = :version
""")
_SENDER = text("insert into senders (number, opt_out_mode) values (:number, :mode) on conflict do nothing")
_WORDS = text("update program_keywords set sender = :sender where program_id = :program")
# A test text that came from the old number shows nothing of the new one.
_PHONES = text("update test_phones set phone = '', phone_hash = '', confirmed_at = null where program_id = :program")
_ANYBODY = text("""
    select exists (select from enrolments where program_id = :program)
        or exists (select from conversations where program_id = :program)
        or exists (select from consents where program_id = :program)
        or exists (select from invitations where program_id = :program)
        or exists (select from invitation_files where program_id = :program)
        or exists (select from follow_ups where program_id = :program)
        or exists (select from daily_figures where program_id = :program)
""")
_LOCK = text("select state from programs where id = :program for update")
_OWN = (
    *(
        "program_versions",
        "proposed_changes",
        "confirmations",
        "test_phones",
        "events",
        "videos",
        "support_leads",
        "staff_links",
    ),
    *("program_keywords", "reporting_groups", "staff_roles"),
)


async def change(connection: AsyncConnection, program: Program, *, name: str, slug: str, number: str) -> bool:
    """Store a name, and of a draft its address and number; False if somebody else changed the program meanwhile.

    Raises ProgramError naming the field. With another number, test phones are let go, and what was vouched for of
    the old one is open again.
    """
    sender = program_words.read_sender(number)
    await check(connection, program, name=name, slug=slug, sender=sender)
    if sender != program.sender:
        await connection.execute(_SENDER, {"number": sender, "mode": program.opt_out_mode})
    values = {"name": name, "slug": slug, "sender": sender, "id": program.id, "version": program.version}
    if (await connection.execute(_SAVE, values)).rowcount != 1:
        return False
    if sender != program.sender:
        await connection.execute(_WORDS, {"sender": sender, "program": program.id})
        await connection.execute(_PHONES, {"program": program.id})
    return True


async def check(connection: AsyncConnection, program: Program, *, name: str, slug: str, sender: str) -> None:
    """Raise ProgramError for what cannot be, or cannot be any more."""
    if name != program.name:
        program_said.check_name(name)
    if slug != program.slug:
        if program.state != "draft":
            raise ProgramError("slug", "a live program keeps its address: posters and texts lead there")
        program_checks.check_slug(slug)
        programs.refuse_address(await programs.load(connection), slug)
    if sender != program.sender:
        if program.state != "draft":
            raise ProgramError("number", "a live program keeps its number: people's consent is to texts from it")
        if await had_anybody(connection, program):
            raise ProgramError("number", "test phones have joined by the number as it is; make a new draft for another")
        moved = replace(program, sender=sender)
        groups = program.labels
        try:
            await joining_words.check(connection, moved, program.keywords, groups)
        except ProgramError as error:
            raise ProgramError("number", error.message) from None


async def had_anybody(connection: AsyncConnection, program: Program) -> bool:
    """Whether anybody was ever in a program, or figures of it are kept."""
    return bool((await connection.execute(_ANYBODY, {"program": program.id})).scalar_one())


async def remove(connection: AsyncConnection, program: Program) -> None:
    """Remove a draft and all that was set up for it. Raises ProgramError where it is live, or had anybody."""
    state = (await connection.execute(_LOCK, {"program": program.id})).scalar_one_or_none()
    if state != "draft":
        raise ProgramError("state", "only a draft can be removed, and this one is live or gone")
    if await had_anybody(connection, program):
        raise ProgramError("state", "somebody has been in this draft, so what they agreed to is kept with it")
    for table in _OWN:
        await connection.execute(text(f"delete from {table} where program_id = :id"), {"id": program.id})  # noqa: S608
    await connection.execute(text("delete from programs where id = :id"), {"id": program.id})
