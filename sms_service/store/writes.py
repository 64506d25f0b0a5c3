"""What a transaction has to write, gathered turn by turn and written in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]


def _rows(columns: Mapping[str, str]) -> str:
    """Return a statement's source of many rows: one array for each column, so that a batch is one round trip."""
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in columns.items())
    return f"unnest({arrays}) as n ({', '.join(columns)})"


_CONVERSATION = {
    "id": "uuid",
    "participant_id": "uuid",
    "sender": "text",
    "program_id": "uuid",
    "enrolment_id": "uuid",
    "flow_digest": "text",
    "occasion": "date",
    "state": "bytea",
    "asked_id": "uuid",
    "waits_until": "timestamptz",
    "opened_at": "timestamptz",
    "heard_at": "timestamptz",
    "ended_at": "timestamptz",
}
_OUTBOX = {
    "id": "uuid",
    "participant_id": "uuid",
    "enrolment_id": "uuid",
    "sender": "text",
    "asked_for": "boolean",
    "priority": "smallint",
    "body": "bytea",
    "segments": "smallint",
    "origin": "text",
    "origin_id": "uuid",
    "n": "smallint",
    "wait_minutes": "integer",
    "state": "text",
    "reason": "text",
    "created_at": "timestamptz",
    "next_attempt_at": "timestamptz",
    "stale_at": "timestamptz",
    "sent_at": "timestamptz",
}
_CHECK_IN = {
    "id": "uuid",
    "enrolment_id": "uuid",
    "occasion": "date",
    "flow_digest": "text",
    "answers": "bytea",
    "opened_at": "timestamptz",
    "closed_at": "timestamptz",
}
_APPOINTMENT = {
    "id": "uuid",
    "enrolment_id": "uuid",
    "kind": "text",
    "occasion": "date",
    "due_at": "timestamptz",
    "reason": "text",
    "detail": "bytea",
}
_SETTLEMENT = {"id": "uuid", "state": "text", "reason": "text", "settled_at": "timestamptz"}


def _insert(table: str, columns: Mapping[str, str]) -> str:
    return f"insert into {table} ({', '.join(columns)}) select * from {_rows(columns)}"  # noqa: S608  (names only)


_CHANGE_CONVERSATION = text(f"""
    update conversations c set state = n.state, heard_at = n.heard_at, ended_at = n.ended_at, occasion = n.occasion,
        enrolment_id = n.enrolment_id, flow_digest = n.flow_digest, program_id = n.program_id,
        waits_until = n.waits_until, asked_id = coalesce(n.asked_id, c.asked_id)
    from {_rows(_CONVERSATION)} where c.id = n.id
""")  # noqa: S608  (names only)
_ADD_CONVERSATION = text(_insert("conversations", _CONVERSATION))
_ADD_OUTBOX = text(f"{_insert('outbox', _OUTBOX)} on conflict (origin, origin_id, n) do nothing")
_KEEP_CHECK_IN = text(f"""
    {_insert("check_ins", _CHECK_IN)}
    on conflict (enrolment_id, occasion) do update set answers = excluded.answers, closed_at = excluded.closed_at
""")
_SETTLE = text(f"""
    update appointments a set state = n.state, reason = n.reason, settled_at = n.settled_at
    from {_rows(_SETTLEMENT)} where a.id = n.id
""")  # noqa: S608  (names only)
# One that was kept stays kept: only what was cancelled may come back, and what a person asks for or waits on anew.
# It comes back as another row: each id is said something for once, and `detail` is sealed for the new one.
_PLAN = text(f"""
    {_insert("appointments", _APPOINTMENT)}
    on conflict (enrolment_id, kind, occasion) do update
        set id = excluded.id, due_at = excluded.due_at, detail = excluded.detail, state = 'due',
            reason = excluded.reason, settled_at = null, tries = 0
        where appointments.state = 'cancelled' or excluded.kind in ('snooze', 'timeout', 'follow-up')
""")  # noqa: S608  (names only)
_HEARD = text("""
    update participants set heard_at = :now, unreachable = null, unreachable_at = null where id = any(:ids)
""")
_DROP_WAITING = text("""
    update outbox set state = 'dropped', reason = :reason, settled_at = :at
    where participant_id = :participant_id and sender = :sender and state in ('ready', 'held') and not asked_for
""")
_CANCEL = text("""
    update appointments set state = :state, reason = :reason, settled_at = :now
    where enrolment_id = :enrolment_id and state = 'due' and kind = any(:kinds)
        and (cast(:occasion as date) is null or occasion = :occasion)
""")
_HISTORY = text("update participants set history = :history where id = :id")


