"""The numbers that texts come from: how fast each may send, its messaging service and pool, whether it is stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.throttle import Pace
from sms_service.twilio import errors

log = structlog.get_logger()

# A stopped sender is tried with one text now and then: what stopped it may have been put right at Twilio.
PROBE = timedelta(minutes=15)
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_FASTEST = 1000
_MOST_A_DAY = 10_000_000
_BY_REPORT = 30_000

_COLUMNS = """s.number, s.segments_per_second, s.segments_per_day, s.calls_per_second, s.stopped_reason, s.stopped_at,
    s.service_sid"""
_WAITING = text(f"""
    select {_COLUMNS}, exists (
        select from outbox o
        where o.sender = s.number and o.state = 'ready' and o.kind = 'call' and o.next_attempt_at <= :real
    ) as calls
    from senders s
    where exists (
        select from outbox o where o.sender = s.number and o.state = 'ready' and o.next_attempt_at <= :real
    )
    order by s.number
""")  # noqa: S608  (column names only)
_ALL = text(f"select {_COLUMNS} from senders s order by s.number")  # noqa: S608  (column names only)
# What stops calls too takes the place of what is of texts alone, or they would be tried on and on.
_STOP = text("""
    update senders set stopped_reason = :reason, stopped_at = :real
    where number = any(:numbers) and (
        stopped_reason is null or cast(split_part(stopped_reason, ':', 1) as integer) = any(:less)
    )
    returning number
""")
_STILL = text("update senders set stopped_at = :real where number = any(:numbers) and stopped_reason is not null")
_TRY = text("""
    update senders set stopped_at = :real
    where number = :number and stopped_reason is not null and stopped_at <= :before
""")
_GIVE_BACK = text("""
    update senders set stopped_at = :before
    where number = :number and stopped_reason is not null and stopped_at = :turn
""")
_START = text("""
    update senders set stopped_reason = null, stopped_at = null
    where number = any(:numbers) and stopped_reason is not null returning number
""")
# What waited for the next try of its sender need not wait any longer.
_AT_ONCE = text("""
    update outbox set next_attempt_at = :real, reason = null
    where sender = any(:numbers) and state = 'ready' and reason = 'the sender is stopped'
""")
# What went back in a webhook's answer shows nothing of what Twilio says to a text at once.
_ARRIVED = text("""
    update senders s set stopped_reason = null, stopped_at = null
    where s.stopped_reason is not null and exists (
        select from outbox o where o.id = any(:rows) and o.sender = s.number and o.sent_at >= s.stopped_at
            and (o.attempts > 0 or cast(split_part(s.stopped_reason, ':', 1) as integer) >= :by_report)
    )
    returning s.number
""")
_CHANGE = text("""
    update senders set segments_per_second = :per_second, segments_per_day = :per_day, service_sid = :service,
        calls_per_second = :calls_per_second
    where number = :number
""")


class SenderError(ValueError):
    """A sender's setting that cannot be used: what it is, and what would be right."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A number that texts come from. `service` is its messaging service, where it has one; `calls`: some wait now."""

    number: str
    per_second: float
    per_day: int | None
    calls_per_second: float
    stopped_reason: str | None
    stopped_at: datetime | None
    service: str | None
    calls: bool = False

    def may_try(self, real: datetime) -> bool:
        """Whether a stopped sender is to be tried with one text now."""
        return self.stopped_at is not None and real - self.stopped_at >= PROBE

    @property
    def pace(self) -> Pace:
        return Pace(self.number, self.per_second, self.per_day)

    @property
    def calling(self) -> Pace:
        """How fast calls begin. More of them would wait at Twilio, where nobody looks at the hour again."""
        return Pace(f"calls {self.number}", self.calls_per_second)

    def stopped_for(self, kind: str) -> bool:
        """Whether it is stopped for texts, or for calls: some faults are of texts alone."""
        return self.stopped_reason is not None and (kind == "text" or not errors.fault(self._code).texts_only)

    def starts_with(self, kind: str) -> bool:
        """Whether it is stopped for what one more text or call that Twilio takes shows to be over.

        Codes from 30000 on come by a report, after Twilio has taken a text: only one that arrives shows it. Of what
        is of texts alone a call shows nothing.
        """
        return self.stopped_for(kind) and self._code < _BY_REPORT

    @property
    def _code(self) -> int:
        return _code(self.stopped_reason or "0")


def _code(reason: str) -> int:
    return int(reason.partition(":")[0])


async def take_turn(connection: AsyncConnection, number: str, real: datetime) -> bool:
    """Take the one try that a stopped sender has now and then; False if another worker has taken it."""
    tried = {"number": number, "real": real, "before": real - PROBE}
    return (await connection.execute(_TRY, tried)).rowcount == 1


