"""What is set up, what runs, and what is missing before anybody is texted: one line a fact, exit 1 if something is.

What is stale has to be looked at soon, and stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from flows import ProgramFacts, room
from flows.duty import COVER
from flows.places.resources import URGENT, Resource, named_in, state
from sms_service import library, program_facts, programs, put_off, redacting, resources, running, senders
from sms_service.programs import Program
from sms_service.resources import HOME
from sms_service.running import Part
from sms_service.runtime import Runtime
from sms_service.twilio import errors

Finding = tuple[bool | str | None, str]
"""Whether it is as it has to be, None for something stale, or a word of its own; and what there is to say."""

_TROUBLE = text("""
    select (select count(*) from participants where unreachable is not null) as unreachable,
        (select count(*) from outbox where state = 'unknown') as unknown,
        (select string_agg(slug, ', ' order by slug) from programs where version > planned_version) as behind
""")
_FAILED = text("""
    select error_code, count(*) as count from outbox
    where state in ('failed', 'undelivered') and settled_at > :since and error_code is not null
    group by 1 order by 2 desc, 1
""")

_STOPPED, _LOOK = "stopped", "look"
_MARKS = {True: "ok", False: "missing", None: "stale"}
# What is to be done about each part that stands or is behind. The queue has a line of its own.
_PARTS = {
    "tick": "the minute's work was done {last}; are the clock and a tick worker running?",
    "workers": "a queue has no worker: run `sms-service work` for each of tick, deliver and upkeep",
    "sending": "texts have waited for more than ten minutes; start a deliver worker, or raise the number's rate",
    "reports": "texts have been looked for at Twilio for more than an hour; is an upkeep worker running?",
    "collect": "texts that missed us were asked for {last}; is an upkeep worker running?",
    "schedules": "schedules that people's next check-ins don't follow yet: {behind}",
    "purge": "old words were let go of {last}; is an upkeep worker running?",
}
_MODES = {
    "ours": "we confirm STOP ourselves, with 988; Twilio's own keyword handling has to be switched off",
    "twilio": "Twilio confirms STOP; 988 has to stand in its own opt-out text",
}


async def examine(rt: Runtime) -> int:
    """Print each finding; 0 if nothing is missing."""
    missing = 0
    for good, words in [
        *await _programs(rt),
        *await _resources(rt),
        *await _queue(rt),
        *await _delivery(rt),
        *_addresses(rt),
        await _fallback(rt),
    ]:
        print(f"{good if isinstance(good, str) else _MARKS[good]:<9}{words}")  # noqa: T201  (a command's answer)
        missing += good in (False, _STOPPED)
    return 1 if missing else 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


async def _programs(rt: Runtime) -> list[Finding]:
    async with rt.begin() as (connection, _):
        found = await programs.load(connection)
        staff = (await connection.execute(text("select count(*) from staff where disabled_at is null"))).scalar_one()
        waiting, given_up = await redacting.figures(connection)
    lines: list[Finding] = [
        (bool(found), _counted(len(found), "program") if found else "a program; `sms-service program add` makes one")
    ]
    for one in found:
        lines.extend(_program(rt, one))
    lines.append(
        (staff > 0, _counted(staff, "console account") if staff else "a console account: `sms-service staff add`")
    )
    if waiting:
        lines.append((True, f"texts to be emptied at Twilio, which did not take it yet: {waiting}"))
    if given_up:
        lines.append(
            (False, f"texts that could not be emptied at Twilio: {given_up}; the log says why (redact.given_up)")
        )
    return lines


def _program(rt: Runtime, one: Program) -> Iterator[Finding]:
    yield bool(one.keywords), f"{one.slug}: {one.sender}, keywords {', '.join(one.keywords) or 'none'}"
    yield True, f"{one.slug}: opt-out mode {one.opt_out_mode}: {_MODES[one.opt_out_mode]}"
    if one.state == "draft":
        yield _LOOK, f"{one.slug}: a draft that nobody can join; `sms-service program go-live {one.slug}`"
    yield _calls(one)
    if rt.settings.speaks_to_twilio:
        yield from _links(program_facts.facts(one, rt.settings.public_url, one.settings.zone, rt.real().date()))


def _links(said: ProgramFacts) -> Iterator[Finding]:
    """Say which links of a program are longer than the texts were measured for."""
    for name, link in (("u", said.info_url), ("help", said.help_url), ("learn", said.learn_url)):
        if len(link) > room(name):
            words = f"{link} has {len(link)} characters, texts are measured for {room(name)}"
            yield False, f"{said.slug}: a shorter address: {words}"


def _calls(one: Program) -> Finding:
    number = len(one.leads)
    if one.calls:
        return True, f"{one.slug}: {number} support leads call within {one.settings.promise_hours} h"
    if one.settings.review == "none":
        return True, f"{one.slug}: nobody calls; texts and pages say so"
    return False, f"{one.slug}: a second support lead: {number} of {COVER} are there, so nobody calls"


async def _resources(rt: Runtime) -> list[Finding]:
    async with rt.begin() as (connection, now):
        known = await resources.load(connection)
        faults = await resources.unusable(connection)
        texts = (await library.current(connection)).yaml
    # Short numbers of other countries stand in texts by chance.
    named = {one.id for one in named_in(texts, known) if one.country == HOME}
    lines: list[Finding] = [(None, f"{fault}; until it is put right it is not shown") for fault in faults]
    without = [need for need in URGENT if not any(one.shown and one.need == need for one in known)]
    lines += [(False, f"a resource for {need}: none may be shown") for need in without]
    lines += [line for one in known for line in _resource(one, now.date(), one.id in named)]
    hidden = sum(one.country == HOME and state(one, now.date()) == "unverified" for one in known)
    lines.append((True, f"{sum(one.shown for one in known)} resources are shown, {hidden} wait to be verified"))
    return lines


def _resource(one: Resource, today: date, named: bool) -> Iterator[Finding]:
    """Say what has to be done about a resource, if anything. What cannot wait is missing when it is not sure."""
    how, verify = state(one, today), f"`sms-service resources verify {one.id}`"
    urgent = False if one.need in URGENT else None
    if how == "stale":
        yield urgent, f"{one.id}: last verified on {one.verified_on}; call it, then {verify}"
    elif how == "broken":
        texts = ", and the texts still name it" if named else ""
        yield (
            urgent,
            f"{one.id}: found broken on {one.verified_on} by {one.verified_by}{texts}; when it works, {verify}",
        )
    elif how == "unverified" and named:
        yield None, f"{one.id}: the texts name it and nobody has verified it; call it, then {verify}"


async def _delivery(rt: Runtime) -> list[Finding]:
    """Say what keeps texts from arriving, in numbers: who it concerns is only for `why`."""
    async with rt.begin() as (connection, _):
        found = await senders.load(connection)
        counts = (await connection.execute(_TROUBLE)).one()
        failed = (await connection.execute(_FAILED, {"since": rt.real() - timedelta(days=1)})).all()
        again = await put_off.waiting(connection)
        parts = await running.parts(rt, connection)
    lines: list[Finding] = [
        (
            _STOPPED,
            f"{one.number}: {one.stopped_reason}; put it right, then `sms-service sender start {one.number}`",
        )
        for one in found
        if one.stopped_reason is not None
    ]
    lines += [
        (_LOOK, f"texts that failed in a day: {row.count} with {errors.meaning(row.error_code)}") for row in failed
    ]
    lines += _running(parts, counts.behind)
    if again:
        lines.append((_LOOK, f"appointments that failed and wait to be tried again: {again}; the log says why"))
    if not rt.settings.heartbeat_url:
        lines.append((_LOOK, "HEARTBEAT_URL: nobody outside notices if the minute's work stops"))
    if counts.unreachable:
        lines.append((True, f"numbers that take no texts, until somebody writes from them: {counts.unreachable}"))
    if counts.unknown:
        lines.append((True, f"texts that are being looked for at Twilio: {counts.unknown}"))
    return lines


def _running(parts: Sequence[Part], behind: str | None) -> Iterator[Finding]:
    """Say what does not keep up, or in one line that everything does."""
    trouble = [one for one in parts if one.how in {"behind", "stands"}]
    if not trouble and all(one.how == "works" for one in parts):
        yield True, "the clock, the workers and sending: all of it runs"
    for one in trouble:
        if one.name in _PARTS:
            last = f"last at {one.since:%Y-%m-%d %H:%M} UTC" if one.since else "never"
            yield False if one.how == "stands" else _LOOK, _PARTS[one.name].format(last=last, behind=behind)


async def _queue(rt: Runtime) -> list[Finding]:
    redis = Redis.from_url(rt.settings.redis_url, socket_connect_timeout=1)
    try:
        await redis.ping()
    except (RedisError, OSError):
        return [(False, "REDIS_URL: the queue cannot be reached; texts are answered, reminders come more slowly")]
    finally:
        await redis.aclose()
    return [(True, "the queue answers")]


async def _fallback(rt: Runtime) -> Finding:
    """Whether somebody in danger gets an answer while this service is down: from another host, with 988."""
    url, ours = rt.settings.fallback_url, urlsplit(rt.settings.public_url).hostname
    if not url:
        return (
            False,
            "FALLBACK_URL: nobody answers while this service is down; see `sms-service safety fallback`",
        )
    if urlsplit(url).hostname == ours:
        return False, f"FALLBACK_URL is on {ours} as well: it is down when this service is; put the copy elsewhere"
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.post(url)
    except httpx.HTTPError as error:
        return False, f"FALLBACK_URL does not answer ({type(error).__name__})"
    good = answer.status_code == 200 and "988" in answer.text
    return good, "the fallback answers from another host, with 988" if good else "FALLBACK_URL answers without 988"


def _addresses(rt: Runtime) -> list[Finding]:
    https = urlsplit(rt.settings.public_url).scheme == "https"
    return [
        (
            https or not rt.settings.speaks_to_twilio,
            f"PUBLIC_URL {rt.settings.public_url}" + ("" if https else " is not https"),
        ),
        (True, f"each number's voice address is {rt.settings.public_url}/twilio/voice, with /fallback behind it"),
        (True, "texts go to Twilio" if rt.settings.speaks_to_twilio else "texts go to a stand-in, not to real phones"),
    ]
