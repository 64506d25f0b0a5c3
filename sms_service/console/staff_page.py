"""Accounts, for whoever administers a program: who has one, inviting somebody, roles, closing, and a new way in."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from sms_service import accounts, programs, staff, staff_links
from sms_service.accounts import OFFERED, Member
from sms_service.console import letters
from sms_service.console.door import Later, Page
from sms_service.console.forms import Form, FormError
from sms_service.console.letters import Letter
from sms_service.console.sessions import ADMINISTRATORS
from sms_service.console.visit import Visit
from sms_service.html import MissingPageError
from sms_service.programs import Program
from sms_service.staff import Invited, StaffError
from sms_service.translation import Word

ADDRESS = "/console/staff"
ROLE_WORDS = {
    "administrator": Word("Administrator"),
    "coordinator": Word("Coordinator"),
    "auditor": Word("Auditor"),
    "support_lead": Word("Support lead"),
}
NO_ROLE = "no-role"
"""How the log calls a role that was taken away."""
ROLE_HINTS = {
    "administrator": Word("all that a coordinator may, and these accounts"),
    "coordinator": Word("sets the program up and changes it"),
    "auditor": Word("reads everything, the log too, and changes nothing"),
}
ROLES: Mapping[str, Any] = {"role_words": ROLE_WORDS, "role_hints": ROLE_HINTS}
Known = Mapping[UUID, Program]


async def listing(visit: Visit) -> Response:
    """Return everybody with a role in the programs that the visitor administers."""
    known = await _administered(visit)
    people = await accounts.members(visit.connection, known.keys())
    await visit.note_reading("accounts.read")
    return visit.show(
        "staff.html", people=people, known=known, **ROLES, done=visit.request.query_params.get("done", "")
    )


async def invitation(visit: Visit) -> Response:
    """Ask whom to invite."""
    return await _ask(visit, {}, {})


async def invite(visit: Visit, form: Form) -> Response | Later:
    """Send an invitation, or show its link. Whoever has an account already takes the role with it, or does not."""
    known = {program.slug: program for program in (await _administered(visit)).values()}
    program, role = known.get(form.get("program", "")), form.get("role", "")
    faults = {}
    if program is None:
        faults["program"] = visit.say("Choose a program.")
    if role not in OFFERED:
        faults["role"] = visit.say("Choose a role.")
    try:
        email = staff.read_email(form.get("email", ""))
    except StaffError:
        faults["email"] = visit.say("Write an e-mail address, such as dora@example.org.")
    if faults or program is None:
        return await _ask(visit, form, faults)
    account = next((one for one in await accounts.members(visit.connection) if one.email == email), None)
    if account is not None:
        hindered = _hindered(visit, account, program)
        if hindered:
            return await _ask(visit, form, {"email": hindered})
    invited = Invited(email, form.get("name", "").strip()[:80], role)
    link = await staff_links.invite(visit.rt, visit.connection, invited, program.id, visit.session.staff_id)
    await visit.note("account.invited", program.id, role)
    letter = letters.further if account else letters.invitation
    return _hand_over(visit, email, link, letter(visit.language, program.name, link), known=account is not None)


async def one(visit: Visit) -> Response:
    """Return one account, with what the visitor may change of it."""
    known = await _administered(visit)
    member = await _find(visit, known)
    await visit.note_reading("accounts.read")
    return await _show(visit, member, known)


async def change_role(visit: Visit, form: Form) -> Response:
    """Give another role in a program, or take it away."""
    known = await _administered(visit)
    member = await _mine(visit, known)
    program = next((p for p in known.values() if p.slug == form.get("program") and p.id in member.roles), None)
    role = form.get("role", "")
    if program is None or role not in {*OFFERED, ""}:
        return await _show(visit, member, known, fault=visit.say("Nothing was changed. Choose a role."))
    if role != "administrator" and not await _spared(visit, member.id, {program.id}):
        return await _show(visit, member, known, fault=_needed(visit))
    await accounts.change_role(visit.connection, member.id, program.id, role)
    await visit.note("role.changed", program.id, f"{member.id}:{role or NO_ROLE}")
    still = role or member.roles.keys() & known.keys() - {program.id}
    return RedirectResponse(f"{ADDRESS}/{member.id}?done=role" if still else f"{ADDRESS}?done=role", 303)


async def close(visit: Visit, form: Form) -> Response:
    """Close an account: whoever has it is signed out at once."""
    member = await _wholly_mine(visit)
    if not visit.sure(form, "close"):
        return await _show(visit, member, await _administered(visit), unsure=True)
    if not await _spared(visit, member.id, member.roles.keys()):
        return await _show(visit, member, await _administered(visit), fault=_needed(visit))
    await accounts.disable(visit.connection, member.id, visit.rt.real())
    await visit.note("account.closed", None, str(member.id))
    return RedirectResponse(f"{ADDRESS}/{member.id}?done=closed", 303)


async def reopen(visit: Visit, form: Form) -> Response:
    """Open a closed account again."""
    del form
    member = await _wholly_mine(visit)
    await accounts.enable(visit.connection, member.id)
    await visit.note("account.opened", None, str(member.id))
    return RedirectResponse(f"{ADDRESS}/{member.id}?done=opened", 303)


async def mend(visit: Visit, form: Form) -> Response | Later:
    """Make a link to a new password and a new second factor."""
    del form
    member = await _wholly_mine(visit)
    if member.disabled_at:
        known = await _administered(visit)
        return await _show(visit, member, known, fault=visit.say("Nothing was done: the account is closed."))
    link = await staff_links.reset(visit.rt, visit.connection, member.email, visit.session.staff_id)
    await visit.note("reset.made", None, str(member.id))
    return _hand_over(visit, member.email, link, letters.mended(visit.language, link))


async def _administered(visit: Visit) -> Known:
    mine = {program for program, role in visit.session.roles.items() if role in ADMINISTRATORS}
    return {program.id: program for program in await programs.load(visit.connection) if program.id in mine}


async def _find(visit: Visit, known: Known) -> Member:
    for member in await accounts.members(visit.connection, known.keys()):
        if str(member.id) == visit.request.path_params["staff"]:
            return member
    raise MissingPageError(visit.request.url.path)


async def _mine(visit: Visit, known: Known) -> Member:
    """Return the account of the address. Raises FormError for the visitor's own and for a support lead's."""
    member = await _find(visit, known)
    if member.id == visit.session.staff_id:
        raise FormError(403, visit.say("This is your own account. Another administrator can change its roles."))
    if member.leads:
        raise FormError(403, visit.say("Support leads' accounts are kept by whoever runs the service."))
    return member


async def _wholly_mine(visit: Visit) -> Member:
    known = await _administered(visit)
    member = await _mine(visit, known)
    if not member.within(known.keys()):
        raise FormError(
            403, visit.say("This account has a role in a program of others, too. Whoever runs the service can do it.")
        )
    return member


async def _spared(visit: Visit, account: UUID, of: Set[UUID]) -> bool:
    """Whether these programs have another administrator. Only somebody who was removed meanwhile finds none."""
    try:
        await accounts.spare(visit.connection, account, of)
    except StaffError:
        return False
    return True


def _needed(visit: Visit) -> str:
    return visit.say("Nothing was done: a program needs one administrator who can sign in.")


def _hindered(visit: Visit, account: Member, program: Program) -> str:
    """Say why an account cannot be invited to a program, or return ""."""
    if program.id in account.roles and not account.leads and account.id != visit.session.staff_id:
        return visit.say("This address has a role in this program already. Change it on the account's page.")
    if account.leads or account.disabled_at or account.id == visit.session.staff_id:
        return visit.say("This address can't be given a role here. Whoever runs the service can say why.")
    return ""


def _hand_over(visit: Visit, email: str, link: str, letter: Letter, *, known: bool = False) -> Later:
    """Once the link is stored, say that a letter is on its way, or show the link, to print or to pass on."""

    async def answer() -> Response:
        sent = await letters.post(visit.rt, email, letter)
        failed = bool(visit.rt.settings.smtp_url) and not sent
        shown = "" if sent else link
        return visit.show("link_made.html", email=email, link=shown, letter=letter, failed=failed, known=known)

    return answer


async def _ask(visit: Visit, form: Form, faults: Mapping[str, str]) -> Response:
    known = await _administered(visit)
    status = 422 if faults else 200
    return visit.show("invite.html", status=status, typed=form, faults=faults, known=known, roles=OFFERED, **ROLES)


async def _show(visit: Visit, member: Member, known: Known, *, fault: str = "", unsure: bool = False) -> Response:
    return visit.show(
        "account.html",
        status=422 if fault or unsure else 200,
        member=member,
        known=known,
        roles=OFFERED,
        **ROLES,
        own=member.id == visit.session.staff_id,
        whole=member.within(known.keys()),
        fault=fault
        or (visit.say("Nothing was done: the word is %(word)s.", word=visit.say("close")) if unsure else ""),
        unsure=unsure,
        done=visit.request.query_params.get("done", ""),
    )


_ONE = ADDRESS + "/{staff}"
PAGES = (
    Page(ADDRESS, "GET", listing, ADMINISTRATORS),
    Page(ADDRESS + "/invite", "GET", invitation, ADMINISTRATORS),
    Page(ADDRESS + "/invite", "POST", invite, ADMINISTRATORS),
    Page(_ONE, "GET", one, ADMINISTRATORS),
    Page(_ONE + "/role", "POST", change_role, ADMINISTRATORS),
    Page(_ONE + "/close", "POST", close, ADMINISTRATORS),
    Page(_ONE + "/open", "POST", reopen, ADMINISTRATORS),
    Page(_ONE + "/link", "POST", mend, ADMINISTRATORS),
)
