"""Let go of what is no longer needed: where calls stood after a day; words, and numbers that never answered an
invitation, after a month; reports and calls after three; what was planned after a year.

Answers and weeks are not touched here: they are the person's own, and ERASE is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text

from sms_service.runtime import Runtime, first_id

log = structlog.get_logger()

_BATCH = 2000
# Each turn looks back over what the last one should have done: days without a turn leave nothing behind, and neither
# does a text that was still to be sent a month later.
_OVERLAP = timedelta(days=7)
_FIRST_LOOK = timedelta(days=800)
_LAST = text("select last_purge from deployment where id = 1")
_DONE = text("update deployment set last_purge = :real where id = 1")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is let go of after how long.

    `batch` lets go of the first `:most` rows that were made from `:first` up to `:last` and returns where each stands:
    its id, or its time where `by_time`.
    """

    what: str
    after: timedelta
    batch: TextClause
    by_time: bool = False


_BY_ID = "where id >= :first and id < :last"
RULES = (
    Rule(
        "words of texts that came in",
        timedelta(days=30),
        text(f"""update messages set body = null where id in (
            select id from messages {_BY_ID} and body is not null order by id limit :most) returning id as place"""),  # noqa: S608
    ),
    Rule(
        "words of texts that went out",
        timedelta(days=30),
        text(f"""update outbox set body = null where id in (
            select id from outbox {_BY_ID} and body is not null and state not in ('ready', 'held', 'sending', 'unknown')
            order by id limit :most) returning id as place"""),  # noqa: S608
    ),
    # Twilio tells when a call of ours is over, and of one that came in it does not.
    Rule(
        "where calls stood",
        timedelta(days=1),
        text(f"""update calls set state = null, ended_at = coalesce(ended_at, now()) where id in (
            select id from calls {_BY_ID} and state is not null order by id limit :most) returning id as place"""),  # noqa: S608
    ),
    Rule(
        "calls",
        timedelta(days=90),
        text(f"""delete from calls where id in (
            select id from calls {_BY_ID} order by id limit :most) returning id as place"""),  # noqa: S608
    ),
    Rule(
        "reports of Twilio",
        timedelta(days=90),
        text("""delete from message_statuses where (sid, status) in (
            select sid, status from message_statuses where at >= :first and at < :last order by at limit :most)
            returning at as place"""),
        by_time=True,
    ),
    # By the last invitation of each: who is asked anew meanwhile is kept for as long again.
    Rule(
        "numbers that were asked to join and never answered",
        timedelta(days=30),
        text("""with silent as (
                select i.id, i.participant_id from invitations i join participants p on p.id = i.participant_id
                where i.id >= :first and i.id < :last
                    and p.contact_key is not null and p.heard_at < '1971-01-01'
                    and not exists (select from messages m where m.participant_id = p.id)
                    and not exists (
                        select from invitations l where l.participant_id = p.id and l.at > i.at)
                order by i.id limit :most
            ), forgotten as (
                update participants set contact_key = null, answer_key = null, contact = null
                where id in (select participant_id from silent)
            )
            select id as place from silent"""),
    ),
    Rule(
        "appointments that were settled",
        timedelta(days=400),
        text(f"""delete from appointments where id in (
            select id from appointments {_BY_ID} and state <> 'due' order by id limit :most) returning id as place"""),  # noqa: S608
    ),
)
_SESSIONS = text("delete from staff_sessions where expires_at < :real")
_ATTEMPTS = text("delete from sign_in_attempts where at < :yesterday")
_LETTERS = text("delete from invitation_letters where at < :month")
_TRIES = text("delete from page_tries where at < :yesterday")


async def purge(rt: Runtime) -> int:
    """Let go of what is due to go, in batches of their own transaction; return how many rows that were."""
    async with rt.begin() as (connection, _):
        real = rt.real()
        last: datetime | None = (await connection.execute(_LAST)).scalar_one()
        await connection.execute(_SESSIONS, {"real": real})
        await connection.execute(_ATTEMPTS, {"yesterday": real - timedelta(days=1)})
        await connection.execute(_LETTERS, {"month": real - timedelta(days=31)})
        await connection.execute(_TRIES, {"yesterday": real - timedelta(days=1)})
    since = last - _OVERLAP if last else real - _FIRST_LOOK
    gone = 0
    for rule in RULES:
        gone += await _apply(rt, rule, since - rule.after, real - rule.after)
    async with rt.begin() as (connection, _):
        await connection.execute(_DONE, {"real": real})
    return gone


async def _apply(rt: Runtime, rule: Rule, first: datetime, last: datetime) -> int:
    place: UUID | datetime = first if rule.by_time else first_id(first)
    end = last if rule.by_time else first_id(last)
    gone = 0
    while True:
        async with rt.begin() as (connection, _):
            values = {"first": place, "last": end, "most": _BATCH}
            some = (await connection.execute(rule.batch, values)).scalars().all()
        gone += len(some)
        if len(some) < _BATCH:
            return gone
        # On from here, or each batch would look through all that the ones before it have emptied.
        place = max(some)
