"""The pages that answer a form: what was wrong, what would happen, what was done. Every POST of the console is here.

A new address that answers a form needs a line in `FILLED`, or in `NO_PAGE` where it only leads on or gives out a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from html import unescape

import httpx
import pyotp
from sqlalchemy import text

from flows import local
from sms_service import programs
from tests.passwords import HASH, PASSWORD
from tests.sms_service.calendars import calendar, event
from tests.sms_service.furnished import HOSTILE, House
from tests.sms_service.post_office import post_office

_ADMINISTRATOR, _COORDINATOR, _LEAD = "administrator", "coordinator", "support_lead"
_TIDE = "/console/programs/{slug}"
_DRAFT = "/console/programs/lark"
_KEPT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_LIST = f'Name,E-mail,Phone\n"Ada Lovelace",ada@example.org,757-555-0111\n"{HOSTILE[:9]}",nowhere,1\n=1+1,,x\n'
_NEW = {
    "template": "weekly",
    "name": "Lark check-in",
    "short_name": "Lark",
    "slug": "lark",
    "operator": "Lark Care",
    "number": "+1 757 555 0155",
    "opt_out_mode": "twilio",
    "keyword": "LARK",
    "group": "outpatient/consulta",
    "client": "patient",
    "zone": "America/New_York",
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is sent, and what it is answered with. `kept` takes the hidden fields of the page before along.

    What stands in braces in it is put in: `{code}` a code of the phone's, `{today}` the program's day, `{version}` its
    version.
    """

    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    role: str = _COORDINATOR
    status: int = 422
    kept: bool = False


_CALENDAR = calendar(
    event("one@test", "Rest, really", ":20270107T173000Z", f"LOCATION:{'a very long place ' * 6}"),
    event("two@test", "Rest " * 12, ":20270108T173000Z"),
    event("three@test", "No day", ":never"),
)
_IMPORT = {"pasted": _LIST, "language": "en", "step": "check"}
FILLED = (
    Filled("/console/sign-in", {"email": "a@b.org", "password": "wrong", "code": "1"}, "", 401),
    Filled("/console/forgotten", {"email": "a@b.org"}, "", 200),
    Filled("/console/link/{token}", {"name": "", "password": "short", "code": "1"}, ""),
    Filled("/console/me", {"name": "", "language": "fr"}),
    Filled("/console/me/password", {"password": "wrong", "new": "short"}),
    Filled("/console/me/factor", {"password": "wrong", "code": "1"}),
    Filled("/console/me/factor", {"password": PASSWORD, "code": "{code}"}, status=200),
    Filled("/console/me/factor/confirm", {"code": "000000"}, kept=True),
    Filled("/console/me/codes", {"password": "wrong"}),
    Filled("/console/me/codes", {"password": PASSWORD, "code": "{code}"}, _ADMINISTRATOR, 200),
    Filled("/console/me/sessions", {"session": "none"}),
    Filled("/console/staff/invite", {"email": "nowhere", "name": HOSTILE}, _ADMINISTRATOR),
    Filled(
        "/console/staff/invite",
        {"email": "lia@checkin.test", "name": HOSTILE, "program": "tide", "role": "auditor"},
        _ADMINISTRATOR,
        200,
    ),
    Filled("/console/staff/{staff}/role", {"program": "tide", "role": "none"}, _ADMINISTRATOR),
    Filled("/console/staff/{staff}/link", {}, _ADMINISTRATOR, 200),
    Filled("/console/programs/new", {**_NEW, "name": "", "slug": "tide", "zone": "Nowhere"}, _ADMINISTRATOR),
    Filled("/console/programs/new", _NEW, _ADMINISTRATOR, 200),
    Filled(f"{_DRAFT}/remove", {"slug": "other"}, _ADMINISTRATOR),
    Filled(f"{_DRAFT}/go-live", {"confirm": "x"}, _ADMINISTRATOR),
    Filled(f"{_DRAFT}/go-live/begin", {}, _ADMINISTRATOR, 409),
    Filled(f"{_DRAFT}/go-live/test-text", {"phone": "1"}, _ADMINISTRATOR),
    Filled(f"{_TIDE}/identity", {"name": "", "slug": "dune"}),
    Filled(f"{_TIDE}/schedule", {"time": "25:99", "zone": "Mars/Olympus", "remind_1": "soon", "version": "{version}"}),
    Filled(f"{_TIDE}/schedule", {"time": "09:15", "version": "{version}"}, status=200),
    Filled(f"{_TIDE}/schedule", {"time": "09:30", "version": "0"}, status=409),
    Filled(f"{_TIDE}/versions", {"put_back": "1", "version": "0"}, status=409),
    Filled(f"{_TIDE}/versions", {"put_back": "1", "version": "{version}"}, status=200),
    Filled(f"{_TIDE}/settings", {"floor": "many", "region": "Mars", "operator": "", "version": "{version}"}),
    Filled(f"{_TIDE}/settings", {"operator": "Other Care", "version": "{version}"}, status=200),
    Filled(f"{_TIDE}/settings/proposed", {"confirm": "nothing"}, status=409),
    Filled(f"{_TIDE}/pause", {"until": "never"}),
    Filled(f"{_TIDE}/pause", {"until": ""}, status=200),
    Filled(f"{_TIDE}/pause", {"until": "2020-01-01"}),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "print", "pasted": ""}),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "print"}, status=200),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "print", "step": "cards"}, status=200),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "mail"}, status=200),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "mail", "step": "send"}, status=200),
    Filled(f"{_TIDE}/import", {**_IMPORT, "way": "text", "step": "text"}, _ADMINISTRATOR),
    Filled(f"{_TIDE}/learning/calendar", {"calendar": "no calendar"}),
    Filled(f"{_TIDE}/learning/calendar", {"calendar": _CALENDAR}, status=200),
    Filled(f"{_TIDE}/learning/calendar", {"calendar": _CALENDAR, "do": "yes"}, status=200),
    Filled(f"{_TIDE}/learning/events/{{event}}", {"title": "x" * 60, "on": "never", "seats": "many"}),
    Filled(f"{_TIDE}/learning/videos/{{video}}", {"title": "", "link": "http://example.org"}),
    Filled(f"{_TIDE}/learning/events/{{event}}/remove", {"sure": "no"}),
    Filled(f"{_TIDE}/learning/videos/{{video}}/remove", {}),
    Filled("/console/staff/{staff}/close", {"sure": "no"}, _ADMINISTRATOR),
    Filled("/console/people", {"what": "left", "number": "1", "again": "2"}),
    Filled("/console/people", {"what": "left", "program": "tide", "number": "7575550199", "again": "7575550199"}),
    Filled("/console/why", {"number": "1", "day": "never"}),
    Filled("/console/why", {"program": "tide", "number": "7575550199", "day": "{today}"}, status=200),
    Filled("/console/flows/{name}/play", {"about": "tide"}, status=200),
    Filled("/console/flows/{name}/play", {"words": "something else"}, status=200, kept=True),
    Filled("/console/flows/{name}/save", {"name": ""}, kept=True),
    Filled("/console/flows/plays/{play}/keep", {"version": "another"}, status=409),
    Filled("/console/flows/plays/{play}/remove", {"sure": "no"}),
    Filled("/console/resources/new", {"name_en": "", "need": "support"}),
    Filled("/console/resources/{resource}", {"works": "", "on": "never", "note": "x" * 301}, _ADMINISTRATOR),
    Filled("/console/calls/{call}/close", {"outcome": "x"}, _LEAD, 409),
    Filled("/console/calls/{call}/take", {}, _LEAD, 200),
    Filled("/console/calls/{call}/close", {"outcome": "x"}, _LEAD),
)
NO_PAGE = {
    "/console/flows/{name}/transcript",
    "/console/staff/{staff}/open",
    "/console/resources/{resource}/remove",
}
"""Addresses that lead on to a page that is looked at anyway."""


