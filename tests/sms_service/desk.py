"""Dora, who coordinates the program of the tests, at her browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from sms_service import console, staff
from sms_service.runtime import Runtime
from tests import people
from tests.passwords import HASH, PASSWORD

EMAIL = "dora@checkin.test"


@dataclass
class Dora:
    """A member of staff, her browser and, for looking behind it, the database."""

    rt: Runtime
    web: httpx.AsyncClient
    program: UUID
    secret: str = ""

    async def hire(self, role: str = "coordinator", email: str = EMAIL) -> None:
        async with self.rt.begin() as (connection, _):
            account = await staff.make(
                self.rt,
                connection,
                email=email,
                name="Dora <b>Diaz</b>",
                password_hash=HASH,
                roles={self.program: role} if role else {},
                now=self.rt.real(),
            )
        self.secret = account.totp_secret

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.rt.real() + timedelta(seconds=30 * steps))

    async def sign_in(self, *, email: str = EMAIL, password: str = PASSWORD, code: str | None = None) -> httpx.Response:
        self.web.cookies.clear()
        form = await self.web.get("/console/sign-in")
        values = {"proof": proof(form), "email": email, "password": password, "code": code or self.code()}
        return await self.web.post("/console/sign-in", data=values)

    async def enter(self, role: str = "coordinator") -> None:
        await self.hire(role)
        assert (await self.sign_in()).status_code == 303

    async def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        async with self.rt.begin() as (connection, _):
            result = await connection.execute(text(query), values)
            return [tuple(row) for row in result] if result.returns_rows else []


def proof(page: httpx.Response) -> str:
    found = re.search(r'name="proof" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
async def dora(rt: Runtime) -> AsyncIterator[Dora]:
    app = FastAPI()
    app.include_router(console.routes(rt))
    program = await people.program(rt)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url) as web:
        yield Dora(rt, web, program)
