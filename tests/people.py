"""The same cast everywhere: a program and the people who text it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import daily_figures, inbox, programs, resources
from sms_service.inbox import Inbound
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime

SENDER = "+17575550100"
ADA, BEN, CLEO = "+17575550111", "+17575550122", "+17575550133"
JOINING = ("JOIN", "1", "1", "2", "1", "1")
GROUPS = ({"en": "outpatient", "es": "consulta"}, {"en": "crisis", "es": "crisis"}, {"en": "other", "es": "otro"})
NONE_DUE = daily_figures.CheckIns()

_sids = itertools.count(1)


def sid() -> str:
    """Return a message sid that no other test has used."""
    return f"SM{next(_sids):032x}"


async def program(rt: Runtime, *, opt_out_mode: str = "ours", **settings: object) -> UUID:
    """Add the program that the tests text."""
    # No region: what the tests expect does not depend on the holidays around the day they are run.
    values = {"operator": "Tidewater Care", "short_name": "Tide", "region": "", **settings}
    async with rt.begin() as (connection, _):
        return await programs.add(
            connection,
            slug="tide",
            state="live",
            name="Tidewater check-in",
            sender=SENDER,
            keywords=("JOIN", "UNIRME"),
            groups=GROUPS,
            settings=ProgramSettings(**values),  # type: ignore[arg-type]
            opt_out_mode=opt_out_mode,
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )


async def text(
    rt: Runtime, words: str, *, number: str = ADA, source: str = "webhook", known_sid: str = ""
) -> list[str]:
    """Text the service, as the webhook would hand it on, and return the replies."""
    one = Inbound(known_sid or sid(), number, SENDER, words, source)  # type: ignore[arg-type]
    (answered,) = await inbox.take(rt, [one])
    assert answered is not None
    await reach_phones(rt)
    return [said.text for said in answered.said]


async def reach_phones(rt: Runtime) -> None:
    """Have the phone network report every reply as sent, as it does within a second."""
    async with rt.begin() as (connection, _):
        await connection.execute(sql("update outbox set state = 'sent' where state = 'handed'"))


async def send_out(rt: Runtime) -> None:
    """Have whatever waits to be sent go out, as it does within the minute."""
    async with rt.begin() as (connection, _):
        await connection.execute(sql("update outbox set state = 'accepted', late_seconds = 0 where state = 'ready'"))


async def texts(rt: Runtime, words: Sequence[str], *, number: str = ADA) -> list[str]:
    """Text several things one after the other and return the replies to the last."""
    replies: list[str] = []
    for one in words:
        replies = await text(rt, one, number=number)
    return replies


async def join(rt: Runtime, number: str = ADA) -> list[str]:
    """Join by keyword, with consent, and return the last replies."""
    return await texts(rt, JOINING, number=number)


async def one(rt: Runtime, query: str, **values: object) -> object:
    """Return one value from the database."""
    async with rt.begin() as (connection, _):
        return (await connection.execute(sql(query), values)).scalar()


async def rows(rt: Runtime, query: str, **values: object) -> list[tuple[object, ...]]:
    """Return rows from the database."""
    async with rt.begin() as (connection, _):
        return [tuple(row) for row in (await connection.execute(sql(query), values)).all()]


async def one_waits_for(connection: AsyncConnection) -> bool:
    """Whether somebody waits for what this connection's transaction holds."""
    blocked = "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
    return bool((await connection.execute(sql(blocked))).scalar_one())


async def now(rt: Runtime) -> datetime:
    """Return the moment that the calendar shows."""
    async with rt.begin() as (_, moment):
        return moment


async def move_to(rt: Runtime, moment: datetime) -> None:
    """Move the calendar so that it is this moment."""
    offset = round((moment - rt.real()).total_seconds())
    async with rt.begin() as (connection, _):
        await connection.execute(sql("update deployment set clock_offset = :o where id = 1"), {"o": offset})


async def move_to_due(rt: Runtime, kind: str) -> datetime:
    """Move the calendar to a second after the next appointment of this kind is kept, or tried again; return when."""
    query = "select min(coalesce(try_at, due_at)) from appointments where state = 'due' and kind = :kind"
    due = await one(rt, query, kind=kind)
    assert isinstance(due, datetime), f"no {kind} is due"
    await move_to(rt, due + timedelta(seconds=1))
    return due


async def verify_places(rt: Runtime) -> None:
    """Have every place that people are sent to be tried today: what a release verified grows stale with the months."""
    async with rt.begin() as (connection, moment):
        for each in await resources.load(connection):
            if each.shown:
                await resources.check(connection, each, by="Dora", works=True, note="", on=moment.date())


async def counted(rt: Runtime, enrolled: int | None) -> None:
    """Have so many been in each program when it was last counted; None: too few to be told."""
    async with rt.begin() as (connection, moment):
        for each in await programs.load(connection):
            known = (await daily_figures.latest(connection, [each.id]))[each.id]
            day = known[0].day + timedelta(days=1) if known else date(2026, 1, 1)
            told = daily_figures.Day(day, moment, daily_figures.People(each.settings.floor, enrolled), NONE_DUE)
            assert await daily_figures.keep(connection, each.id, told, moment) == 1


async def second_program(rt: Runtime) -> UUID:
    """Add another program on the same number, joined by NORTH."""
    async with rt.begin() as (connection, _):
        return await programs.add(
            connection,
            slug="north",
            state="live",
            name="North check-in",
            sender=SENDER,
            keywords=("NORTH",),
            groups=(),
            settings=ProgramSettings(operator="North Care", short_name="North", region=""),
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )
