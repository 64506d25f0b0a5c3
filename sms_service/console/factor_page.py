"""Another phone for one's codes: proved by the password and a code of the old one, confirmed by a code of the new.

Until it is confirmed nothing is stored: the new secret goes through the page, sealed for the session, the secret that
it replaces and a quarter of an hour.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import timedelta
from functools import partial

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy import text
from starlette.responses import RedirectResponse, Response

from sms_service import staff_links
from sms_service.console import letters, me_page, sessions
from sms_service.console.door import Later, Page
from sms_service.console.forms import Form
from sms_service.console.sessions import ALL
from sms_service.console.visit import Visit
from sms_service.staff import factor_uri, matching_step
from sms_service.translation import Word
from sms_service.vault import VaultError

ADDRESS = f"{me_page.ADDRESS}/factor"
_LASTS = timedelta(minutes=15)

_OLD = text("select totp_secret from staff where id = :id for no key update")
_REPLACE = text("update staff set totp_secret = :totp, totp_step = :step where id = :id")


async def begin(visit: Visit, _: Form, fault: str) -> Response:
    """Show a new secret to whoever gave the password and a code."""
    if fault:
        return await me_page.again(visit, {"factor": fault})
    secret, end = pyotp.random_base32(), visit.rt.real() + _LASTS
    sealed = visit.rt.vault.wrap(f"{int(end.timestamp())} {secret}".encode(), await _purpose(visit))
    return _ask(visit, secret, base64.urlsafe_b64encode(sealed).decode())


async def confirm(visit: Visit, form: Form) -> Response | Later:
    """Store the new secret once its app has shown a code; everywhere else the account is signed out."""
    rt, account, sealed = visit.rt, visit.session.staff_id, form.get("sealed", "")
    secret = await _opened(visit, sealed)
    if not secret:
        return await me_page.again(visit, {"factor": Word("That took too long, or it is done already. Begin again.")})
    step = matching_step(secret, form.get("code", ""), rt.real())
    if step is None:
        return _ask(
            visit, secret, sealed, Word("That is not the code your app shows now. Write the six digits it shows.")
        )
    new = {"totp": rt.vault.wrap(secret.encode(), b"totp"), "step": step, "id": account}
    await visit.connection.execute(_REPLACE, new)
    await staff_links.end_resets(visit.connection, account)
    await sessions.end_others(visit.connection, visit.session)
    await visit.note("factor.changed")
    return partial(_tell, visit)


def to_scan(uri: str, secret: str) -> dict[str, object]:
    """Return what shows a secret to an authenticator app and to whoever types it."""
    square = segno.make(uri, error="m", micro=False).svg_inline(border=3, svgclass="qr", omitsize=True)
    in_fours = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"qr": Markup(square), "secret": in_fours}  # noqa: S704 - made of a checked address, as squares


async def _tell(visit: Visit) -> Response:
    await letters.post(visit.rt, visit.session.email, letters.factor_changed(visit.language))
    return RedirectResponse(f"{me_page.ADDRESS}?done=factor", 303)


def _ask(visit: Visit, secret: str, sealed: str, fault: str = "") -> Response:
    values = {**to_scan(factor_uri(visit.session.email, secret), secret), "sealed": sealed}
    faults = {"code": visit.say(fault)} if fault else {}
    return visit.show("factor.html", status=422 if fault else 200, faults=faults, **values)


async def _opened(visit: Visit, sealed: str) -> str:
    """Return the new secret, or nothing if its time is over or it belongs elsewhere."""
    try:
        opened = visit.rt.vault.unwrap(base64.urlsafe_b64decode(sealed), await _purpose(visit))
    except (VaultError, binascii.Error, ValueError):
        return ""
    end, secret = opened.decode().split()
    return secret if int(end) > visit.rt.real().timestamp() else ""


async def _purpose(visit: Visit) -> bytes:
    old = (await visit.connection.execute(_OLD, {"id": visit.session.staff_id})).scalar_one()
    return b"next totp" + visit.session.id.bytes + hashlib.sha256(old).digest()


PAGES = (
    Page(ADDRESS, "POST", begin, ALL, before=me_page.prove),
    Page(ADDRESS + "/confirm", "POST", confirm, ALL),
)
