"""The tables, and why each column may stand in clear.

In clear are ids, times, program, sender, kind, delivery state, occasion and flow digest: what the service needs to
find its work. Whatever says who somebody is or how they feel is bytes sealed with one of that person's two keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment = sa.DateTime(timezone=True)


def _id() -> Column[object]:
    return Column("id", UUID(as_uuid=True), primary_key=True)


def _ref(name: str, target: str, *, null: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=True), ForeignKey(f"{target}.id"), nullable=null)


def _at(name: str, *, null: bool = True) -> Column[object]:
    return Column(name, Moment, nullable=null)


deployment = Table(
    "deployment",
    metadata,
    Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    Column("key_check", sa.LargeBinary, nullable=False),
    Column("clock_offset", sa.BigInteger, nullable=False, server_default="0"),
    _at("last_tick"),
    _at("last_collect"),
)

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("digest", sa.Text, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("yaml", sa.Text, nullable=False),
    Column("source", sa.Text, nullable=False),
    _at("created_at", null=False),
)

current_flows = Table(
    "current_flows",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("digest", sa.Text, ForeignKey("flow_versions.digest"), nullable=False),
    Column("published_by", UUID(as_uuid=True), nullable=True),
)

senders = Table(
    "senders",
    metadata,
    Column("number", sa.Text, primary_key=True),
    Column("opt_out_mode", sa.Text, nullable=False),
    Column("segments_per_second", sa.Float, nullable=False, server_default="1"),
    Column("segments_per_day", sa.Integer, nullable=True),
    Column("stopped_reason", sa.Text, nullable=True),
    sa.CheckConstraint("opt_out_mode in ('ours', 'twilio')", name="opt_out_mode"),
)

programs = Table(
    "programs",
    metadata,
    _id(),
    Column("slug", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("sender", sa.Text, ForeignKey("senders.number"), nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    _at("created_at", null=False),
)

program_keywords = Table(
    "program_keywords",
    metadata,
    Column("sender", sa.Text, ForeignKey("senders.number"), primary_key=True),
    Column("word", sa.Text, primary_key=True),
    _ref("program_id", "programs"),
)

reporting_groups = Table(
    "reporting_groups",
    metadata,
    _id(),
    _ref("program_id", "programs"),
    Column("key", sa.SmallInteger, nullable=False),
    Column("labels", JSONB, nullable=False),
    UniqueConstraint("program_id", "key"),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("email", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("password_hash", sa.Text, nullable=False),
    Column("totp_secret", sa.LargeBinary, nullable=False),
    Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
    _at("created_at", null=False),
    _at("disabled_at"),
)

staff_roles = Table(
    "staff_roles",
    metadata,
    Column("staff_id", UUID(as_uuid=True), ForeignKey("staff.id"), primary_key=True),
    Column("program_id", UUID(as_uuid=True), ForeignKey("programs.id"), primary_key=True),
    Column("role", sa.Text, nullable=False),
    sa.CheckConstraint("role in ('administrator', 'coordinator', 'support_lead', 'auditor')", name="role"),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", sa.LargeBinary, primary_key=True),
    _ref("staff_id", "staff"),
    _at("created_at", null=False),
    _at("expires_at", null=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    _id(),
    Column("email_hash", sa.LargeBinary, nullable=False),
    _at("at", null=False),
    Index("ix_sign_in_attempts_email_hash_at", "email_hash", "at"),
)

participants = Table(
    "participants",
    metadata,
    _id(),
    Column("phone_hash", sa.LargeBinary, nullable=False, unique=True),
    Column("contact_key", sa.LargeBinary, nullable=True),
    Column("answer_key", sa.LargeBinary, nullable=True),
    Column("contact", sa.LargeBinary, nullable=True),
    Column("history", sa.LargeBinary, nullable=True),
    _at("created_at", null=False),
    _at("heard_at", null=False),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("participant_id", UUID(as_uuid=True), ForeignKey("participants.id"), primary_key=True),
    Column("sender", sa.Text, primary_key=True),
    Column("opted_out", sa.Boolean, nullable=False),
    Column("how", sa.Text, nullable=False),
    _at("at", null=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _ref("participant_id", "participants"),
    _ref("program_id", "programs"),
    Column("sender", sa.Text, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("language", sa.Text, nullable=False),
    Column("zone", sa.Text, nullable=False),
    Column("day", sa.SmallInteger, nullable=False),
    Column("time", sa.Text, nullable=False),
    Column("discreet", sa.Boolean, nullable=False),
    _ref("group_id", "reporting_groups", null=True),
    Column("preferences", sa.LargeBinary, nullable=True),
    _at("joined_at", null=False),
    _at("paused_until"),
    _at("left_at"),
    sa.CheckConstraint("state in ('active', 'paused', 'left')", name="state"),
    Index(
        "uq_enrolments_one_active",
        "participant_id",
        "sender",
        unique=True,
        postgresql_where=sa.text("state <> 'left'"),
    ),
    Index("ix_enrolments_program_id", "program_id"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _ref("participant_id", "participants"),
    Column("sender", sa.Text, nullable=False),
    _ref("program_id", "programs"),
    _ref("enrolment_id", "enrolments", null=True),
    Column("flow_digest", sa.Text, ForeignKey("flow_versions.digest"), nullable=False),
    Column("occasion", sa.Date, nullable=True),
    Column("state", sa.LargeBinary, nullable=True),
    Column("asked_id", UUID(as_uuid=True), nullable=True),
    _at("opened_at", null=False),
    _at("heard_at", null=False),
    _at("ended_at"),
    Index(
        "uq_conversations_one_open",
        "participant_id",
        "sender",
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    ),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    Column("sid", sa.Text, nullable=False, unique=True),
    _ref("participant_id", "participants"),
    Column("sender", sa.Text, nullable=False),
    Column("source", sa.Text, nullable=False),
    Column("body", sa.LargeBinary, nullable=True),
    _at("received_at", null=False),
    Index("ix_messages_participant_id_received_at", "participant_id", "received_at"),
)

check_ins = Table(
    "check_ins",
    metadata,
    _id(),
    _ref("enrolment_id", "enrolments"),
    Column("occasion", sa.Date, nullable=False),
    Column("flow_digest", sa.Text, nullable=False),
    Column("answers", sa.LargeBinary, nullable=True),
    _at("opened_at", null=False),
    _at("closed_at"),
    UniqueConstraint("enrolment_id", "occasion"),
)

appointments = Table(
    "appointments",
    metadata,
    _id(),
    _ref("enrolment_id", "enrolments"),
    Column("kind", sa.Text, nullable=False),
    Column("occasion", sa.Date, nullable=False),
    _at("due_at", null=False),
    Column("state", sa.Text, nullable=False, server_default="due"),
    Column("reason", sa.Text, nullable=True),
    _at("settled_at"),
    UniqueConstraint("enrolment_id", "kind", "occasion"),
    sa.CheckConstraint("state in ('due', 'done', 'cancelled', 'dropped')", name="state"),
    Index("ix_appointments_due", "due_at", postgresql_where=sa.text("state = 'due'")),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _ref("participant_id", "participants", null=True),
    _ref("staff_id", "staff", null=True),
    _ref("enrolment_id", "enrolments", null=True),
    Column("sender", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False, server_default="text"),
    Column("asked_for", sa.Boolean, nullable=False),
    Column("priority", sa.SmallInteger, nullable=False),
    Column("body", sa.LargeBinary, nullable=True),
    Column("segments", sa.SmallInteger, nullable=False),
    Column("origin", sa.Text, nullable=False),
    Column("origin_id", UUID(as_uuid=True), nullable=False),
    Column("n", sa.SmallInteger, nullable=False),
    Column("state", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=True),
    Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    Column("sid", sa.Text, nullable=True, unique=True),
    Column("error_code", sa.Integer, nullable=True),
    _at("created_at", null=False),
    _at("next_attempt_at", null=False),
    _at("stale_at"),
    _at("lease_until"),
    _at("sent_at"),
    _at("settled_at"),
    UniqueConstraint("origin", "origin_id", "n"),
    Index("ix_outbox_ready", "priority", "next_attempt_at", postgresql_where=sa.text("state = 'ready'")),
    Index("ix_outbox_under_way", "state", postgresql_where=sa.text("state in ('handed', 'sending')")),
)

message_statuses = Table(
    "message_statuses",
    metadata,
    Column("sid", sa.Text, primary_key=True),
    Column("status", sa.Text, primary_key=True),
    Column("error_code", sa.Integer, nullable=True),
    _at("at", null=False),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _ref("participant_id", "participants"),
    _ref("program_id", "programs"),
    _ref("message_id", "messages"),
    Column("kind", sa.Text, nullable=False),
    Column("wording", sa.Text, nullable=False),
    Column("language", sa.Text, nullable=False),
    Column("evidence", sa.LargeBinary, nullable=True),
    _at("at", null=False),
    Index("ix_consents_participant_id", "participant_id"),
)
