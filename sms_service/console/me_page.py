"""One's own account: name and language, password, recovery codes, and where one is signed in.

Passwords are hashed before the page's transaction begins.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from starlette.responses import RedirectResponse, Response

from sms_service import passwords, recovery, staff_links
from sms_service.console import auth, sessions
from sms_service.console.auth import SignInError
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.sessions import ALL, Session
from sms_service.console.visit import Visit
from sms_service.html import keep_language
from sms_service.runtime import Runtime
from sms_service.translation import Word

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


class _Wish(NamedTuple):
    """A new password that was asked for: what is wrong by field, or its hash."""

    faults: dict[str, str]
    hash: str = ""


async def look_at_password(rt: Runtime, session: Session, form: Form) -> _Wish:
    """Check the present password and hash the new one."""
    if fault := await _unproved(rt, session, form, None):
        return _Wish({"password": fault})
    if weak := passwords.weakness(form.get("new", ""), session.email):
        return _Wish({"new": weak})
    return _Wish({}, await passwords.hashed(form["new"]))


async def change_password(visit: Visit, _: Form, wish: _Wish) -> Response:
    """Store a new password; everywhere else the account is signed out."""
    if wish.faults:
        return await again(visit, wish.faults)
    await visit.connection.execute(_PASSWORD, {"hash": wish.hash, "id": visit.session.staff_id})
    await staff_links.end_resets(visit.connection, visit.session.staff_id)
    await sessions.end_others(visit.connection, visit.session)
    await visit.note("password.changed")
    return RedirectResponse(f"{ADDRESS}?done=password", 303)


async def prove(rt: Runtime, session: Session, form: Form) -> str:
    """Return what is wrong with the present password or the second factor, or nothing; a code given is used up."""
    return await _unproved(rt, session, form, form.get("code", ""))


async def renew_codes(visit: Visit, _: Form, fault: str) -> Response:
    """Make ten new recovery codes and show them once."""
    if fault:
        return await again(visit, {"confirm": fault})
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


async def again(visit: Visit, faults: dict[str, str]) -> Response:
    """Return the account's page with what is wrong by field, in English."""
    return await _page(visit, faults={field: visit.say(fault) for field, fault in faults.items()})


async def _unproved(rt: Runtime, session: Session, form: Form, factor: str | None) -> str:
    """Return what is wrong with the present password or the second factor. Tries count as those to sign in."""
    try:
        if await auth.confirm(rt, session.email, form.get("password", ""), factor):
            return ""
    except SignInError:
        return Word("There were too many tries. Wait 15 minutes, then try again.")
    if factor is None:
        return Word("That is not your present password.")
    return Word("The password or the code isn't right. A code works once and for about a minute.")


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
    Page(ADDRESS + "/password", "POST", change_password, ALL, before=look_at_password),
    Page(ADDRESS + "/codes", "POST", renew_codes, ALL, before=prove),
    Page(ADDRESS + "/sessions", "POST", end_session, ALL),
)
