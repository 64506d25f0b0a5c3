"""The pages for coming in and going out, and for whoever forgot their password."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service import audit, staff_links
from sms_service.console import auth, forms, letters, sessions
from sms_service.console.auth import Credentials, SignInError
from sms_service.console.outside import shown
from sms_service.html import keep_language, language, network_address
from sms_service.runtime import Runtime
from sms_service.staff import StaffError, find
from sms_service.translation import say

ADDRESS = "/console/sign-in"
FORGOTTEN = "/console/forgotten"
INSIDE = "/console"


async def come(rt: Runtime, request: Request) -> Response:
    """Ask who it is, unless that is known."""
    if not sessions.had_one(request):
        return _ask(rt, request)
    async with rt.begin() as (connection, _):
        session = await sessions.find(rt, connection, request)
    return _ask(rt, request) if session is None else RedirectResponse(INSIDE, 303)


def _ask(rt: Runtime, request: Request, *, fault: str = "", email: str = "", status: int = 200) -> Response:
    ended = sessions.had_one(request)
    return shown(rt, request, "sign_in.html", status=status, fault=fault, email=email, ended=ended)


async def enter(rt: Runtime, request: Request) -> Response:
    """Let somebody in, or ask again."""
    form = await forms.read(rt, request)
    forms.check_proof(form, sessions.proof(rt, sessions.visit(request)))
    given = Credentials(
        form.get("email", ""),
        form.get("password", ""),
        form.get("code", ""),
        form.get("recovery", "").strip(),
        network_address(request),
    )
    try:
        admitted = await auth.sign_in(rt, given)
    except SignInError as refused:
        fault, status = (_wait(request), 429) if refused.waits else (_wrong(request), 401)
        return _ask(rt, request, fault=fault, email=given.email, status=status)
    response = RedirectResponse(INSIDE, 303)
    sessions.keep_session(rt, response, admitted.token)
    if admitted.language:
        keep_language(response, admitted.language, secure=rt.settings.public_url.startswith("https:"))
    return response


async def leave(rt: Runtime, request: Request) -> Response:
    """End the session, here and in the database."""
    form = await forms.read(rt, request)
    async with rt.begin() as (connection, _):
        session = await sessions.find(rt, connection, request)
        if session is not None:
            forms.check_proof(form, session.proof)
            await sessions.close(rt, connection, request)
            who = session.staff_id
            await audit.note(connection, staff_id=who, act="signed.out", program_id=None, about="", now=rt.real())
    response = RedirectResponse(ADDRESS, 303)
    sessions.forget(response)
    return response


async def forgot(rt: Runtime, request: Request) -> Response:
    """Ask for the address to send a link to, where letters can be sent."""
    return shown(rt, request, "forgotten.html", mail=bool(rt.settings.smtp_url), sent=False)


async def send_link(rt: Runtime, request: Request) -> Response:
    """Send a link if the address has an account. The answer is the same, and is given before that is looked up."""
    form = await forms.read(rt, request)
    forms.check_proof(form, sessions.proof(rt, sessions.visit(request)))
    mail = bool(rt.settings.smtp_url)
    response = shown(rt, request, "forgotten.html", mail=mail, sent=mail)
    if mail:
        response.background = BackgroundTask(_send_link, rt, form.get("email", ""), language(request))
    return response


async def _send_link(rt: Runtime, email: str, lang: str) -> None:
    try:
        async with rt.begin() as (connection, _):
            account = await find(connection, email)
            if await staff_links.asked_lately(rt, connection, account):
                return
            link = await staff_links.reset(rt, connection, email, None, mailed=True)
            await audit.note(connection, staff_id=account, act="reset.asked", program_id=None, about="", now=rt.real())
    except StaffError:
        return
    await letters.post(rt, email.strip(), letters.reset(lang, link))


def _wrong(request: Request) -> str:
    return say(
        language(request),
        "The address, the password or the code isn't right. Check all three; a code works once and for about a minute.",
    )


def _wait(request: Request) -> str:
    return say(
        language(request),
        "There were too many tries for this address. Wait 15 minutes, then try again with a new code.",
    )
