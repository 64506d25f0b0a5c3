"""The pages for coming in and going out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service.console import forms, sessions
from sms_service.console.auth import Credentials, Doorkeeper, SignInError
from sms_service.html import page
from sms_service.runtime import Runtime

ADDRESS = "/console/sign-in"
INSIDE = "/console"

_WRONG = "The address, the password or the code isn't right. Check all three; a code works once and for about a minute."
_WAIT = "There were too many tries for this address. Wait 15 minutes, then try again with a new code."


async def come(rt: Runtime, request: Request) -> Response:
    """Ask who it is, unless that is known."""
    if not sessions.had_one(request):
        return _ask(rt, request)
    async with rt.begin() as (connection, _):
        session = await sessions.find(rt, connection, request)
    return _ask(rt, request) if session is None else RedirectResponse(INSIDE, 303)


def _ask(rt: Runtime, request: Request, *, fault: str = "", email: str = "", status: int = 200) -> Response:
    token = sessions.visit(request)
    response = page(
        "console/sign_in.html",
        status=status,
        referrer="same-origin",
        proof=sessions.proof(rt, token),
        fault=fault,
        email=email,
        ended=sessions.had_one(request),
    )
    sessions.keep_visit(rt, response, token)
    return response


async def enter(door: Doorkeeper, request: Request) -> Response:
    """Let somebody in, or ask again."""
    rt, form = door.rt, await forms.read(door.rt, request)
    forms.check_proof(form, sessions.proof(rt, sessions.visit(request)))
    given = Credentials(form.get("email", ""), form.get("password", ""), form.get("code", ""))
    try:
        token = await door.sign_in(given)
    except SignInError as refused:
        fault, status = (_WAIT, 429) if refused.waits else (_WRONG, 401)
        return _ask(rt, request, fault=fault, email=given.email, status=status)
    response = RedirectResponse(INSIDE, 303)
    sessions.keep_session(rt, response, token)
    return response


async def leave(rt: Runtime, request: Request) -> Response:
    """End the session, here and in the database."""
    form = await forms.read(rt, request)
    async with rt.begin() as (connection, _):
        session = await sessions.find(rt, connection, request)
        if session is not None:
            forms.check_proof(form, session.proof)
            await sessions.close(rt, connection, request)
    response = RedirectResponse(ADDRESS, 303)
    sessions.forget(response)
    return response
