"""One request of somebody signed in: what a page's handler is given, and the ways that lead on from each page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sms_service import programs
from sms_service.console.sessions import ADMINISTRATORS, ALL, EDITORS, NO_ROLE, READERS, Session
from sms_service.html import MissingPageError, language, page
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.staff import SUPPORT_LEAD
from sms_service.translation import say

_READ_AGAIN = timedelta(hours=1)
_LOOKED_BACK = 1000
# Among the last rows only: the log has no index for this, and needs none.
_READ = text("""
    select 1 from audit
    where n > (select max(n) from audit) - :some and staff_id = :staff and act = :act and at > :since limit 1
""")


class Way(NamedTuple):
    """A link of the rail or of a program's pages: its words, where it leads and whom."""

    words: str
    address: str
    roles: frozenset[str]


RAIL = (
    # Today, Programs, People, Flows, Resources, Reports: in this order, each with its area.
    Way("Today", "/console/today", READERS),
    Way("Programs", "/console/programs", READERS | {NO_ROLE}),
    Way("People", "/console/people", EDITORS),
    Way("Calls", "/console/calls", frozenset({SUPPORT_LEAD})),
    Way("Flows", "/console/flows", READERS),
    Way("Resources", "/console/resources", ALL),
)
ENDS = (
    # Small, at the end of the rail.
    Way("Accounts", "/console/staff", ADMINISTRATORS),
    Way("Log", "/console/audit", ADMINISTRATORS | {"auditor"}),
)
PROGRAM_PAGES = (
    # Each address is added to the program's own.
    Way("Overview", "", READERS),
    Way("Schedule", "/schedule", READERS),
    Way("Joining", "/joining", EDITORS),
    Way("Learning", "/learning", READERS),
    Way("Papers", "/papers", READERS),
    Way("Settings", "/settings", READERS),
    Way("Changes", "/versions", READERS),
    Way("Go live", "/go-live", READERS),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody signed in, inside its transaction. `now` is the calendar's time."""

    rt: Runtime
    request: Request
    connection: AsyncConnection
    now: datetime
    session: Session
    notes: list[tuple[str, UUID | None, str]] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language to answer in, "en" or "es"."""
        return language(self.request)

    def say(self, english: str, **values: object) -> str:
        """Return words in the visitor's language; `%(name)s` in them is filled from `values`."""
        words = say(self.language, english)
        return words % values if values else words

    def show(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page of the console."""
        here = self.request.url.path
        held = self.session.held
        frame = {
            "here": here,
            "rail": [way for way in RAIL if way.roles & held],
            "ends": [way for way in ENDS if way.roles & held],
            "languages": self._languages(),
            "tabs": [],
        }
        program = values.get("program")
        if isinstance(program, Program) and program.id in self.session.roles:
            role, root = self.session.roles[program.id], f"/console/programs/{program.slug}"
            frame["tabs"] = [(way.words, root + way.address) for way in PROGRAM_PAGES if role in way.roles]
        values = {**frame, **values, "session": self.session, "lang": self.language}
        return page(f"console/{template}", status=status, referrer="same-origin", **values)

    def show_beside(self, template: str, *, status: int = 200, **values: Any) -> Callable[[], Awaitable[HTMLResponse]]:
        """Return what makes a large page in a thread, once the transaction is over: nobody has to wait for it."""
        return partial(asyncio.to_thread, partial(self.show, template, status=status, **values))

    async def program(self) -> Program:
        """Return the program of the address. Raises MissingPageError where there is none with a role in it."""
        for program in await programs.load(self.connection):
            if program.slug == self.request.path_params["slug"] and program.id in self.session.roles:
                return program
        raise MissingPageError(self.request.url.path)

    def sure(self, form: Mapping[str, str], word: str) -> bool:
        """Whether somebody typed the word, in their language, that shows that they mean to take something away."""
        return form.get("sure", "").strip().casefold() == self.say(word).casefold()

    async def note(self, act: str, program_id: UUID | None = None, about: str = "") -> None:
        """Write into the audit log, once the page is made: nobody else has to wait for it meanwhile.

        `act` is a short fixed word group such as "program.changed", `about` an id at most.
        """
        self.notes.append((act, program_id, about))

    async def note_reading(self, act: str) -> None:
        """Note that names and addresses of staff were read: once an hour, however many pages somebody turns."""
        values = {
            "staff": self.session.staff_id,
            "act": act,
            "since": self.rt.real() - _READ_AGAIN,
            "some": _LOOKED_BACK,
        }
        if (await self.connection.execute(_READ, values)).first() is None:
            await self.note(act)

    def _languages(self) -> str:
        """Return the address of this page in the other language; a page made by a form has the console's own."""
        other = "en" if self.language == "es" else "es"
        if self.request.method != "GET":
            return f"/console?lang={other}"
        asked = self.request.url.include_query_params(lang=other)
        return f"{asked.path}?{asked.query}"
