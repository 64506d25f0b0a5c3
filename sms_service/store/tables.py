"""The tables, and why each column may stand in clear.

In clear are ids, times, program, sender, kind, delivery state, occasion and flow digest: what the service needs to
find its work. Whatever says who somebody is or how they feel is bytes sealed with one of that person's two keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID

from sms_service.store.call_tables import calls
from sms_service.store.learning_tables import events, videos
from sms_service.store.program_tables import metadata
from sms_service.store.setup_tables import at, key, ref

__all__ = ["calls", "events", "metadata", "videos"]

# Room in each page for a row's next version, so that a change touches neither another page nor an index.
OFTEN_CHANGED = {"fillfactor": 70}

participants = Table(
    "participants",
    metadata,
    key(),
    Column("phone_hash", sa.LargeBinary, nullable=False, unique=True),
    Column("contact_key", sa.LargeBinary, nullable=True),
    Column("answer_key", sa.LargeBinary, nullable=True),
    Column("contact", sa.LargeBinary, nullable=True),
    Column("history", sa.LargeBinary, nullable=True),
    at("created_at", null=False),
    at("heard_at", null=False),
    Column("unreachable", sa.Text, nullable=True),
    at("unreachable_at"),
    sa.CheckConstraint("unreachable in ('dead', 'landline')", name="unreachable"),
    postgresql_with=OFTEN_CHANGED,
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("participant_id", UUID(as_uuid=True), ForeignKey("participants.id"), primary_key=True),
    Column("sender", sa.Text, primary_key=True),
    Column("opted_out", sa.Boolean, nullable=False),
    Column("how", sa.Text, nullable=False),
    at("at", null=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    key(),
    ref("participant_id", "participants"),
    ref("program_id", "programs"),
    Column("sender", sa.Text, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("language", sa.Text, nullable=False),
    Column("zone", sa.Text, nullable=False),
    Column("day", sa.SmallInteger, nullable=False),
    Column("time", sa.Text, nullable=False),
    Column("discreet", sa.Boolean, nullable=False),
    Column("frequency", sa.Text, nullable=False, server_default="weekly"),
    Column("express", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("faded", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("quiet_start", sa.Text, nullable=True),
    Column("quiet_end", sa.Text, nullable=True),
    ref("group_id", "reporting_groups", null=True),
    Column("preferences", sa.LargeBinary, nullable=True),
    at("joined_at", null=False),
    at("paused_until"),
    at("left_at"),
    sa.CheckConstraint("state in ('active', 'paused', 'left')", name="state"),
    sa.CheckConstraint("frequency in ('weekly', 'monthly')", name="frequency"),
    Index(
        "uq_enrolments_one_active",
        "participant_id",
        "sender",
        unique=True,
        postgresql_where=sa.text("state <> 'left'"),
    ),
    Index("ix_enrolments_program_id", "program_id"),
)

# What is never deleted needs no key (docs/decisions/0031-what-is-never-deleted-needs-no-foreign-key.md).
conversations = Table(
    "conversations",
    metadata,
    key(),
    ref("participant_id", "participants"),
    Column("sender", sa.Text, nullable=False),
    ref("program_id", "programs"),
    Column("enrolment_id", UUID(as_uuid=True), nullable=True),
    Column("flow_digest", sa.Text, nullable=False),
    Column("occasion", sa.Date, nullable=True),
    Column("state", sa.LargeBinary, nullable=True),
    Column("asked_id", UUID(as_uuid=True), nullable=True),
    at("waits_until"),
    at("opened_at", null=False),
    at("heard_at", null=False),
    at("ended_at"),
    Index("ix_conversations_participant_id", "participant_id"),
    Index(
        "uq_conversations_one_open",
        "participant_id",
        "sender",
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    ),
    postgresql_with=OFTEN_CHANGED,
)

messages = Table(
    "messages",
    metadata,
    key(),
    Column("sid", sa.Text, nullable=False, unique=True),
    ref("participant_id", "participants"),
    Column("sender", sa.Text, nullable=False),
    Column("source", sa.Text, nullable=False),
    Column("body", sa.LargeBinary, nullable=True),
    at("received_at", null=False),
    Column("redact", sa.Text, nullable=True),
    Column("redact_tries", sa.SmallInteger, nullable=False, server_default="0"),
    at("redact_at"),
    sa.CheckConstraint("redact in ('wanted', 'done', 'given up')", name="redact"),
    Index("ix_messages_participant_id_received_at", "participant_id", "received_at"),
    Index("ix_messages_redact", "redact", "redact_at", postgresql_where=sa.text("redact in ('wanted', 'given up')")),
)

check_ins = Table(
    "check_ins",
    metadata,
    key(),
    ref("enrolment_id", "enrolments"),
    Column("occasion", sa.Date, nullable=False),
    Column("flow_digest", sa.Text, nullable=False),
    Column("answers", sa.LargeBinary, nullable=True),
    at("opened_at", null=False),
    at("closed_at"),
    UniqueConstraint("enrolment_id", "occasion"),
    postgresql_with=OFTEN_CHANGED,
)

appointments = Table(
    "appointments",
    metadata,
    key(),
    ref("enrolment_id", "enrolments"),
    Column("kind", sa.Text, nullable=False),
    Column("occasion", sa.Date, nullable=False),
    at("due_at", null=False),
    Column("state", sa.Text, nullable=False, server_default="due"),
    Column("reason", sa.Text, nullable=True),
    Column("detail", sa.LargeBinary, nullable=True),
    at("settled_at"),
    Column("tries", sa.Integer, nullable=False, server_default="0"),
    at("try_at"),
    UniqueConstraint("enrolment_id", "kind", "occasion"),
    sa.CheckConstraint("state in ('due', 'done', 'cancelled', 'dropped')", name="state"),
    Index(
        "ix_appointments_due",
        sa.text("coalesce(try_at, due_at)"),
        "id",
        postgresql_where=sa.text("state = 'due'"),
    ),
    Index("ix_appointments_failed", "kind", postgresql_where=sa.text("state = 'due' and tries > 0")),
    postgresql_with=OFTEN_CHANGED,
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    ref("participant_id", "participants", null=True),
    ref("staff_id", "staff", null=True),
    Column("enrolment_id", UUID(as_uuid=True), nullable=True),
    Column("sender", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False, server_default="text"),
    Column("asked_for", sa.Boolean, nullable=False),
    Column("priority", sa.SmallInteger, nullable=False),
    Column("body", sa.LargeBinary, nullable=True),
    Column("segments", sa.SmallInteger, nullable=False),
    Column("origin", sa.Text, nullable=False),
    Column("origin_id", UUID(as_uuid=True), nullable=False),
    Column("n", sa.SmallInteger, nullable=False),
    Column("asks", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("wait_minutes", sa.Integer, nullable=True),
    Column("state", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=True),
    Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    Column("sid", sa.Text, nullable=True),
    Column("error_code", sa.Integer, nullable=True),
    at("created_at", null=False),
    at("next_attempt_at", null=False),
    at("hold_until"),
    at("stale_at"),
    at("lease_until"),
    at("sent_at"),
    at("settled_at"),
    Column("late_seconds", sa.Integer, nullable=True),
    UniqueConstraint("origin", "origin_id", "n"),
    Index("uq_outbox_sid", "sid", unique=True, postgresql_where=sa.text("sid is not null")),
    Index("ix_outbox_participant_id", "participant_id"),
    Index("ix_outbox_crisis", "participant_id", "created_at", postgresql_where=sa.text("priority = 0")),
    Index(
        "ix_outbox_ready", "sender", "kind", "priority", "next_attempt_at", postgresql_where=sa.text("state = 'ready'")
    ),
    Index("ix_outbox_held", "hold_until", postgresql_where=sa.text("state = 'held'")),
    Index("ix_outbox_unknown", "next_attempt_at", postgresql_where=sa.text("state = 'unknown'")),
    Index("ix_outbox_on_its_way", "next_attempt_at", postgresql_where=sa.text("state in ('accepted', 'sent')")),
    Index("ix_outbox_failed", "settled_at", postgresql_where=sa.text("state in ('failed', 'undelivered')")),
    Index("ix_outbox_under_way", "state", postgresql_where=sa.text("state in ('handed', 'sending')")),
    postgresql_with=OFTEN_CHANGED,
)

message_statuses = Table(
    "message_statuses",
    metadata,
    Column("sid", sa.Text, primary_key=True),
    Column("status", sa.Text, primary_key=True),
    Column("error_code", sa.Integer, nullable=True),
    at("at", null=False),
    Index("ix_message_statuses_at", "at"),
)

consents = Table(
    "consents",
    metadata,
    key(),
    ref("participant_id", "participants"),
    ref("program_id", "programs"),
    ref("message_id", "messages", null=True),
    Column("kind", sa.Text, nullable=False),
    Column("wording", sa.Text, nullable=False),
    Column("language", sa.Text, nullable=False),
    Column("evidence", sa.LargeBinary, nullable=True),
    at("at", null=False),
    Index("ix_consents_participant_id", "participant_id"),
)

# How a call came to be wanted, and how it went, are sealed with the contact key: both say how somebody is.
follow_ups = Table(
    "follow_ups",
    metadata,
    key(),
    ref("enrolment_id", "enrolments"),
    ref("program_id", "programs"),
    Column("state", sa.Text, nullable=False, server_default="open"),
    Column("cause", sa.LargeBinary, nullable=True),
    Column("outcome", sa.LargeBinary, nullable=True),
    at("opened_at", null=False),
    at("promised_by", null=False),
    ref("paged_id", "staff", null=True),
    at("paged_at"),
    Column("handed_on", sa.SmallInteger, nullable=False, server_default="0"),
    at("handed_on_at"),
    ref("taken_by", "staff", null=True),
    at("taken_at"),
    at("closed_at"),
    sa.CheckConstraint("state in ('open', 'taken', 'closed', 'withdrawn')", name="state"),
    Index(
        "uq_follow_ups_one_open",
        "enrolment_id",
        unique=True,
        postgresql_where=sa.text("state in ('open', 'taken')"),
    ),
    Index(
        "ix_follow_ups_program_id_promised_by",
        "program_id",
        "promised_by",
        postgresql_where=sa.text("state in ('open', 'taken')"),
    ),
)

# Only ever added to: a trigger refuses every change.
readings = Table(
    "readings",
    metadata,
    key(),
    ref("participant_id", "participants"),
    ref("staff_id", "staff"),
    Column("what", sa.Text, nullable=False),
    at("at", null=False),
    sa.CheckConstraint("what in ('number')", name="what"),
    Index("ix_readings_participant_id_at", "participant_id", "at"),
)
