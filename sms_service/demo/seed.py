"""What the demo starts with: one program and its administrator, who coordinates it. Run again, it changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from sms_service import events, programs, senders, staff
from sms_service.events import Listing
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import load

SLUG = "demo"
NUMBER = "+17575550100"
EMAIL = "coordinator@demo.example"
_FAST = 100
_GROUPS = (
    {"en": "outpatient", "es": "consulta"},
    {"en": "crisis", "es": "crisis"},
    {"en": "case mgmt", "es": "casos"},
    {"en": "residential", "es": "residencia"},
    {"en": "other", "es": "otro"},
)


_SESSIONS = {
    12: ("Staying with pain, staying yourself", "online", "carrying"),
    26: ("When feeling less is a signal", "online", "numbing"),
    47: ("Working across cultures", "in person", ""),
}
"""Training sessions by the days until they are held."""


async def seed(rt: Runtime, password: str, totp_secret: str) -> dict[str, Any]:
    """Add the demo's program and its administrator if they are missing; return how to use them."""
    async with rt.begin() as (connection, _):
        now = rt.real()
        found = {program.slug: program for program in await programs.load(connection)}
        if SLUG not in found:
            await programs.add(
                connection,
                slug=SLUG,
                state="live",
                name="Tidewater check-in (demo)",
                sender=NUMBER,
                keywords=("JOIN", "UNIRME"),
                groups=_GROUPS,
                settings=ProgramSettings(operator="Tidewater Demo Services", short_name="Tidewater"),
                now=now,
            )
            # Nobody waits for the pace of a pretend network.
            await senders.change(connection, NUMBER, per_second=_FAST, per_day=None, service=None)
            made = {p.slug: p for p in await programs.load(connection)}[SLUG]
            for days, (title, place, topic) in _SESSIONS.items():
                on, online = (now + timedelta(days=days)).date(), place == "online"
                await events.add(connection, made, Listing(title, on, place, topic, online=online), now)
        program = {p.slug: p for p in await programs.load(connection)}[SLUG]
        known = await connection.execute(text("select 1 from staff where email = :email"), {"email": EMAIL})
        if not known.scalar():
            await staff.add(
                rt,
                connection,
                email=EMAIL,
                name="Demo coordinator",
                password=password,
                roles={program.id: "administrator"},
                now=now,
                totp_secret=totp_secret,
            )
    return {
        "coordinator": {"email": EMAIL, "password": password, "totp_secret": totp_secret},
        "program": {
            "name": program.name,
            "keyword": "JOIN",
            "number": program.sender,
            "page": f"{rt.settings.public_url}/p/{program.slug}",
        },
    }


async def _main() -> None:
    rt = open_runtime(load(), pool=1)
    try:
        shown = await seed(rt, os.environ["DEMO_COORDINATOR_PASSWORD"], os.environ["DEMO_COORDINATOR_TOTP_SECRET"])
    finally:
        await rt.close()
    sys.stdout.write(json.dumps(shown) + "\n")


if __name__ == "__main__":
    asyncio.run(_main())
