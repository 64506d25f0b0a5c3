"""A program's public page for leaving a number: the consent, the field, and one answer whatever the number is.

Like every public page it sets no cookie. The form carries a proof that is signed and lasts half a day.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flows.schedule import clock, local
from sms_service import invitations, mobile_numbers, opt_in, program_pauses, programs
from sms_service.html import MissingPageError, language, network_address, page
from sms_service.invitations import Ask
from sms_service.joining import way_in
from sms_service.mobile_numbers import NumberError
from sms_service.programs import Program
from sms_service.runtime import Runtime

ADDRESS = "/p/{slug}/join"
_LARGEST = 4096
_LONGEST = 80
_HOURS = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """What was left: `number` as typed, whether the consent was ticked, whether the form is one of ours and fresh."""

    number: str
    agrees: bool
    believed: bool


def routes(rt: Runtime) -> list[tuple[str, Callable[[Request], Awaitable[Response]]]]:
    """Return the method and handler of each of the page's two doors."""

    async def show(request: Request) -> Response:
        async with rt.begin() as (connection, now):
            program = await _program(connection, request)
            if program_pauses.asks_no_more(program, now):
                return _ended(program, request)
            return await _form(rt, connection, request, program, now)

    async def take(request: Request) -> Response:
        form = await _read(request)
        async with rt.begin() as (connection, now):
            program = await _program(connection, request)
            if program_pauses.asks_no_more(program, now):
                return _ended(program, request)
            believed = _ours(rt, request) and _is_proof(rt, program, form.get("proof", ""))
            wish = Wish(form.get("number", "")[:_LONGEST], form.get("agree") == "yes", believed)
            return await _take(rt, connection, request, program, wish, now)

    return [("GET", show), ("POST", take)]


def _ended(program: Program, request: Request) -> Response:
    """Lead to the program's page, which says that nobody is asked any more."""
    return RedirectResponse(f"/p/{program.slug}?lang={language(request)}", 303)


async def _take(
    rt: Runtime, connection: AsyncConnection, request: Request, program: Program, wish: Wish, now: datetime
) -> Response:
    faults, number = {}, ""
    try:
        number = mobile_numbers.read_mobile(wish.number, mobile_numbers.home_of(program.sender))
    except NumberError as error:
        faults["number"] = error.why
    if not wish.agrees:
        faults["agree"] = "empty"
    if faults or not wish.believed:
        status = 422 if faults else 403
        return await _form(rt, connection, request, program, now, wish=wish, faults=faults, status=status)
    lang = language(request)
    try:
        await opt_in.ask(rt, connection, program, Ask(number, lang), network_address(request), now)
    except opt_in.BusyError as error:
        return await _form(rt, connection, request, program, now, wish=wish, faults={"busy": error.why}, status=429)
    held = invitations.held_until(program, now)
    opens = local(held.astimezone(UTC), program.settings.zone) if held else None
    hour = clock(f"{opens:%H:%M}", lang) if opens else ""
    return _shown(request, "asked", program=program, way=way_in(program, lang), hour=hour)


async def _form(
    rt: Runtime,
    connection: AsyncConnection,
    request: Request,
    program: Program,
    now: datetime,
    *,
    wish: Wish | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    lang = language(request)
    return _shown(
        request,
        "join",
        status=status,
        program=program,
        way=way_in(program, lang),
        consent=await invitations.consent_shown(rt, connection, program, lang, now),
        proof=_proof(rt, program, int(rt.real().timestamp()) // 3600),
        wish=wish,
        faults=faults or {},
        stale=wish is not None and not wish.believed,
    )


def _shown(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    lang = language(request)
    path = request.url.path
    return page(f"public/{name}.{lang}.html", lang=lang, status=status, referrer="same-origin", path=path, **values)


async def _program(connection: AsyncConnection, request: Request) -> Program:
    for program in await programs.load(connection):
        if program.slug == request.path_params["slug"] and program.state == "live":
            return program
    raise MissingPageError(request.url.path)


async def _read(request: Request) -> Mapping[str, str]:
    """Return the form's fields; nothing of one that is too long or cannot be read, which then misses all it needs."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _ours(rt: Runtime, request: Request) -> bool:
    """Whether a form came from a page of ours, as far as the browser says."""
    origin = request.headers.get("origin")
    hosts = {urlsplit(rt.settings.public_url).netloc, request.headers.get("host")}
    return origin is None or urlsplit(origin).netloc in hosts


def _proof(rt: Runtime, program: Program, hour: int) -> str:
    return f"{hour}-{rt.vault.sign(f'join:{program.slug}:{hour}'.encode()).hex()}"


def _is_proof(rt: Runtime, program: Program, given: str) -> bool:
    hour, _, _ = given.partition("-")
    now = int(rt.real().timestamp()) // 3600
    if not (hour.isascii() and hour.isdigit() and len(hour) < len("10000000") and now - _HOURS <= int(hour) <= now):
        return False
    return hmac.compare_digest(_proof(rt, program, int(hour)).encode(), given.encode())