async def answers(house: House, language: str = "en") -> list[tuple[Filled, httpx.Response]]:
    """Send each form, one after the other, and return what it was answered with. The mail server takes no letter."""
    await _know_the_password(house)
    found: list[tuple[Filled, httpx.Response]] = []
    async with post_office() as mail, AsyncExitStack() as open_:
        mail.refuses, house = True, replace(house, rt=mail.reach(house.rt))
        browsers: dict[str, httpx.AsyncClient] = {}
        for one in FILLED:
            if one.role not in browsers:
                browsers[one.role] = await open_.enter_async_context(house.browser(one.role, language))
            web = browsers[one.role]
            values = await _values(house)
            form = {name: values.get(value, value) for name, value in one.form.items()}
            kept = _fields(found[-1][1]) if one.kept else {}
            sent = {**kept, **form, "proof": house.proof(web, one.path)}
            path = house.address(one.path)
            found.append((one, await web.post(path, data=sent, follow_redirects=True)))
    return found


def _fields(page: httpx.Response) -> dict[str, str]:
    """Return what a page carries along in its forms."""
    return {name: unescape(value) for name, value in _KEPT.findall(page.text) if name != "proof"}


async def _know_the_password(house: House) -> None:
    """Give those who change their own account a password that is known."""
    ids = [house.staff[role] for role in (_COORDINATOR, _ADMINISTRATOR)]
    async with house.rt.begin() as (connection, _):
        statement = text("update staff set password_hash = :hash where id = any(:ids)")
        await connection.execute(statement, {"hash": HASH, "ids": ids})


async def _values(house: House) -> dict[str, str]:
    async with house.rt.begin() as (connection, now):
        found = await programs.find(connection, "tide")
    return {
        "{code}": pyotp.TOTP("A" * 32).at(house.rt.real()),
        "{today}": local(now, found.settings.zone).date().isoformat(),
        "{version}": str(found.version),
    }
