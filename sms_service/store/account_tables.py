"""The tables of what staff do with their accounts: links, recovery codes, and the log of what was done."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import UUID

from sms_service.store.setup_tables import at, key, metadata, ref

__all__ = ["metadata"]

# A trigger refuses to change or take away a row. No foreign keys: what happened outlives whom it names.
audit = Table(
    "audit",
    metadata,
    Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    at("at", null=False),
    Column("staff_id", UUID(as_uuid=True), nullable=True),
    Column("program_id", UUID(as_uuid=True), nullable=True, index=True),
    Column("act", sa.Text, nullable=False),
    Column("about", sa.Text, nullable=False),
    Column("hash", sa.LargeBinary, nullable=False),
)

# An invitation makes an account, a reset mends one. Only the hash of the link's token is kept.
staff_links = Table(
    "staff_links",
    metadata,
    Column("token_hash", sa.LargeBinary, primary_key=True),
    Column("kind", sa.Text, nullable=False),
    Column("email", sa.Text, nullable=False),
    Column("name", sa.Text, nullable=False, server_default=""),
    ref("program_id", "programs", null=True),
    Column("role", sa.Text, nullable=True),
    ref("staff_id", "staff", null=True),
    Column("totp_secret", sa.LargeBinary, nullable=True),
    ref("made_by", "staff", null=True),
    at("expires_at", null=False),
    sa.CheckConstraint("kind in ('invitation', 'reset')", name="kind"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    key(),
    ref("staff_id", "staff"),
    Column("code_hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("staff_id", "code_hash"),
)
