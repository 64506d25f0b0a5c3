"""The tables of asking people in: each text that asks for the keyword, the files they came from, tries at the page.

None holds a number or a name: whom an invitation went to is sealed with the participant, as everybody's number is.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID

from sms_service.store.account_tables import metadata
from sms_service.store.setup_tables import at, key, ref

__all__ = ["metadata"]

# A file is known by a keyed hash, so that nobody can guess it from a list; `consent` is sealed by SECRET_KEY.
invitation_files = Table(
    "invitation_files",
    metadata,
    key(),
    ref("program_id", "programs"),
    ref("staff_id", "staff"),
    Column("file_hash", sa.LargeBinary, nullable=False),
    Column("rows", sa.Integer, nullable=False),
    Column("consent", sa.LargeBinary, nullable=False),
    at("at", null=False),
    UniqueConstraint("program_id", "file_hash"),
)

# `file_id` and `row` say where an invitation came from; without them it was asked for on the public page.
invitations = Table(
    "invitations",
    metadata,
    key(),
    ref("participant_id", "participants"),
    ref("program_id", "programs"),
    ref("file_id", "invitation_files", null=True),
    Column("row", sa.Integer, nullable=True),
    at("at", null=False),
    UniqueConstraint("file_id", "row"),
    Index("ix_invitations_participant_id_at", "participant_id", "at"),
    Index("ix_invitations_program_id_at", "program_id", "at", postgresql_where=sa.text("file_id is null")),
)

# An address is a keyed hash, kept for a month; `sent` is false while a letter is being handed over.
invitation_letters = Table(
    "invitation_letters",
    metadata,
    Column("program_id", UUID(as_uuid=True), sa.ForeignKey("programs.id"), primary_key=True),
    Column("address_hash", sa.LargeBinary, primary_key=True),
    at("at", null=False),
    Column("sent", sa.Boolean, nullable=False, server_default="false"),
    Index("ix_invitation_letters_at", "at"),
)

page_tries = Table(
    "page_tries",
    metadata,
    key(),
    Column("address_hash", sa.LargeBinary, nullable=False),
    at("at", null=False),
    Index("ix_page_tries_address_hash_at", "address_hash", "at"),
)
