"""A deployment with one of everything, somebody in every role, and names that would break a page made carelessly.

A new word in a console address, such as `{slug}`, needs an example in `furnish`; then every test that walks the
console takes the new pages in by itself.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from flows import Escalate
from flows.staging.transcript import Scene, read_step
from sms_service import (
    audit,
    daily_figures,
    events,
    leads,
    library,
    passwords,
    plays,
    programs,
    senders,
    staff_links,
    videos,
)
from sms_service.app import create_app
from sms_service.console import sessions
from sms_service.console.door import Page
from sms_service.console.pages import PAGES
from sms_service.daily_figures import CheckIns, Day
from sms_service.events import Listing
from sms_service.html import LANGUAGE_COOKIE
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime, new_id
from sms_service.staff import Invited
from sms_service.videos import Video
from tests import people
from tests.sms_service import roster

ROLES = ("administrator", "coordinator", "auditor", "support_lead", "none")
HOSTILE = "O'Neil \"><script>planted()</script>&amp;{{ 7 * 7 }}"
NO_PAGES = {"/console", "/console/flows/{name}/picture", "/console/flows/plays/{play}/transcript"}
"""Addresses that lead on, or give out a file."""
VISIT = "the cookie of somebody who is not signed in"
OUTSIDE = ("/console/sign-in", "/console/forgotten", "/console/link/{token}")
"""Pages for whoever is not signed in."""
FURTHER = (
    "/console/programs/tide/schedule?time=25:00&zone=Nowhere&lang=es",
    "/console/programs/tide/schedule?time=09:15&day=2",
    "/console/audit?day=never",
    "/console/audit?act=nothing",
    "/console/staff/{staff}?done=closed",
)
"""Addresses beside the plain ones at which a page looks different."""

_STAFF = text("""
    insert into staff (id, email, name, password_hash, totp_secret, created_at)
    values (:id, :email, :name, :password, :totp, now())
""")
_ROLE = text("insert into staff_roles (staff_id, program_id, role) values (:staff, :program, :role)")


@dataclass(frozen=True, slots=True)
class House:
    """The deployment: accounts by role, those of another program with " elsewhere", and what fills addresses."""

    rt: Runtime
    staff: Mapping[str, UUID]
    examples: Mapping[str, str]

    def address(self, path: str) -> str:
        """Return a path with an example for each of its words."""
        for word in re.findall(r"\{(\w+)\}", path):
            if word not in self.examples:
                pytest.fail(f"{path}: give an example of {{{word}}} in tests/sms_service/furnished.py")
            path = path.replace(f"{{{word}}}", self.examples[word])
        return path

    async def token(self, role: str) -> str:
        """Return a new session of whoever has this role."""
        async with self.rt.begin() as (connection, _):
            return await sessions.open_session(self.rt, connection, self.staff[role])

    @asynccontextmanager
    async def browser(self, role: str, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this role is signed in; nobody for ""."""
        transport = httpx.ASGITransport(app=create_app(self.rt))
        async with httpx.AsyncClient(transport=transport, base_url=self.rt.settings.public_url) as web:
            web.cookies.set(LANGUAGE_COOKIE, language, path="/console")
            web.cookies.set("checkin_visit", VISIT, path="/console")
            if role:
                web.cookies.set("checkin_session", await self.token(role), path="/console")
            yield web

    def proof(self, web: httpx.AsyncClient, path: str) -> str:
        """Return what a form of this browser must carry to be believed at an address."""
        inside = "checkin_session" in web.cookies and path not in OUTSIDE
        return sessions.proof(self.rt, web.cookies["checkin_session"] if inside else VISIT)


def reader(page: Page) -> str:
    """Return a role to look at a page with."""
    return next(role for role in ROLES if (role if role != "none" else sessions.NO_ROLE) in page.roles)


def pages() -> list[tuple[str, str]]:
    """Return the path of every page to look at, and the role to look with; "" for those outside."""
    inside = [(page.path, reader(page)) for page in PAGES if page.method == "GET" and _is_page(page.path)]
    return [*inside, *((path, "administrator") for path in FURTHER), *((path, "") for path in OUTSIDE)]


def _is_page(path: str) -> bool:
    return path not in NO_PAGES and not re.search(r"\.\w+$", path)


