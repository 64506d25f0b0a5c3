"""What an invitation or a reset leads to: a password, a code for the phone's app, and ten codes for a bad day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service import passwords, staff_links
from sms_service.console import forms, sessions
from sms_service.console.factor_page import to_scan
from sms_service.console.outside import shown
from sms_service.console.staff_page import ROLE_WORDS
from sms_service.html import language
from sms_service.runtime import Runtime
from sms_service.staff import StaffError, matching_step
from sms_service.staff_links import Link
from sms_service.translation import say

ADDRESS = "/console/link/{token}"
_LONGEST_NAME = 80


async def arrive(rt: Runtime, request: Request) -> Response:
    """Show what the link is for. Looking at it does not use it up: mail programs look at links, too."""
    link = await _find(rt, request)
    if link is None:
        return _over(rt, request)
    if link.account:
        return _offer(rt, request, link, here=await _here(rt, request) == link.account)
    return _ask(rt, request, link, {}, {})


async def follow(rt: Runtime, request: Request) -> Response:
    """Make or mend the account, or say what stands in its way."""
    form = await forms.read(rt, request)
    forms.check_proof(form, sessions.proof(rt, sessions.visit(request)))
    link = await _find(rt, request)
    if link is None:
        return _over(rt, request)
    if link.account:
        return await _join(rt, request, link, link.account)
    faults = _faults(rt, request, link, form)
    if faults:
        return _ask(rt, request, link, form, faults)
    name, hashed = form.get("name", "").strip(), await passwords.hashed(form["password"])
    token = ""
    try:
        async with rt.begin() as (connection, _):
            used = await staff_links.follow(
                rt, connection, request.path_params["token"], name, hashed, form.get("code", "")
            )
            if link.secret:  # a password and a code were just given, which is all that signing in asks for
                token = await sessions.open_session(rt, connection, used.staff_id)
    except StaffError:
        return _over(rt, request)
    response = shown(rt, request, "link_done.html", codes=used.codes, link=link)
    if token:
        sessions.keep_session(rt, response, token)
    return response


async def _join(rt: Runtime, request: Request, link: Link, account: UUID) -> Response:
    """Give whoever is signed in to the account of an invitation its role."""
    if await _here(rt, request) != account:
        return _offer(rt, request, link, here=False)
    try:
        async with rt.begin() as (connection, _):
            await staff_links.join(rt, connection, request.path_params["token"], account)
    except StaffError:
        fault = say(language(request), "Your account can't be given this role. Whoever runs the service can say why.")
        return _offer(rt, request, link, here=True, fault=fault)
    return RedirectResponse("/console", 303)


async def _here(rt: Runtime, request: Request) -> UUID | None:
    """Return whose account is signed in to in this browser."""
    async with rt.begin() as (connection, _):
        session = await sessions.find(rt, connection, request)
    return session.staff_id if session else None


def _offer(rt: Runtime, request: Request, link: Link, *, here: bool, fault: str = "") -> Response:
    status = 422 if fault else 200
    return shown(rt, request, "link_join.html", status=status, link=link, here=here, fault=fault, role_words=ROLE_WORDS)


async def _find(rt: Runtime, request: Request) -> Link | None:
    async with rt.begin() as (connection, _):
        return await staff_links.find(rt, connection, request.path_params["token"])


def _faults(rt: Runtime, request: Request, link: Link, form: forms.Form) -> dict[str, str]:
    """Return what is wrong by field, in the order of the page."""
    lang, faults, name = language(request), {}, form.get("name", "").strip()
    if link.kind == "invitation" and not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        faults["name"] = say(lang, "Write the name that others here know you by, 80 letters at most.")
    weak = passwords.weakness(form.get("password", ""), link.email)
    if weak:
        faults["password"] = say(lang, weak)
    if link.secret and matching_step(link.secret, form.get("code", ""), rt.real()) is None:
        faults["code"] = say(lang, "That is not the code your app shows now. Write the six digits it shows.")
    return faults


def _ask(rt: Runtime, request: Request, link: Link, form: forms.Form, faults: dict[str, str]) -> Response:
    values: dict[str, Any] = {"link": link, "faults": faults, "name": form.get("name", link.name), "qr": ""}
    if link.secret:
        values |= to_scan(link.uri, link.secret)
    return shown(rt, request, "link.html", status=422 if faults else 200, **values)


def _over(rt: Runtime, request: Request) -> Response:
    return shown(rt, request, "link_over.html", status=404)
