"""What is set up, and what is missing before anybody can be texted: one line a fact, exit 1 if something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from flows.duty import COVER
from sms_service import programs, redacting
from sms_service.programs import Program
from sms_service.runtime import Runtime

_LONGEST_LINK = 24
_MODES = {
    "ours": "we confirm STOP ourselves, with 988; Twilio's own keyword handling has to be switched off",
    "twilio": "Twilio confirms STOP; 988 has to stand in its own opt-out text",
}


async def examine(rt: Runtime) -> int:
    """Print each finding; 0 if nothing is missing."""
    missing = 0
    for good, words in [*await _programs(rt), *await _queue(rt), *_addresses(rt)]:
        print(("ok       " if good else "missing  ") + words)  # noqa: T201  (a command's answer)
        missing += not good
    return 1 if missing else 0


async def _programs(rt: Runtime) -> list[tuple[bool, str]]:
    async with rt.begin() as (connection, _):
        found = await programs.load(connection)
        staff = (await connection.execute(text("select count(*) from staff where disabled_at is null"))).scalar_one()
        waiting, given_up = await redacting.figures(connection)
    lines = [(bool(found), f"{len(found)} programs" if found else "a program; `sms-service program add` makes one")]
    for one in found:
        lines.extend(_program(rt, one))
    lines.append((staff > 0, f"{staff} console accounts" if staff else "a console account: `sms-service staff add`"))
    if waiting:
        lines.append((True, f"texts to be emptied at Twilio, which did not take it yet: {waiting}"))
    if given_up:
        lines.append(
            (False, f"texts that could not be emptied at Twilio: {given_up}; the log says why (redact.given_up)")
        )
    return lines


def _program(rt: Runtime, one: Program) -> Iterator[tuple[bool, str]]:
    yield bool(one.keywords), f"{one.slug}: {one.sender}, keywords {', '.join(one.keywords) or 'none'}"
    yield True, f"{one.slug}: opt-out mode {one.opt_out_mode}: {_MODES[one.opt_out_mode]}"
    yield _calls(one)
    link = f"{rt.settings.public_url}/p/{one.slug}"
    if len(link) > _LONGEST_LINK and rt.settings.speaks_to_twilio:
        yield False, f"{one.slug}: a shorter address: {link} has {len(link)} characters, texts are measured for 24"


def _calls(one: Program) -> tuple[bool, str]:
    number = len(one.leads)
    if one.calls:
        return True, f"{one.slug}: {number} support leads call within {one.settings.promise_hours} h"
    if one.settings.review == "none":
        return True, f"{one.slug}: nobody calls; texts and pages say so"
    return False, f"{one.slug}: a second support lead: {number} of {COVER} are there, so nobody calls"


async def _queue(rt: Runtime) -> list[tuple[bool, str]]:
    redis = Redis.from_url(rt.settings.redis_url, socket_connect_timeout=1)
    try:
        await redis.ping()
    except (RedisError, OSError):
        return [(False, "REDIS_URL: the queue cannot be reached; texts are answered, reminders wait")]
    finally:
        await redis.aclose()
    return [(True, "the queue answers")]


def _addresses(rt: Runtime) -> list[tuple[bool, str]]:
    https = urlsplit(rt.settings.public_url).scheme == "https"
    return [
        (
            https or not rt.settings.speaks_to_twilio,
            f"PUBLIC_URL {rt.settings.public_url}" + ("" if https else " is not https"),
        ),
        (True, "texts go to Twilio" if rt.settings.speaks_to_twilio else "texts go to a stand-in, not to real phones"),
    ]
