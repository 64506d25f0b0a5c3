"""Ask numbers for the keyword, by one text each, so that nobody joins whose phone it is not.

What is written is the same whoever a number belongs to: whether the text may go is decided as it is sent, where a STOP,
a place in a program or a word of theirs keeps it back. So nothing that is shown tells who is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Consent, Context, consent_words, invitation, lawful_until, local, quiet_until, segments
from sms_service import library, program_facts
from sms_service.outgoing import CHECK_IN
from sms_service.participants import NEVER, newcomer
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.store import people
from sms_service.store.people import PersonRow
from sms_service.store.writes import Writes
from sms_service.vault import wording

NOTICE = 4
ORIGIN = "invitation"
_ONCE_IN = timedelta(hours=24)
_WITHIN, _AT_MOST = timedelta(days=30), 3

_ASKED_LATELY = text("""
    select participant_id from invitations where participant_id = any(:people) and at > :since
    group by participant_id having max(at) > :lately or count(*) >= :most
""")
_INVITED = text("""
    insert into invitations (id, participant_id, program_id, file_id, row, at)
    select n.id, n.participant_id, :program, cast(:file as uuid), n.row, cast(:real as timestamptz)
    from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:rows as integer[])) as n (id, participant_id, row)
""")
_CONSENTED = text("""
    insert into consents (id, participant_id, program_id, kind, wording, language, evidence, at)
    select n.id, n.participant_id, :program, :kind, :wording, n.language, n.evidence, cast(:now as timestamptz)
    from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:languages as text[]), cast(:evidence as bytea[]))
        as n (id, participant_id, language, evidence)
