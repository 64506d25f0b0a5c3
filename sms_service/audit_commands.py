"""`sms-service audit`: the whole log of what staff did, and whether it is as it was written."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import text

from sms_service import audit
from sms_service.command import with_runtime
from sms_service.runtime import Runtime

_LAST = text("""
    select * from (
        select a.n, a.at, coalesce(s.email, '-') as who, a.act, coalesce(p.slug, '-') as program, a.about
        from audit a left join staff s on s.id = a.staff_id left join programs p on p.id = a.program_id
        order by a.n desc limit :limit
    ) as latest order by n
""")


def add_to(commands: Any) -> None:
    """Add `audit` and what it does."""
    made = commands.add_parser("audit", help="the log of what staff did and read").add_subparsers(required=True)
    check = made.add_parser("verify", help="go through the chain: how many rows, and the first that does not fit")
    check.set_defaults(run=_verify)
    listed = made.add_parser("list", help="the last rows, the latest at the end, those of support leads too")
    listed.add_argument("--last", type=int, default=50, metavar="N", help="how many (50)")
    listed.set_defaults(run=_list)


def _verify(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            found = await audit.verify(connection)
        if found.broken is not None:
            print(f"{found.rows} rows; row {found.broken} is not as it was written, or one before it is gone")
            return 1
        print(f"{found.rows} rows, each as it was written")
        if found.last:
            print(f"The last one's hash: {found.last}")
        return 0

    return with_runtime(work)


def _list(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            rows = list(await connection.execute(_LAST, {"limit": max(1, chosen.last)}))
        for row in rows:
            print(f"{row.n}\t{row.at:%Y-%m-%d %H:%M:%S}Z\t{row.who}\t{row.act}\t{row.program}\t{row.about}")
        return 0

    return with_runtime(work)
