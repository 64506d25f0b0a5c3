"""The tables of setting a program up: its settings as they were, what was confirmed before it began, test phones."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.dialects.postgresql import JSONB, UUID

from sms_service.store.joining_tables import metadata
from sms_service.store.setup_tables import at, key, ref

__all__ = ["metadata"]

program_versions = Table(
    "program_versions",
    metadata,
    Column("program_id", UUID(as_uuid=True), ForeignKey("programs.id"), primary_key=True),
    Column("version", sa.Integer, primary_key=True, autoincrement=False),
    Column("settings", JSONB, nullable=False),
    # Its keywords and groups; null in versions from before these were kept.
    Column("words", JSONB, nullable=True),
    ref("staff_id", "staff", null=True),
    at("at", null=False),
)

# A number or a link that people are sent to, until a second person confirmed it.
proposed_changes = Table(
    "proposed_changes",
    metadata,
    key(),
    ref("program_id", "programs"),
    Column("field", sa.Text, nullable=False),
    Column("value", sa.Text, nullable=False),
    ref("staff_id", "staff"),
    at("at", null=False),
    sa.UniqueConstraint("program_id", "field"),
)

# What somebody vouched for before a program began; a row that is taken back is deleted, and the audit log keeps both.
confirmations = Table(
    "confirmations",
    metadata,
    Column("program_id", UUID(as_uuid=True), ForeignKey("programs.id"), primary_key=True),
    Column("item", sa.Text, primary_key=True),
    ref("staff_id", "staff", null=True),
    at("at", null=False),
    # What it was about, as digests by the names of go_live.yaml: when one is another, nobody has vouched for that.
    Column("facts", JSONB, nullable=False, server_default="{}"),
)

# A phone of staff's own: the number is sealed by SECRET_KEY, and its hash is that of whoever texts from it.
test_phones = Table(
    "test_phones",
    metadata,
    key(),
    ref("program_id", "programs"),
    ref("staff_id", "staff"),
    Column("phone", sa.LargeBinary, nullable=False),
    Column("phone_hash", sa.LargeBinary, nullable=False),
    Column("code", sa.LargeBinary, nullable=False),
    Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    at("sent_at", null=False),
    at("confirmed_at"),
    sa.Index("ix_test_phones_program_id", "program_id"),
)
