"""What is made of a list to take away: cards aside, the rows that were refused, the e-mails, a list for mail merge.

A cell that a spreadsheet would run as a formula is put behind an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP

from sms_service.invitation_list import FORMULA, Guest, Refusal
from sms_service.invitation_words import letter, subject
from sms_service.programs import Program

MOST_MAILS = 2000
"""More e-mails than this are for mail merge: one file of them would be too large to open."""


def escaped(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith((*FORMULA, "\t", "\r")) else cell


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV that spreadsheets open as it is meant: UTF-8 with its mark, and no formula in it."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    for row in (header, *rows):
        writer.writerow([escaped(str(cell)) for cell in row])
    return made.getvalue().encode("utf-8-sig")


def refused(header: Sequence[str], refusals: Iterable[Refusal], reasons: Mapping[int, str]) -> bytes:
    """Return the rows that were refused, with `reasons` by row."""
    return table(header, ((one.row, one.found, reasons[one.row]) for one in refusals))


def merge(header: Sequence[str], guests: Iterable[Guest]) -> bytes:
    """Return names and addresses for mail merge."""
    return table(header, ((guest.name, guest.email) for guest in guests))


def mails(
    program: Program, public_url: str, language: str, sender: str, guests: Iterable[Guest], at: datetime
) -> bytes:
    """Return one e-mail for each guest, in one file (mbox, RFC 4155) that mail programs take in."""
    made = io.BytesIO()
    generator = BytesGenerator(made, mangle_from_=True, policy=SMTP.clone(linesep="\n"))
    for guest in guests:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, guest.email, subject(program, language)
        mail["Date"] = at
        mail.set_content(letter(program, public_url, language, guest.name))
        made.write(f"From invitations {at:%a %b %d %H:%M:%S %Y}\n".encode())
        generator.flatten(mail)
        made.write(b"\n")
    return made.getvalue()
