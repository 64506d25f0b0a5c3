"""Having the letters of a list sent by the service's own mail server, so many at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from starlette.responses import Response

from sms_service import audit, invitation_letters, program_pauses
from sms_service.console.door import Later
from sms_service.console.forms import FormError
from sms_service.console.visit import Visit
from sms_service.invitation_list import Guest, Listed
from sms_service.programs import Program


def check_asks(visit: Visit, program: Program) -> None:
    """Raise FormError if whoever joined now would never be asked."""
    if program_pauses.asks_no_more(program, visit.now):
        raise FormError(
            409, visit.say("The schedule has ended, so whoever joined would not be asked. Give it a later end first.")
        )


def send(visit: Visit, program: Program, listed: Listed, language: str) -> Later:
    """Return what sends letters, once nothing waits for it, and then shows who is left."""
    if not visit.rt.settings.smtp_url:
        raise FormError(409, visit.say("No mail server is set up here. Download the e-mails and send them yourself."))
    if program.state != "live":
        raise FormError(409, visit.say("The program is still a draft. Take it live first, then have letters sent."))
    check_asks(visit, program)

    async def answer() -> Response:
        answer_to = visit.session.email
        outcome = await invitation_letters.send(visit.rt, program, language, listed.guests, answer_to)
        if outcome.sent:
            await _note(visit, program)
        return await visit.show_beside(
            "import_sent.html",
            program=program,
            written=language,
            outcome=outcome,
            sheet=_sheet(outcome.left),
            at_once=invitation_letters.AT_ONCE,
        )()

    return answer


async def _note(visit: Visit, program: Program) -> None:
    who, act = visit.session.staff_id, "invitations.mailed"
    async with visit.rt.begin() as (connection, _):
        await audit.note(connection, staff_id=who, act=act, program_id=program.id, about="", now=visit.rt.real())


def _sheet(left: Iterable[Guest]) -> str:
    """Return who is left as a list that can be read again."""
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator="\n").writerows([("name", "email"), *((one.name, one.email) for one in left)])
    return made.getvalue()
