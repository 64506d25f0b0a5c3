"""What a transaction has to write, gathered turn by turn and written in few statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]

_CHANGE_CONVERSATION = text("""
    update conversations set state = :state, heard_at = :heard_at, ended_at = :ended_at, occasion = :occasion,
        enrolment_id = :enrolment_id, flow_digest = :flow_digest, program_id = :program_id, waits_until = :waits_until,
        asked_id = coalesce(:asked_id, asked_id)
    where id = :id
""")
_ADD_CONVERSATION = text("""
    insert into conversations (id, participant_id, sender, program_id, enrolment_id, flow_digest, occasion, state,
        asked_id, waits_until, opened_at, heard_at, ended_at)
    values (:id, :participant_id, :sender, :program_id, :enrolment_id, :flow_digest, :occasion, :state,
        :asked_id, :waits_until, :opened_at, :heard_at, :ended_at)
""")
_ADD_OUTBOX = text("""
    insert into outbox (id, participant_id, enrolment_id, sender, asked_for, priority, body, segments, origin,
        origin_id, n, wait_minutes, state, reason, created_at, next_attempt_at, stale_at, sent_at)
    values (:id, :participant_id, :enrolment_id, :sender, :asked_for, :priority, :body, :segments, :origin,
        :origin_id, :n, :wait_minutes, :state, :reason, :created_at, :next_attempt_at, :stale_at, :sent_at)
    on conflict (origin, origin_id, n) do nothing
""")
_KEEP_CHECK_IN = text("""
    insert into check_ins (id, enrolment_id, occasion, flow_digest, answers, opened_at, closed_at)
    values (:id, :enrolment_id, :occasion, :flow_digest, :answers, :now, :closed_at)
    on conflict (enrolment_id, occasion) do update
        set answers = excluded.answers, closed_at = excluded.closed_at
""")
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
# One that was kept stays kept: only what was cancelled may come back, and what a person asks for or waits on anew.
_PLAN = text("""
    insert into appointments (id, enrolment_id, kind, occasion, due_at, detail)
    values (:id, :enrolment_id, :kind, :occasion, :due_at, :detail)
    on conflict (enrolment_id, kind, occasion) do update
        set due_at = excluded.due_at, detail = excluded.detail, state = 'due', reason = null, settled_at = null
        where appointments.state = 'cancelled' or excluded.kind in ('snooze', 'timeout', 'follow-up')
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
        self, made: UUID, enrolment: UUID, kind: str, occasion: date, due: datetime, detail: bytes | None = None
    ) -> None:
        """Put an appointment on the table, once for its enrolment, kind and occasion. `detail` is sealed."""
        row = {"id": made, "enrolment_id": enrolment, "kind": kind, "occasion": occasion, "due_at": due}
        row["detail"] = detail
        self.planned[(enrolment, kind, occasion)] = row

    async def flush(self, connection: AsyncConnection) -> None:
        """Write everything. Ended conversations go first: only one may be open for a person and a number."""
        changed = [row for key, row in self.conversations.items() if key not in self.new]
        added = [row for key, row in self.conversations.items() if key in self.new]
        history = [{"id": key, "history": value} for key, value in self.history.items()]
        for statement, rows in (
            (_CHANGE_CONVERSATION, changed),
            (_ADD_CONVERSATION, added),
            (_DROP_WAITING, list(self.dropped.values())),
            (_ADD_OUTBOX, self.outbox),
            (_KEEP_CHECK_IN, list(self.check_ins.values())),
            (_CANCEL, list(self.cancelled.values())),
            (_PLAN, list(self.planned.values())),
            (_HISTORY, history),
        ):
            if rows:
                await connection.execute(statement, rows)
        if self.heard:
            now = max(self.heard.values(), key=str)
            await connection.execute(_HEARD, {"now": now, "ids": sorted(self.heard)})
