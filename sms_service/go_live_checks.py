"""What the service itself can see of the items before a program begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import LANGUAGES
from flows.duty import COVER, Lead, on_from
from flows.places.resources import URGENT, named_in, state
from flows.schedule import at_local, local
from sms_service import leads, library, resources
from sms_service.programs import Program
from sms_service.resources import HOME
from sms_service.runtime import Runtime

_LOOKED_AHEAD = 14
_WORKDAYS = range(5)
_CONFIRMED = text("select count(*) from test_phones where program_id = :program and confirmed_at is not null")


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether something is as it has to be, and what is said of it in each language."""

    green: bool
    words: Mapping[str, str]


def _seen(green: bool, en: str, es: str) -> Seen:
    return Seen(green, {"en": en, "es": es})


async def look(rt: Runtime, connection: AsyncConnection, program: Program, now: datetime) -> dict[str, Seen]:
    """Return what can be seen, by item. What only a person can know is not among it."""
    found = {
        "leads": _leads(rt, program, now),
        "resources": await _resources(connection, program, now),
        "fallback": _fallback(rt),
        "test-text": await _test_text(connection, program),
    }
    if program.opt_out_mode == "ours":
        found["opt-out"] = await _opt_out(connection, program)
    return found


def _leads(rt: Runtime, program: Program, now: datetime) -> Seen:
    if program.settings.review == "none":
        return _seen(True, "Nobody calls, and the texts say so.", "Nadie llama, y los textos lo dicen.")
    here = [lead for lead in leads.roster(rt.vault, program.leads) if lead.hours]
    if len(here) < COVER:
        return _seen(
            False,
            f"{len(here)} of {COVER} support leads have hours.",
            f"{len(here)} de {COVER} personas de apoyo tienen horario.",
        )
    zone = program.settings.zone
    today = local(now.astimezone(UTC), zone).date()
    days = [today + timedelta(days=n) for n in range(1, _LOOKED_AHEAD + 1)]
    bare = [day for day in days if day.weekday() in _WORKDAYS and not _covered(here, at_local(day, "00:00", zone))]
    if bare:
        return _seen(
            False,
            f"Nobody is on duty on {len(bare)} of the coming workdays, first on {bare[0]}.",
            f"Nadie está de turno en {len(bare)} de los próximos días laborables; el primero, {bare[0]}.",
        )
    return _seen(
        True,
        f"{len(here)} support leads; each workday of the coming two weeks has somebody on duty.",
        f"{len(here)} personas de apoyo; cada día laborable de las próximas dos semanas tiene a alguien de turno.",
    )


def _covered(roster: Sequence[Lead], begins: datetime) -> bool:
    starts = [on_from(lead, begins) for lead in roster]
    return any(start is not None and start < begins + timedelta(days=1) for start in starts)


async def _resources(connection: AsyncConnection, program: Program, now: datetime) -> Seen:
    """Whether every urgent need has a place that may be shown, and nothing that people are sent to is due."""
    owners, today = await resources.programs_of(connection), now.date()
    known = resources.of(await resources.load(connection), owners, {program.id})
    texts = (await library.current(connection)).yaml
    named = {one.id for one in named_in(texts, known) if one.country == HOME}
    due = [
        one
        for one in known
        if state(one, today) in ("stale", "broken") or (state(one, today) == "unverified" and one.id in named)
    ]
    without = [need for need in URGENT if not any(one.shown and one.need == need for one in known)]
    if not due and not without:
        shown = sum(one.shown for one in known)
        return _seen(True, f"{shown} are shown, none is due.", f"Se muestran {shown}; ninguno está pendiente.")
    number = len(due) + len(without)
    return _seen(False, f"{number} need somebody to try them.", f"{number} esperan que alguien los pruebe.")


def _fallback(rt: Runtime) -> Seen:
    url, ours = rt.settings.fallback_url, urlsplit(rt.settings.public_url).hostname
    if not url:
        return _seen(False, "FALLBACK_URL is not set.", "FALLBACK_URL no está puesto.")
    if urlsplit(url).hostname == ours:
        return _seen(
            False,
            f"FALLBACK_URL is on {ours} as well, so it is down when this service is.",
            f"FALLBACK_URL está también en {ours}: cae cuando cae este servicio.",
        )
    return _seen(True, "It is on another host.", "Está en otro servidor.")


async def _test_text(connection: AsyncConnection, program: Program) -> Seen:
    number = (await connection.execute(_CONFIRMED, {"program": program.id})).scalar_one()
    if not number:
        return _seen(False, "No code was typed back yet.", "Todavía no se ha escrito ningún código.")
    return _seen(True, f"Test phones: {number}.", f"Teléfonos de prueba: {number}.")


async def _opt_out(connection: AsyncConnection, program: Program) -> Seen:
    chosen = await library.for_new(connection, program.settings.flow, await library.current(connection))
    lines = [texts[language] for texts in chosen.lines["stop"] for language in LANGUAGES]
    if lines and all("988" in line for line in lines):
        return _seen(True, "This service answers, with 988.", "Responde este servicio, con el 988.")
    return _seen(False, "The text does not name 988.", "El texto no nombra el 988.")
