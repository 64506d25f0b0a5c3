"""The tables of what staff set up: deployment, flows, senders, programs, accounts. None is about who texts."""

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


def key() -> Column[object]:
    return Column("id", UUID(as_uuid=True), primary_key=True)


def ref(name: str, target: str, *, null: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=True), ForeignKey(f"{target}.id"), nullable=null)


def at(name: str, *, null: bool = True) -> Column[object]:
    return Column(name, Moment, nullable=null)


deployment = Table(
    "deployment",
    metadata,
    Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    Column("key_check", sa.LargeBinary, nullable=False),
    Column("newest_check", sa.LargeBinary, nullable=True),
    Column("clock_offset", sa.BigInteger, nullable=False, server_default="0"),
    at("last_tick"),
    at("last_collect"),
    at("last_purge"),
)

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("digest", sa.Text, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("yaml", sa.Text, nullable=False),
    Column("source", sa.Text, nullable=False),
    at("created_at", null=False),
)

current_flows = Table(
    "current_flows",
    metadata,
    Column("name", sa.Text, primary_key=True),
    Column("digest", sa.Text, ForeignKey("flow_versions.digest"), nullable=False),
    Column("published_by", UUID(as_uuid=True), nullable=True),
)

# What staff typed when they tried the flows, as a script that can be played again: nobody's answers.
flow_plays = Table(
    "flow_plays",
    metadata,
    key(),
    Column("name", sa.Text, nullable=False, unique=True),
    Column("flow", sa.Text, nullable=False),
    Column("transcript", sa.Text, nullable=False),
    ref("saved_by", "staff"),
    at("saved_at", null=False),
)

senders = Table(
    "senders",
    metadata,
    Column("number", sa.Text, primary_key=True),
    Column("opt_out_mode", sa.Text, nullable=False),
    Column("segments_per_second", sa.Float, nullable=False, server_default="1"),
    Column("segments_per_day", sa.Integer, nullable=True),
    Column("calls_per_second", sa.Float, nullable=False, server_default="1"),
    Column("stopped_reason", sa.Text, nullable=True),
    at("stopped_at"),
    Column("service_sid", sa.Text, nullable=True),
    sa.CheckConstraint("opt_out_mode in ('ours', 'twilio')", name="opt_out_mode"),
)

# Further numbers of a messaging service's pool: a text to one of them is a text to its sender.
pool_numbers = Table(
    "pool_numbers",
    metadata,
    Column("number", sa.Text, primary_key=True),
    Column("sender", sa.Text, ForeignKey("senders.number"), nullable=False),
)

programs = Table(
    "programs",
    metadata,
    key(),
    Column("slug", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("sender", sa.Text, ForeignKey("senders.number"), nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    Column("planned_version", sa.Integer, nullable=False, server_default="1"),
    Column("state", sa.Text, nullable=False, server_default="draft"),
    at("created_at", null=False),
    sa.CheckConstraint("state in ('draft', 'live')", name="state"),
)

program_keywords = Table(
    "program_keywords",
    metadata,
    Column("sender", sa.Text, ForeignKey("senders.number"), primary_key=True),
    Column("word", sa.Text, primary_key=True),
    ref("program_id", "programs"),
)

reporting_groups = Table(
    "reporting_groups",
    metadata,
    key(),
    ref("program_id", "programs"),
    Column("key", sa.SmallInteger, nullable=False),
    Column("labels", JSONB, nullable=False),
    UniqueConstraint("program_id", "key"),
)

staff = Table(
    "staff",
    metadata,
    key(),
    Column("email", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("password_hash", sa.Text, nullable=False),
    Column("totp_secret", sa.LargeBinary, nullable=False),
    Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
    Column("language", sa.Text, nullable=True),
    at("created_at", null=False),
    at("disabled_at"),
    # Until it has a role, it may make a program and administer that.
    Column("may_begin", sa.Boolean, nullable=False, server_default="false"),
    sa.CheckConstraint("language in ('en', 'es')", name="language"),
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
    Column("id", UUID(as_uuid=True), nullable=False, unique=True),
    ref("staff_id", "staff"),
    at("created_at", null=False),
    at("seen_at", null=False),
    at("expires_at", null=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    key(),
    Column("email_hash", sa.LargeBinary, nullable=False),
    at("at", null=False),
    Index("ix_sign_in_attempts_email_hash_at", "email_hash", "at"),
)

resource_checks = Table(
    "resource_checks",
    metadata,
    key(),
    Column("resource_id", sa.Text, nullable=False),
    Column("reached_by", sa.Text, nullable=False),
    Column("verified_on", sa.Date, nullable=False),
    Column("verified_by", sa.Text, nullable=False),
    Column("works", sa.Boolean, nullable=False),
    Column("note", sa.Text, nullable=False, server_default=""),
)

own_resources = Table(
    "own_resources",
    metadata,
    Column("id", sa.Text, primary_key=True),
    Column("yaml", sa.Text, nullable=False),
    at("added_at", null=False),
    # Who added it, and so does not record the first check of it alone; null for the command line.
    ref("added_by", "staff", null=True),
    # Whose coordinators may change it; of none, administrators only.
    Column("program_id", UUID(as_uuid=True), ForeignKey("programs.id", ondelete="SET NULL"), nullable=True),
)

# How often a page was opened in a week, and nothing about who opened it.
resource_counts = Table(
    "resource_counts",
    metadata,
    Column("week", sa.Date, primary_key=True),
    Column("resource", sa.Text, primary_key=True),
    Column("language", sa.Text, primary_key=True),
    Column("opened", sa.Integer, nullable=False),
)

support_leads = Table(
    "support_leads",
    metadata,
    key(),
    ref("staff_id", "staff"),
    ref("program_id", "programs"),
    Column("shown_name", sa.Text, nullable=False),
    Column("phone", sa.LargeBinary, nullable=False),
    Column("zone", sa.Text, nullable=False),
    Column("hours", JSONB, nullable=False),
    Column("away", JSONB, nullable=False),
    Column("holidays", sa.Text, nullable=False),
    Column("position", sa.Integer, nullable=False),
    at("created_at", null=False),
    UniqueConstraint("staff_id", "program_id"),
    UniqueConstraint("program_id", "position"),
)

# What may be shown of a day, as words and rounded: a day's row is never changed, so that nobody can watch one change.
daily_figures = Table(
    "daily_figures",
    metadata,
    Column("program_id", UUID(as_uuid=True), ForeignKey("programs.id"), primary_key=True),
    Column("day", sa.Date, primary_key=True),
    at("made_at", null=False),
    at("counted_at", null=False),
    Column("people", JSONB, nullable=False),
    Column("check_ins", JSONB, nullable=False),
)
