"""The tables of what a program offers to learn from: events and videos. All of it stands on a public page."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from sms_service.store.setup_tables import at, key, metadata, ref

# `uid` names an event in the calendar it was read from, so that reading the calendar again changes it in place.
events = Table(
    "events",
    metadata,
    key(),
    ref("program_id", "programs"),
    Column("title", sa.Text, nullable=False),
    Column("on_date", sa.Date, nullable=False),
    Column("at_time", sa.Text, nullable=False, server_default=""),
    Column("place", sa.Text, nullable=False),
    Column("online", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("venue", sa.Text, nullable=False, server_default=""),
    Column("topic", sa.Text, nullable=False),
    Column("kind", sa.Text, nullable=False, server_default=""),
    Column("audience", JSONB, nullable=False, server_default="[]"),
    Column("link", sa.Text, nullable=False, server_default=""),
    Column("seats", sa.Integer, nullable=True),
    Column("uid", sa.Text, nullable=False, server_default=""),
    at("created_at", null=False),
    UniqueConstraint("program_id", "title", "on_date"),
    Index("uq_events_program_id_uid", "program_id", "uid", unique=True, postgresql_where=sa.text("uid <> ''")),
)

videos = Table(
    "videos",
    metadata,
    key(),
    ref("program_id", "programs"),
    Column("title", sa.Text, nullable=False),
    Column("link", sa.Text, nullable=False),
    Column("minutes", sa.Integer, nullable=True),
    Column("kind", sa.Text, nullable=False),
    Column("audience", JSONB, nullable=False),
    at("created_at", null=False),
    UniqueConstraint("program_id", "link"),
)
