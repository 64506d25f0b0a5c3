"""Inviting the people of a list: looked over first, then printed, sent by one's own mail, or texted with their consent.

No list is stored, sealed or not: the page that shows what would happen carries it back in its form
(docs/decisions/0026-no-list-is-stored.md). What is printed or downloaded leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import text
from starlette.responses import RedirectResponse, Response, StreamingResponse

from flows import segments
from flows.schedule import clock, local, short_date
from sms_service import documented, invitation_files, invitation_letters, invitation_list, invitations
from sms_service.console import import_mail, import_words
from sms_service.console.door import Later, Page
from sms_service.console.forms import Form, FormError
from sms_service.console.sessions import ADMINISTRATORS, EDITORS
from sms_service.console.visit import Visit
from sms_service.invitation_list import WAYS, Listed, Way
from sms_service.joining import way_in
from sms_service.mobile_numbers import home_of
from sms_service.phone_numbers import written
from sms_service.programs import Program
from sms_service.sheet_reading import SEPARATORS, SheetError

ADDRESS = "/console/programs/{slug}/import"
_LARGEST = 12 * 1024 * 1024
_CARDS = 800
"""What a browser prints at once without trouble: a hundred pages."""
_LISTED = 100
_EMAIL = text("select email from staff where id = :id")


async def show(visit: Visit) -> Response:
    """Return the form for a list, and which lists were texted before."""
    return await _form(visit, await visit.program(), {})


def _way(form: Form) -> Way:
    return next((one for one in WAYS if one == form.get("way")), "print")


def read(program: Program, _: datetime, form: Form) -> Listed | SheetError:
    """Read the list of a form."""
    typed = form.get("sheet") or form.get("file") or form.get("pasted", "")
    try:
        return invitation_list.read(typed, _way(form), home_of(program.sender))
    except SheetError as error:
        return error


async def take(visit: Visit, form: Form, listed: Listed | SheetError) -> Response | Later:
    """Look a list over, or do with it what the button says."""
    program = await visit.program()
    way = _way(form)
    if way == "text" and visit.session.roles[program.id] not in ADMINISTRATORS:
        raise FormError(403, visit.say("Only an administrator can have a list texted, with the consents on record."))
    if way == "text" and program.state != "live":
        raise FormError(409, visit.say("The program is still a draft. Take it live first, then have a list texted."))
    if way == "text":
        import_mail.check_asks(visit, program)
    if form.get("file") and form.get("pasted") and not form.get("sheet"):
        both = visit.say("Choose a file or paste rows, not both, so that it is clear which list is meant.")
        return await _form(visit, program, form, fault=both)
    if isinstance(listed, SheetError):
        return await _form(visit, program, form, fault=import_words.unreadable(visit.say, listed))
    step = form.get("step", "")
    if step == "text" and way == "text" and listed.guests:
        return await _text(visit, program, listed, form)
    if step == "refused":
        return await _refused(visit, listed)
    if step == "send" and way == "mail" and listed.guests:
        return import_mail.send(visit, program, listed, _language(form))
    if step in {"mbox", "merge"} and way == "mail":
        return await _mails(visit, program, listed, form, step)
    if step == "cards" and way == "print":
        return await _cards(visit, program, listed, form)
    return await _checked(visit, program, listed, way, form)


async def _form(visit: Visit, program: Program, form: Form, *, fault: str = "") -> Response:
    files = await documented.files(visit.connection, program.id)
    asked = visit.request.query_params
    done = next((one for one in files if str(one.id) == asked.get("done")), None)
    zone = program.settings.zone
    return visit.show(
        "import.html",
        status=422 if fault else 200,
        program=program,
        fault=fault,
        form=form,
        may_text=visit.session.roles[program.id] in ADMINISTRATORS and program.state == "live",
        done=done,
        again="again" in asked,
        files=[(one, _day(one, zone, visit.language)) for one in files],
    )


def _day(one: documented.File, zone: str, language: str) -> str:
    at = local(one.at, zone)
    return f"{short_date(at.date(), language)}, {clock(f'{at:%H:%M}', language)}"


async def _checked(
    visit: Visit,
    program: Program,
    listed: Listed,
    way: Way,
    form: Form,
    faults: Mapping[str, str] | None = None,
) -> Later:
    """Return what would happen: how many rows, which were refused and why, and the buttons that do it.

    The page carries the whole list, which may have some megabytes.
    """
    words = await invitations.words(visit.rt, visit.connection, program, visit.now)
    said = words[_language(form)]
    held = invitations.held_until(program, visit.now)
    why = import_words.reasons(visit.say)
    separators = {"comma": visit.say("commas"), "semicolon": visit.say("semicolons"), "tab": visit.say("tabs")}
    return visit.show_beside(
        "import_check.html",
        status=422 if faults else 200,
        program=program,
        number=written(program.sender),
        way=way,
        written=_language(form),
        listed=listed,
        separator=separators[SEPARATORS[listed.sheet.separator]],
        shown=[(one, why(one)) for one in listed.refusals[:_LISTED]],
        parts=range(0, len(listed.guests), _CARDS),
        cards=_CARDS,
        most_mails=invitation_files.MOST_MAILS,
        may_send=bool(visit.rt.settings.smtp_url) and program.state == "live",
        mail_from=visit.rt.settings.mail_from,
        at_once=invitation_letters.AT_ONCE,
        said=said,
        segments=segments(said).count,
        minutes=await documented.minutes(visit.connection, program, len(listed.guests)),
        held=clock(f"{local(held, program.settings.zone):%H:%M}", visit.language) if held else "",
        faults=faults or {},
        form=form,
    )


async def _text(visit: Visit, program: Program, listed: Listed, form: Form) -> Response | Later:
    """Have each number texted once, if the consent is on record."""
    today = local(visit.now, program.settings.zone).date()
    record, faults = import_words.record(visit.say, form, today)
    if record is None:
        return await _checked(visit, program, listed, "text", form, faults)
    made, fresh = await documented.take(
        visit.rt, visit.connection, program, visit.session.staff_id, listed, record, _language(form), visit.now
    )
    if fresh:
        await visit.note("invitations.texted", program.id, str(made))
    return RedirectResponse(f"{visit.request.url.path}?done={made}{'' if fresh else '&again'}", 303)


async def _refused(visit: Visit, listed: Listed) -> Response:
    why = import_words.reasons(visit.say)
    header = [visit.say("Row"), visit.say("What stands there"), visit.say("Why it was left out")]

    def make() -> bytes:
        return invitation_files.refused(header, listed.refusals, {one.row: why(one) for one in listed.refusals})

    return _download(make, "text/csv", "left-out.csv")


async def _mails(visit: Visit, program: Program, listed: Listed, form: Form, step: str) -> Response:
    await visit.note("invitations.downloaded", program.id)
    if step == "merge" or len(listed.guests) > invitation_files.MOST_MAILS:
        header = [visit.say("Name"), visit.say("E-mail")]
        return _download(partial(invitation_files.merge, header, listed.guests), "text/csv", "mail-merge.csv")
    sender = (await visit.connection.execute(_EMAIL, {"id": visit.session.staff_id})).scalar_one()
    url = visit.rt.settings.public_url
    make = partial(invitation_files.mails, program, url, _language(form), sender, listed.guests, visit.now)
    return _download(make, "application/mbox", "invitations.mbox")


async def _cards(visit: Visit, program: Program, listed: Listed, form: Form) -> Response:
    part = form.get("part", "0")
    start = int(part) if part.isascii() and part.isdigit() and len(part) < len("1000000") else 0
    language = _language(form)
    await visit.note("invitations.printed", program.id)
    return visit.show(
        "handout.html",
        program=program,
        kind="invitations",
        written=language,
        way=way_in(program, language),
        page=f"{visit.rt.settings.public_url}/p/{program.slug}",
        names=[guest.name for guest in listed.guests[start : start + _CARDS]],
    )


def _language(form: Form) -> str:
    return "es" if form.get("language") == "es" else "en"


def _download(make: Callable[[], bytes], kind: str, name: str) -> Response:
    """Return a file that is made in a thread, once the transaction is over."""

    def made() -> Iterator[bytes]:
        yield make()

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    headers["X-Content-Type-Options"] = "nosniff"
    return StreamingResponse(made(), media_type=kind, headers=headers)


PAGES = (
    Page(ADDRESS, "GET", show, EDITORS),
    Page(ADDRESS, "POST", take, EDITORS, _LARGEST, read),
)