async def give_back(connection: AsyncConnection, sender: Sender, turn: datetime) -> bool:
    """Give back a try that Twilio was not asked in; False if the sender was started or stopped anew meanwhile."""
    values = {"number": sender.number, "before": sender.stopped_at, "turn": turn}
    return (await connection.execute(_GIVE_BACK, values)).rowcount == 1


async def waiting(connection: AsyncConnection, real: datetime) -> list[Sender]:
    """Return the senders that have a text to send now, the stopped ones included."""
    return [Sender(*row) for row in await connection.execute(_WAITING, {"real": real})]


async def load(connection: AsyncConnection) -> list[Sender]:
    """Return every sender."""
    return [Sender(*row) for row in await connection.execute(_ALL)]


async def find(connection: AsyncConnection, number: str) -> Sender:
    """Return one. Raises SenderError that names those there are."""
    found = {one.number: one for one in await load(connection)}
    if number not in found:
        raise SenderError(f"no program sends from {number!r}; senders are: {', '.join(found) or 'none yet'}")
    return found[number]


async def stop(connection: AsyncConnection, numbers: Sequence[str], reason: str, real: datetime) -> None:
    """Have these senders wait for an operator, who is told once: by the log, by `doctor` and by a figure."""
    less = [] if errors.fault(_code(reason)).texts_only else errors.of_texts_only()
    values = {"numbers": sorted(numbers), "reason": reason, "real": real, "less": less}
    for (number,) in await connection.execute(_STOP, values):
        log.error("sender.stopped", sender=number, reason=reason)
    await connection.execute(_STILL, {"numbers": sorted(numbers), "real": real})


async def arrived(connection: AsyncConnection, rows: Sequence[UUID]) -> None:
    """Have a stopped sender send again of which a text has come through that was sent since."""
    for (number,) in await connection.execute(_ARRIVED, {"rows": sorted(rows), "by_report": _BY_REPORT}):
        log.info("sender.started", sender=number)


async def start(connection: AsyncConnection, numbers: Sequence[str], real: datetime) -> list[str]:
    """Have these senders send again; return those that had been stopped."""
    started = list((await connection.execute(_START, {"numbers": sorted(numbers)})).scalars())
    if started:
        await connection.execute(_AT_ONCE, {"numbers": started, "real": real})
    return started


async def change(
    connection: AsyncConnection,
    number: str,
    *,
    per_second: float,
    per_day: int | None,
    service: str | None,
    calls_per_second: float = 1,
) -> None:
    """Set how a sender sends. Raises SenderError naming the field, the value and what would be right."""
    if not 0 < per_second <= _FASTEST:
        raise SenderError(f"rate: {per_second:g} segments a second; a local number carries 1, a short code up to 100")
    if not 0 < calls_per_second <= _FASTEST:
        raise SenderError(
            f"calls: {calls_per_second:g} a second; Twilio begins 1 a second unless it was asked for more"
        )
    if per_day is not None and not 1 <= per_day <= _MOST_A_DAY:
        raise SenderError(
            f"daily: {per_day} segments a day; give what the carriers allow, such as 2000, or 0 for no limit"
        )
    if service and not _SERVICE.fullmatch(service):
        raise SenderError(f"service: {service!r} is no messaging service; its sid is MG and 32 hexadecimal digits")
    values = {"number": number, "per_second": per_second, "per_day": per_day, "service": service or None}
    values["calls_per_second"] = calls_per_second
    await connection.execute(_CHANGE, values)


async def set_pool(connection: AsyncConnection, number: str, pool: Sequence[str]) -> None:
    """Have texts to these further numbers count as texts to the sender. Raises SenderError for one taken already."""
    taken = await connection.execute(
        text("""select number from senders where number = any(:pool)
                union select number from pool_numbers where number = any(:pool) and sender <> :sender"""),
        {"pool": list(pool), "sender": number},
    )
    if other := sorted(taken.scalars()):
        raise SenderError(f"pool: {other[0]} is a sender or belongs to another pool already")
    await connection.execute(text("delete from pool_numbers where sender = :sender"), {"sender": number})
    for one in sorted(set(pool)):
        await connection.execute(
            text("insert into pool_numbers (number, sender) values (:one, :sender)"), {"one": one, "sender": number}
        )


async def pools(connection: AsyncConnection) -> dict[str, str]:
    """Return the sender that each further number belongs to."""
    rows = await connection.execute(text("select number, sender from pool_numbers"))
    return {row.number: row.sender for row in rows}
