"""One's own account: name and language, password, recovery codes, and where one is signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text
from starlette.responses import RedirectResponse, Response

from sms_service import passwords, recovery, staff_links
from sms_service.console import auth, sessions
from sms_service.console.auth import SignInError
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.sessions import ALL
from sms_service.console.visit import Visit
from sms_service.html import keep_language

ADDRESS = "/console/me"
_LONGEST_NAME = 80

_ME = text("select email, name, coalesce(language, '') as language from staff where id = :id")
_CHANGE = text("update staff set name = :name, language = :language where id = :id")
_PASSWORD = text("update staff set password_hash = :hash where id = :id")


async def show(visit: Visit) -> Response:
    """Return the account's page."""
    return await _page(visit, done=visit.request.query_params.get("done", ""))


async def change(visit: Visit, form: Form) -> Response:
    """Store name and language."""
    name, chosen = form.get("name", "").strip(), form.get("language", "")
    faults = {}
    if not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
        faults["name"] = visit.say("Write the name that others here know you by, 80 letters at most.")
    if chosen not in {"en", "es"}:
        faults["language"] = visit.say("Choose a language.")
    if faults:
        return await _page(visit, faults=faults, typed=form)
    await visit.connection.execute(_CHANGE, {"name": name, "language": chosen, "id": visit.session.staff_id})
    await visit.note("account.changed")
    response = RedirectResponse(f"{ADDRESS}?done=changed", 303)
    keep_language(response, chosen, secure=visit.rt.settings.public_url.startswith("https:"))
    return response


async def change_password(visit: Visit, form: Form) -> Response:
    """Store a new password; everywhere else the account is signed out."""
    me = await _me(visit)
    fault = await _unconfirmed(visit, me.email, form)
    if fault:
        return await _page(visit, faults={"password": fault})
    weak = passwords.weakness(form.get("new", ""), me.email)
    if weak:
        return await _page(visit, faults={"new": visit.say(weak)})
    new = {"hash": await passwords.hashed(form["new"]), "id": visit.session.staff_id}
    await visit.connection.execute(_PASSWORD, new)
    await staff_links.end_resets(visit.connection, visit.session.staff_id)
    await sessions.end_others(visit.connection, visit.session)
    await visit.note("password.changed")
    return RedirectResponse(f"{ADDRESS}?done=password", 303)


async def renew_codes(visit: Visit, form: Form) -> Response:
    """Make ten new recovery codes and show them once."""
    me = await _me(visit)
    fault = await _unconfirmed(visit, me.email, form)
    if fault:
        return await _page(visit, faults={"confirm": fault})
    codes = await recovery.renew(visit.rt, visit.connection, visit.session.staff_id)
    await visit.note("codes.renewed")
    return visit.show("codes.html", codes=codes)


async def end_session(visit: Visit, form: Form) -> Response:
    """End one session, or with "others" all but this one."""
    which = form.get("session", "")
    if which == "others":
        await sessions.end_others(visit.connection, visit.session)
    else:
        try:
            await sessions.end(visit.connection, visit.session, UUID(which))
        except ValueError:
            return await _page(visit, faults={"session": visit.say("Nothing was ended. Choose which to end.")})
    await visit.note("session.ended")
    return RedirectResponse(f"{ADDRESS}?done=ended", 303)


async def _unconfirmed(visit: Visit, email: str, form: Form) -> str:
    """Return what is wrong with the present password, or nothing. Tries count as those to sign in."""
    try:
        if await auth.confirm(visit.rt, email, form.get("password", "")):
            return ""
    except SignInError:
        return visit.say("There were too many tries. Wait 15 minutes, then try again.")
    return visit.say("That is not your present password.")


async def _me(visit: Visit) -> Any:
    return (await visit.connection.execute(_ME, {"id": visit.session.staff_id})).one()


async def _page(
    visit: Visit, *, faults: dict[str, str] | None = None, typed: Form | None = None, done: str = ""
) -> Response:
    me = await _me(visit)
    return visit.show(
        "me.html",
        status=422 if faults else 200,
        me=me,
        typed={"name": me.name, "language": me.language or visit.language, **(typed or {})},
        faults=faults or {},
        left=await recovery.left(visit.connection, visit.session.staff_id),
        open=await sessions.listed(visit.rt, visit.connection, visit.session),
        now=visit.rt.real(),
        done=done,
    )


PAGES = (
    Page(ADDRESS, "GET", show, ALL),
    Page(ADDRESS, "POST", change, ALL),
    Page(ADDRESS + "/password", "POST", change_password, ALL),
    Page(ADDRESS + "/codes", "POST", renew_codes, ALL),
    Page(ADDRESS + "/sessions", "POST", end_session, ALL),
)