""")


@dataclass(frozen=True, slots=True)
class Ask:
    """One number (E.164) to ask, in a language; `row` is where it stands in its file."""

    number: str
    language: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Urgency:
    """Before what else a text goes out, and how long it is of use."""

    priority: int
    lasts: timedelta


WAITED_FOR = Urgency(CHECK_IN, timedelta(days=1))
"""Somebody sits at the page; at night it waits for the morning, as everything does that nobody surely asked for."""
IN_TIME = Urgency(NOTICE, timedelta(days=2))


async def invite(
    rt: Runtime,
    connection: AsyncConnection,
    program: Program,
    asks: Sequence[Ask],
    given: Consent,
    urgency: Urgency,
    now: datetime,
    file_id: UUID | None = None,
) -> None:
    """Put one text for each number in the outbox, with the consent that it rests on.

    A number that was asked within a day, or three times within a month, is not asked again. Who erased everything stays
    forgotten.
    """
    found = await _people(rt, connection, asks, now)
    busy = await _asked_lately(rt, connection, found)
    going = [(ask, found[ask.number]) for ask in asks if ask.number in found and found[ask.number].id not in busy]
    if not going:
        return
    ids = [new_id() for _ in going]
    values = {"program": program.id, "file": file_id, "real": rt.real(), "rows": [ask.row for ask, _ in going]}
    await connection.execute(_INVITED, {**values, "ids": ids, "people": [row.id for _, row in going]})
    await _keep_consent(rt, connection, program, going, given, now)
    said = await words(rt, connection, program, now)
    writes = Writes()
    for (ask, row), made in zip(going, ids, strict=True):
        writes.outbox.append(_text(rt, program, row, said[ask.language], made, urgency, now))
    await writes.flush(connection)


async def words(rt: Runtime, connection: AsyncConnection, program: Program, now: datetime) -> Mapping[str, str]:
    """Return the text that asks for the keyword, by language."""
    current, context = await library.current(connection), stranger(rt, program, now)
    return {language: invitation(current, context, language) for language in ("en", "es")}


def stranger(rt: Runtime, program: Program, now: datetime) -> Context:
    """Return what a text may know that goes to somebody who has not written."""
    zone = program.settings.zone
    at = local(now.astimezone(UTC), zone)
    facts = program_facts.facts(program, rt.settings.public_url, zone, at.date())
    return Context(facts, dict.fromkeys(program.keywords, program.slug), "unknown", {}, (), at)


async def consent_shown(
    rt: Runtime, connection: AsyncConnection, program: Program, language: str, now: datetime
) -> tuple[str, ...]:
    """Return what somebody agrees to on a page: the words of the texts that ask for it."""
    return consent_words(await library.current(connection), stranger(rt, program, now), language)


def held_until(program: Program, now: datetime) -> datetime | None:
    """Return until when quiet hours or the law hold back what is asked for now, None if nothing does."""
    chosen, at = program.settings, now.astimezone(UTC)
    quiet = quiet_until(at, chosen.zone, chosen.quiet_start, chosen.quiet_end)
    return quiet or lawful_until(at, chosen.zone, chosen.region)


async def _people(
    rt: Runtime, connection: AsyncConnection, asks: Sequence[Ask], now: datetime
) -> Mapping[str, PersonRow]:
    """Lock everybody, adding whoever is new, and return them by number.

    Whoever is locked elsewhere is being texted or texts us at this moment: they need no invitation.
    """
    hashes = {ask.number: rt.vault.lookups(ask.number) for ask in asks}
    known = await people.known(connection, [h for each in hashes.values() for h in each])
    new = [number for number, each in hashes.items() if not known.intersection(each)]
    await people.add(connection, [newcomer(rt, number, now) for number in new])
    locked = await people.lock(connection, [h for each in hashes.values() for h in each])
    found = {number: locked[h] for number, each in hashes.items() for h in each if h in locked}
    for number, row in list(found.items()):
        if row.contact_key is None or row.answer_key is None:
            del found[number]
            if row.heard_at <= NEVER:  # let go of because no answer ever came: they may ask anew
                found[number] = await people.give_keys(connection, newcomer(rt, number, now, row.id), row)
    return found


async def _asked_lately(rt: Runtime, connection: AsyncConnection, found: Mapping[str, PersonRow]) -> set[UUID]:
    real = rt.real()
    values = {"people": [row.id for row in found.values()], "since": real - _WITHIN, "lately": real - _ONCE_IN}
    return set((await connection.execute(_ASKED_LATELY, {**values, "most": _AT_MOST})).scalars())


async def _keep_consent(
    rt: Runtime,
    connection: AsyncConnection,
    program: Program,
    going: Sequence[tuple[Ask, PersonRow]],
    given: Consent,
    now: datetime,
) -> None:
    """Keep what the text rests on, as every consent: the wording's version in clear, the rest sealed."""
    evidence = {"shown": given.wording, "answer": given.answer}
    ids = [new_id() for _ in going]
    sealed = [
        rt.vault.key(_key(row.contact_key)).seal(evidence, "consents.evidence", made)
        for (_, row), made in zip(going, ids, strict=True)
    ]
    values = {"program": program.id, "kind": given.kind, "wording": wording(given.wording), "now": now, "ids": ids}
    values |= {"people": [row.id for _, row in going], "languages": [ask.language for ask, _ in going]}
    await connection.execute(_CONSENTED, {**values, "evidence": sealed})


def _text(
    rt: Runtime, program: Program, row: PersonRow, said: str, made: UUID, urgency: Urgency, now: datetime
) -> dict[str, Any]:
    outbox = new_id()
    return {
        "id": outbox,
        "participant_id": row.id,
        "enrolment_id": None,
        "sender": program.sender,
        "kind": "text",
        "asked_for": False,
        "priority": urgency.priority,
        "body": rt.vault.key(_key(row.answer_key)).seal(said, "outbox.body", outbox),
        "segments": segments(said).count,
        "origin": ORIGIN,
        "origin_id": made,
        "n": 0,
        "asks": False,
        "wait_minutes": None,
        "state": "ready",
        "reason": None,
        "created_at": now,
        "next_attempt_at": rt.real(),
        "stale_at": now + urgency.lasts,
        "sent_at": None,
    }


def _key(wrapped: bytes | None) -> bytes:
    assert wrapped is not None
    return wrapped