@dataclass(slots=True)
class Writes:
    """Rows by table. Conversations are keyed by id, so that several turns of one batch end as one row."""

    conversations: dict[UUID, Row] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)
    outbox: list[Row] = field(default_factory=list)
    check_ins: dict[tuple[UUID, object], Row] = field(default_factory=dict)
    history: dict[UUID, bytes | None] = field(default_factory=dict)
    heard: dict[UUID, object] = field(default_factory=dict)
    cancelled: dict[tuple[UUID, tuple[str, ...], date | None], Row] = field(default_factory=dict)
    dropped: dict[tuple[UUID, str], Row] = field(default_factory=dict)
    planned: dict[tuple[UUID, str, date], Row] = field(default_factory=dict)
    settled: list[Row] = field(default_factory=list)

    def cancel(
        self,
        enrolment: UUID,
        kinds: tuple[str, ...],
        occasion: date | None,
        reason: str,
        now: datetime,
        *,
        state: str = "cancelled",
    ) -> None:
        """Take appointments off the table, those of this transaction included. No occasion means any.

        A cancelled one may be planned again; one that is `done` never comes back.
        """
        for key in [k for k in self.planned if k[0] == enrolment and k[1] in kinds and occasion in {None, k[2]}]:
            del self.planned[key]
        row = {"enrolment_id": enrolment, "kinds": list(kinds), "occasion": occasion, "reason": reason, "now": now}
        row["state"] = state
        self.cancelled[(enrolment, kinds, occasion)] = row

    def drop_waiting(self, participant: UUID, sender: str, reason: str, at: datetime) -> None:
        """Have what waits for this person, and was not asked for, never be sent; what was added here included."""
        for row in self.outbox:
            mine = (row["participant_id"], row["sender"]) == (participant, sender)
            if mine and row["state"] == "ready" and not row["asked_for"]:
                row.update(state="dropped", reason=reason)
        values = {"participant_id": participant, "sender": sender, "reason": reason, "at": at}
        self.dropped.setdefault((participant, sender), values)

    def plan(
        self,
        made: UUID,
        enrolment: UUID,
        kind: str,
        occasion: date,
        due: datetime,
        *,
        detail: bytes | None = None,
        reason: str | None = None,
    ) -> None:
        """Put an appointment on the table, once for its enrolment, kind and occasion.

        `detail` is sealed; `reason` is in clear and says why it is not at its usual time.
        """
        row = {"id": made, "enrolment_id": enrolment, "kind": kind, "occasion": occasion, "due_at": due}
        row |= {"detail": detail, "reason": reason}
        self.planned[(enrolment, kind, occasion)] = row

    def settle(self, appointment: UUID, state: str, reason: str | None, at: datetime | None) -> None:
        """Say how an appointment ended, and why it was not kept if so."""
        self.settled.append({"id": appointment, "state": state, "reason": reason, "settled_at": at})

    async def flush(self, connection: AsyncConnection) -> None:
        """Write everything. Ended conversations go first: only one may be open for a person and a number."""
        changed = [row for key, row in self.conversations.items() if key not in self.new]
        added = [row for key, row in self.conversations.items() if key in self.new]
        await _write(connection, _CHANGE_CONVERSATION, _CONVERSATION, changed)
        await _write(connection, _ADD_CONVERSATION, _CONVERSATION, added)
        if self.dropped:
            await connection.execute(_DROP_WAITING, list(self.dropped.values()))
        await _write(connection, _ADD_OUTBOX, _OUTBOX, self.outbox)
        await _write(connection, _KEEP_CHECK_IN, _CHECK_IN, list(self.check_ins.values()))
        await _write(connection, _SETTLE, _SETTLEMENT, self.settled)
        if self.cancelled:
            await connection.execute(_CANCEL, list(self.cancelled.values()))
        await _write(connection, _PLAN, _APPOINTMENT, list(self.planned.values()))
        if self.history:
            await connection.execute(_HISTORY, [{"id": key, "history": value} for key, value in self.history.items()])
        if self.heard:
            now = max(self.heard.values(), key=str)
            await connection.execute(_HEARD, {"now": now, "ids": sorted(self.heard)})


async def _write(
    connection: AsyncConnection, statement: TextClause, columns: Mapping[str, str], rows: Sequence[Row]
) -> None:
    if rows:
        await connection.execute(statement, {name: [row[name] for row in rows] for name in columns})
