"""What the jobs of the minute ask is planned once, perhaps while there is nobody: the plan has to hold for many."""

from __future__ import annotations

import re
from datetime import timedelta

import asyncpg
import httpx
import respx
from sqlalchemy import event

from sms_service import clockwork, outbox, schema
from sms_service.demo.postgres import Postgres
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.served import database, here
from tests.sms_service.telephone import join_with_code
from tests.sms_service.wire import MESSAGES, accepted

GROWING = ("participants", "enrolments", "appointments", "conversations", "outbox", "messages", "check_ins", "opt_outs")
_LOOKS = re.compile(rf"(Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan) .*on ({'|'.join(GROWING)})\b")
_WEEKS, _OTHERS = 6, 40


async def _asked(rt: Runtime, settings: Settings, wire: respx.MockRouter) -> list[str]:
    """Live some weeks with a text and a call for each, a schedule that changes, and return every statement of it."""
    await join_with_code(rt)
    await people.join(rt, people.BEN)
    for n in range(_OTHERS):
        await people.join(rt, f"+1757555{n:04}")
    await people.texts(rt, ["PHONE", "1"])
    wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 200)])
    refused = httpx.Response(400, json={"code": 13224, "message": "no", "status": 400})
    wire.post(url__regex="Calls.json").mock(return_value=refused)
    seen: dict[str, None] = {}
    working, gateway = open_runtime(settings, planned_once=True), Gateway(settings)
    event.listen(working.engine.sync_engine, "before_cursor_execute", lambda *given: seen.setdefault(given[2]))
    for n in range(_WEEKS):
        (due,) = (await people.rows(rt, "select min(due_at) from appointments where state = 'due'"))[0]
        await people.move_to(rt, due + timedelta(seconds=1))  # type: ignore[operator]
        await people.rows(rt, "update programs set version = version + 1 returning id")
        await clockwork.tick(working)
        while await outbox.deliver(working, gateway):
            pass
        if n == 1:
            await people.texts(rt, ["GO", "1"], number=people.BEN)
    await gateway.close()
    await working.close()
    return list(seen)


async def _as_a_job(settings: Settings, url: str) -> asyncpg.Connection:
    """Return a connection set as the jobs' are, to a database whose statistics are fresh."""
    rt = open_runtime(here(settings, database_url=url), pool=1, planned_once=True)
    async with rt.engine.connect() as session:
        chosen = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "plan_cache_mode")
        values = {name: (await session.exec_driver_sql(f"show {name}")).scalar_one() for name in chosen}
    await rt.close()
    assert values["plan_cache_mode"] == "force_generic_plan"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("vacuum analyze")
    for name, value in values.items():
        await connection.execute(f"set {name} = {value}")
    return connection


async def _plan(connection: asyncpg.Connection, statement: str) -> list[str]:
    values = ", ".join("null" for _ in set(re.findall(r"\$\d+", statement)))
    await connection.execute(f"prepare asked as {statement}")
    plan = await connection.fetch(f"explain (costs off) execute asked{f'({values})' if values else ''}")
    await connection.execute("deallocate asked")
    return [line for (line,) in plan]


def _read_whole(plan: list[str]) -> list[str]:
    """Return where a plan goes through a table that grows instead of looking rows up by their key."""
    found = []
    for n, line in enumerate(plan):
        below = next((k for k in range(n + 1, len(plan)) if "->" in plan[k]), len(plan))
        if _LOOKS.search(line) and not any("Cond:" in detail for detail in plan[n + 1 : below]):
            found.append(line.strip())
    return found


async def _faults(connection: asyncpg.Connection, statements: list[str], words: set[str]) -> dict[str, list[str]]:
    plans = {one: await _plan(connection, one) for one in statements if one.split()[0].lower() in words}
    await connection.close()
    found = {" ".join(one.split())[:90]: _read_whole(plan) for one, plan in plans.items()}
    return {one: whole for one, whole in found.items() if whole}


async def test_plans_made_while_there_is_hardly_anybody_look_everything_up_by_its_key(
    rt: Runtime, postgres: Postgres, settings: Settings
) -> None:
    with respx.mock(assert_all_called=False) as wire:
        statements = await _asked(rt, settings, wire)
    assert len(statements) > 25
    # What is read is planned well even for a database without a single row, as PostgreSQL knows it.
    url = await database(postgres, "planned_once")
    empty = open_runtime(here(settings, database_url=url), pool=1)
    await schema.migrate(empty)
    await empty.close()
    assert await _faults(await _as_a_job(settings, url), statements, {"select", "with"}) == {}
    # What is changed by a list of values, from the first rows on: statistics are made anew from fifty.
    assert await _faults(await _as_a_job(settings, settings.database_url), statements, {"update", "delete"}) == {}
