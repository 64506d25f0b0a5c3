"""Numbers of ours whose texts are refused, though nobody has stopped them: by the phone company, or for the account.

This is about the number that texts come from, whatever the programs on it, so it is told below their floors as well:
of what goes out unasked only, where several people met with it and as many as got theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.daily_figures import STEP
from sms_service.runtime import first_id
from sms_service.twilio import errors

Kind = Literal["account", "carrier"]
_BACK = timedelta(days=1)
_KINDS = {"content": "carrier", "configuration": "account"}
_CODES = {
    kind: [code for code, fault in errors.table().items() if _KINDS.get(fault.kind) == kind]
    for kind in ("account", "carrier")
}
# Ids are in the order of time, so the rows of a day are found by them.
_REFUSED = text("""
    select sender, count(distinct participant_id) filter (where error_code = any(:carrier)) as carrier,
        count(distinct participant_id) filter (where error_code = any(:account)) as account,
        count(distinct participant_id) filter (where state in ('sent', 'delivered')) as arrived
    from outbox where id >= :since and origin = 'appointment' and sender = any(:senders) group by sender order by sender
""")


@dataclass(frozen=True, slots=True)
class Refused:
    """A number of ours, and what keeps most of its texts back."""

    number: str
    kind: Kind


async def of(connection: AsyncConnection, senders: Sequence[str], real: datetime) -> list[Refused]:
    """Return which of these numbers had most of a day's texts refused."""
    values = {**_CODES, "senders": list(senders), "since": first_id(real - _BACK)}
    found = []
    for row in await connection.execute(_REFUSED, values):
        counts: dict[Kind, int] = {"account": row.account, "carrier": row.carrier}
        kind: Kind = max(counts, key=lambda one: counts[one])
        if counts[kind] >= max(STEP, row.arrived):
            found.append(Refused(row.sender, kind))
    return found
