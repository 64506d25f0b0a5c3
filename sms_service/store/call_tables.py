"""The table of automated calls, both ways: what is needed to answer the next request of each, and once only."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects.postgresql import UUID

from sms_service.store.setup_tables import at, key, metadata, ref

# Where a call stands and what it said last are sealed with the answer key, and emptied when it is over.
calls = Table(
    "calls",
    metadata,
    key(),
    Column("sid", sa.Text, nullable=False, unique=True),
    ref("participant_id", "participants"),
    Column("sender", sa.Text, nullable=False),
    Column("outbox_id", UUID(as_uuid=True), nullable=True),
    Column("step", sa.Integer, nullable=False),
    Column("state", sa.LargeBinary, nullable=True),
    Column("wrong", sa.SmallInteger, nullable=False, server_default="0"),
    at("started_at", null=False),
    at("answered_at"),
    at("ended_at"),
    Index("ix_calls_participant_id_started_at", "participant_id", "started_at"),
    Index("ix_calls_outbox_id", "outbox_id", postgresql_where=sa.text("outbox_id is not null")),
)
