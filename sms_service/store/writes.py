"""What a transaction has to write, gathered turn by turn and written in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Columns:
    """A statement's columns and their types. Those in `alike` mostly hold the same in every row of a batch.

    Handing over a value of an array costs about as much as working it out did, so what is alike is sent once.
    """

    types: Mapping[str, str]
    alike: frozenset[str] = frozenset()

    @property
    def names(self) -> str:
        return ", ".join(self.types)

    def rows(self, *, once: bool) -> str:
        """Return a source of many rows: one array a column, or one value for what is alike, so a batch is one trip."""
        arrays = {name: kind for name, kind in self.types.items() if not (once and name in self.alike)}
        values = [name if name in arrays else f"cast(:{name} as {kind}) as {name}" for name, kind in self.types.items()]
        given = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in arrays.items())
        return f"(select {', '.join(values)} from unnest({given}) as u ({', '.join(arrays)})) as n"  # noqa: S608

    def values(self, rows: Sequence[Row], *, once: bool) -> Row:
        """Return what fills it."""
        return {
            name: rows[0][name] if once and name in self.alike else [row[name] for row in rows] for name in self.types
        }


_CONVERSATION = _Columns(
    {
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
    },
    frozenset({"sender", "program_id", "flow_digest", "occasion", "waits_until", "opened_at", "heard_at", "ended_at"}),
)
_OUTBOX = _Columns(
    {
        "id": "uuid",
        "participant_id": "uuid",
        "enrolment_id": "uuid",
        "sender": "text",
        "kind": "text",
        "asked_for": "boolean",
        "priority": "smallint",
        "body": "bytea",
        "segments": "smallint",
        "origin": "text",
        "origin_id": "uuid",
        "n": "smallint",
        "asks": "boolean",
        "wait_minutes": "integer",
        "state": "text",
        "reason": "text",
        "created_at": "timestamptz",
        "next_attempt_at": "timestamptz",
        "stale_at": "timestamptz",
        "sent_at": "timestamptz",
    },
    frozenset({"sender", "kind", "asked_for", "priority", "origin", "n"})
    | {"asks", "wait_minutes", "state", "reason", "created_at", "next_attempt_at", "sent_at"},
)
_CHECK_IN = _Columns(
    {
        "id": "uuid",
        "enrolment_id": "uuid",
        "occasion": "date",
        "flow_digest": "text",
        "answers": "bytea",
        "opened_at": "timestamptz",
        "closed_at": "timestamptz",
    },
    frozenset({"flow_digest", "occasion"}),
)
_APPOINTMENT = _Columns(
    {
        "id": "uuid",
        "enrolment_id": "uuid",
        "kind": "text",
        "occasion": "date",
        "due_at": "timestamptz",
        "state": "text",
        "reason": "text",
        "settled_at": "timestamptz",
        "detail": "bytea",
    },
    frozenset({"state", "reason", "settled_at", "detail"}),
)
_SETTLEMENT = _Columns(
    {"id": "uuid", "state": "text", "reason": "text", "settled_at": "timestamptz"},
    frozenset({"state", "reason", "settled_at"}),
)


class _Statement:
    """A statement over many rows, `{rows}` in it, in both ways of sending them."""

    def __init__(self, columns: _Columns, sql: str) -> None:
        self._columns = columns
        self._once, self._each = (text(sql.format(rows=columns.rows(once=once))) for once in (True, False))

    async def write(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        if rows:
            once = all(_same([row[name] for row in rows]) for name in self._columns.alike)
            await connection.execute(self._once if once else self._each, self._columns.values(rows, once=once))


def _same(values: list[Any]) -> bool:
    return values.count(values[0]) == len(values)


def _insert(table: str, columns: _Columns) -> str:
    return f"insert into {table} ({columns.names}) select {columns.names} from {{rows}}"  # noqa: S608  (names only)


_CHANGE_CONVERSATION = _Statement(
    _CONVERSATION,
    """
    update conversations c set state = n.state, heard_at = n.heard_at, ended_at = n.ended_at, occasion = n.occasion,
        enrolment_id = n.enrolment_id, flow_digest = n.flow_digest, program_id = n.program_id,
        waits_until = n.waits_until, asked_id = coalesce(n.asked_id, c.asked_id)
    from {rows} where c.id = n.id
    """,
)
_ADD_CONVERSATION = _Statement(_CONVERSATION, _insert("conversations", _CONVERSATION))
_ADD_OUTBOX = _Statement(_OUTBOX, f"{_insert('outbox', _OUTBOX)} on conflict (origin, origin_id, n) do nothing")
_KEEP_CHECK_IN = _Statement(
    _CHECK_IN,
    f"""
    {_insert("check_ins", _CHECK_IN)}
    on conflict (enrolment_id, occasion) do update set answers = excluded.answers, closed_at = excluded.closed_at
    """,
)
# One that was kept still says that it was moved, and from where.
_SETTLE = _Statement(
    _SETTLEMENT,
    """
    update appointments a set state = n.state, settled_at = n.settled_at,
        reason = case n.state when 'done' then coalesce(n.reason, a.reason) else n.reason end
    from {rows} where a.id = n.id
    """,
)
# One that was kept stays kept: only what was cancelled may come back, and what a person asks for or waits on anew, such
# as the end of a rest whose day has been where they were before. So does a closing that has been, for a check-in that
# was started once more on its day.
# It comes back as another row: each id is said something for once, and `detail` is sealed for the new one.
_PLAN = _Statement(
    _APPOINTMENT,
    f"""
    {_insert("appointments", _APPOINTMENT)}
    on conflict (enrolment_id, kind, occasion) do update
        set id = excluded.id, due_at = excluded.due_at, detail = excluded.detail, state = excluded.state,
            reason = excluded.reason, settled_at = excluded.settled_at, tries = 0,
            try_at = null
        where appointments.state = 'cancelled' or excluded.kind in ('snooze', 'timeout', 'follow-up', 'resume')
            or excluded.kind = 'expiry' and appointments.state <> 'due'
    """,  # noqa: S608  (names only)
)
# A text that was found late says nothing of a number that failed after it was sent.
_HEARD = _Statement(
    _Columns({"id": "uuid", "at": "timestamptz", "real": "timestamptz"}, frozenset({"at", "real"})),
    """
    update participants p set heard_at = n.at,
        unreachable = case when unreachable_at > n.real then unreachable end,
        unreachable_at = case when unreachable_at > n.real then unreachable_at end
    from {rows} where p.id = n.id
    """,
)
# A call says nothing of whether the number takes texts.
_CALLED = text("update participants set heard_at = :now where id = any(:ids)")
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
    heard: dict[UUID, Row] = field(default_factory=dict)
    called: dict[UUID, object] = field(default_factory=dict)
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

        A cancelled one may be planned again; of those that are `done` only a closing and a rest's end come back.
        """
        for key in [k for k in self.planned if k[0] == enrolment and k[1] in kinds and occasion in {None, k[2]}]:
            if self.planned[key]["state"] == "due":
                self.planned[key].update(state=state, reason=reason, settled_at=now)
            if self.planned[key]["state"] == "cancelled":
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
        row |= {"state": "due", "reason": reason, "settled_at": None, "detail": detail}
        self.planned[(enrolment, kind, occasion)] = row

    def settle(self, appointment: UUID, state: str, reason: str | None, at: datetime | None) -> None:
        """Say how an appointment ended, and why it was not kept if so."""
        self.settled.append({"id": appointment, "state": state, "reason": reason, "settled_at": at})

    async def flush(self, connection: AsyncConnection) -> None:
        """Write everything. Ended conversations go first: only one may be open for a person and a number."""
        changed = [row for key, row in self.conversations.items() if key not in self.new]
        added = [row for key, row in self.conversations.items() if key in self.new]
        await _CHANGE_CONVERSATION.write(connection, changed)
        await _ADD_CONVERSATION.write(connection, added)
        if self.dropped:
            await connection.execute(_DROP_WAITING, list(self.dropped.values()))
        await _ADD_OUTBOX.write(connection, self.outbox)
        await _KEEP_CHECK_IN.write(connection, list(self.check_ins.values()))
        await _SETTLE.write(connection, self.settled)
        if self.cancelled:
            await connection.execute(_CANCEL, list(self.cancelled.values()))
        await _PLAN.write(connection, list(self.planned.values()))
        if self.history:
            await connection.execute(_HISTORY, [{"id": key, "history": value} for key, value in self.history.items()])
        await _HEARD.write(connection, list(self.heard.values()))
        if self.called:
            now = max(self.called.values(), key=str)
            await connection.execute(_CALLED, {"now": now, "ids": sorted(self.called)})
