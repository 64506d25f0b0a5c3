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
# What failed is few and has an index. Of what arrived no more is looked at than would outweigh it: nobody gets more
# than four such texts a day. Ids are in the order of time, so the rows of a day are found by them.
_REFUSED = text("""
    select r.sender, r.carrier, r.account, (
        select count(distinct participant_id) from (
            select participant_id from outbox
            where id >= :since and origin = 'appointment' and sender = r.sender and state in ('sent', 'delivered')
            limit 4 * greatest(r.carrier, r.account)
        ) texts
    ) as arrived
    from (
        select sender, count(distinct participant_id) filter (where error_code = any(:carrier)) as carrier,
            count(distinct participant_id) filter (where error_code = any(:account)) as account
        from outbox
        where state in ('failed', 'undelivered') and settled_at >= :back and id >= :since and origin = 'appointment'
            and sender = any(:senders)
        group by sender
    ) r where greatest(r.carrier, r.account) >= :few order by r.sender
""")


@dataclass(frozen=True, slots=True)
class Refused:
    """A number of ours, and what keeps most of its texts back."""

    number: str
    kind: Kind


async def of(connection: AsyncConnection, senders: Sequence[str], real: datetime) -> list[Refused]:
    """Return which of these numbers had most of a day's texts refused."""
    back = real - _BACK
    values = {**_CODES, "senders": list(senders), "since": first_id(back), "back": back, "few": STEP}
    found = []
    for row in await connection.execute(_REFUSED, values):
        counts: dict[Kind, int] = {"account": row.account, "carrier": row.carrier}
        kind: Kind = max(counts, key=lambda one: counts[one])
        if counts[kind] >= max(STEP, row.arrived):
            found.append(Refused(row.sender, kind))
    return found
