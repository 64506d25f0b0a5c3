"""What a batch gathered is written as it was, whether its rows are alike or each is of its own kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from sms_service.runtime import Runtime, first_id, new_id
from sms_service.store.writes import Writes
from tests import people

DAY, DUE = date(2026, 12, 1), datetime(2026, 12, 1, 17, 15, tzinfo=UTC)
PLANNED = sql(
    "select kind, occasion, due_at, reason, detail from appointments where id = any(:ids) order by kind, occasion"
)


@pytest.mark.parametrize(
    ("reasons", "details"),
    [
        ((None, None, None), (None, None, None)),
        (("a holiday",) * 3, (b"sealed",) * 3),
        (("a holiday", None, None), (None, None, None)),
        ((None, None, "a day off"), (b"sealed", None, b"another")),
        (("a holiday",), (None,)),
    ],
)
async def test_each_row_keeps_its_own(
    rt: Runtime, reasons: tuple[str | None, ...], details: tuple[bytes | None, ...]
) -> None:
    await people.program(rt)
    await people.join(rt)
    enrolment = await people.one(rt, "select id from enrolments")
    assert isinstance(enrolment, UUID)
    writes, ids, wanted = Writes(), [], []
    for n, (reason, detail) in enumerate(zip(reasons, details, strict=True)):
        ids.append(new_id())
        day, due = DAY + timedelta(days=7 * n), DUE + timedelta(days=7 * n)
        writes.plan(ids[-1], enrolment, "check-in", day, due, detail=detail, reason=reason)
        wanted.append(("check-in", day, due, reason, detail))
    async with rt.begin() as (connection, _):
        await writes.flush(connection)
        found = [tuple(row) for row in await connection.execute(PLANNED, {"ids": ids})]
    assert found == wanted


@given(st.integers(min_value=1, max_value=50))
def test_ids_say_that_they_sort_by_time(count: int) -> None:
    before = first_id(datetime.now(UTC) - timedelta(seconds=1))
    ids = [new_id() for _ in range(count)]
    assert len(set(ids)) == count
    assert all((one.version, one.variant) == (7, RFC_4122) for one in ids)
    assert all(before < one < first_id(datetime.now(UTC) + timedelta(seconds=1)) for one in ids)