async def furnish(rt: Runtime) -> House:
    """Make the deployment."""
    tide = await people.program(rt, review="lead")
    dune = await _another(rt)
    await people.rows(rt, "update programs set name = :name returning id", name=HOSTILE)
    staff = {role: await _account(rt, role, tide if role != "none" else None) for role in ROLES}
    for role in ROLES[:-1]:
        staff[f"{role} elsewhere"] = await _account(rt, role, dune, "elsewhere.")
    await _on_the_roster(rt, tide, staff["support_lead"])
    await _days(rt, tide)
    ((call,),) = await people.rows(rt, "select id from follow_ups")
    event, video = await _to_learn_from(rt)
    examples = {"slug": "tide", "call": str(call), "event": event, "video": video, "name": "weekly-checkin"}
    examples |= {"paper": "charter", "resource": "988"}
    examples["play"] = await _play(rt, staff["coordinator"])
    await _acts(rt, tide, staff["coordinator"])
    return House(rt, staff, {**examples, "staff": str(staff["coordinator"]), "token": await _link(rt, tide)})


async def _acts(rt: Runtime, program: UUID, by: UUID) -> None:
    """Have something in the log."""
    async with rt.begin() as (connection, now):
        for act, about in (("schedule.changed", ""), ("role.changed", str(by)), ("play.saved", "")):
            await audit.note(connection, staff_id=by, act=act, program_id=program, about=about, now=now)


async def _to_learn_from(rt: Runtime) -> tuple[str, str]:
    """Put an event and a video on the list, and return their ids."""
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        told = Listing('<b>"Rest"</b>', (now + timedelta(days=9)).date(), "<i>here</i>", venue=HOSTILE)
        assert await events.add(connection, program, told, now)
        assert await videos.add(connection, program, Video(HOSTILE, "https://example.org/a"), now)
        (event,) = await events.listed(connection, program.id)
        (video,) = await videos.listed(connection, program.id)
    return str(event.id), str(video.id)


async def _play(rt: Runtime, by: UUID) -> str:
    """Keep a play."""
    async with rt.begin() as (connection, now):
        current = await library.current(connection)
        scene = Scene(HOSTILE, [], [read_step("JOIN", bare=True)])
        return str(await plays.save(connection, current, "welcome", scene, by=by, now=now))


async def _link(rt: Runtime, program: UUID) -> str:
    async with rt.begin() as (connection, _):
        invited = Invited("eve@checkin.test", HOSTILE, "coordinator")
        link = await staff_links.invite(rt, connection, invited, program, None)
    return link.rpartition("/")[2]


async def _days(rt: Runtime, program: UUID) -> None:
    """Have a week of figures, of every kind, and a sender that was stopped."""
    people_told = daily_figures.told({"active": 63, "left": 11}, {3: 61}, 10)
    kinds = [
        *(CheckIns(60), CheckIns(60, "some", "few", ("account",)), CheckIns(60, "few", "most", ("phone", "carrier"))),
        *(CheckIns(), CheckIns(60, "most", "few", ("late", "service", "waiting", "number"))),
    ]
    async with rt.begin() as (connection, now):
        for n, check_ins in enumerate(kinds):
            day = now.date() - timedelta(days=len(kinds) - n)
            await daily_figures.keep(connection, program, Day(day, now, people_told, check_ins), now)
        await senders.stop(connection, [people.SENDER], "30034: the number is not registered to a campaign", rt.real())


async def _another(rt: Runtime) -> UUID:
    async with rt.begin() as (connection, _):
        return await programs.add(
            connection,
            slug="dune",
            state="live",
            name="Dune check-in",
            sender="+17575550199",
            keywords=("DUNE",),
            groups=people.GROUPS,
            settings=ProgramSettings(operator="Dune Care", short_name="Dune", region=""),
            opt_out_mode="ours",
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )


async def _account(rt: Runtime, role: str, program: UUID | None, where: str = "") -> UUID:
    """Make an account without hashing a password: nobody here signs in with one."""
    made = new_id()
    values = {"id": made, "email": f"{where}{role}@checkin.test", "name": f"{role} {HOSTILE}"}
    async with rt.begin() as (connection, _):
        await connection.execute(
            _STAFF, {**values, "totp": rt.vault.wrap(b"A" * 32, b"totp"), "password": await passwords.nobodys()}
        )
        if program is not None:
            await connection.execute(_ROLE, {"staff": made, "program": program, "role": role})
    return made


async def _on_the_roster(rt: Runtime, program: UUID, lead: UUID) -> None:
    """Put two on the roster, and promise Ada a call."""
    another = await _account(rt, "support_lead", program, "second.")
    async with rt.begin() as (connection, now):
        for email, number in (("support_lead", roster.SAMS), ("second.support_lead", roster.ANAS)):
            duty = roster.Lead("Sam", number, "America/New_York", roster.OFFICE)
            await leads.add(rt, connection, program, f"{email}@checkin.test", duty, now)
    assert another != lead
    await people.move_to(rt, roster.TUESDAY)
    await people.join(rt)
    await roster.happen(rt, Escalate("chosen"))
