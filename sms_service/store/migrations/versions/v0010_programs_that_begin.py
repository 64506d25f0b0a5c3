"""A program is a draft until it is begun; its settings as they were, what was confirmed, the phones of staff"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Whoever was asked before goes on being asked.
    op.add_column("programs", sa.Column("state", sa.Text(), server_default="live", nullable=False))
    op.alter_column("programs", "state", server_default="draft")
    op.create_check_constraint("state", "programs", "state in ('draft', 'live')")
    _versions()
    op.create_table(
        "confirmations",
        sa.Column("program_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("staff_id", postgresql.UUID(as_uuid=True), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_confirmations_program_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_confirmations_staff_id")),
        sa.PrimaryKeyConstraint("program_id", "item", name=op.f("pk_confirmations")),
    )
    op.create_table(
        "test_phones",
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("program_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("staff_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_test_phones_program_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_test_phones_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_phones")),
    )
    op.create_index(op.f("ix_test_phones_program_id"), "test_phones", ["program_id"])


def _versions() -> None:
    op.create_table(
        "program_versions",
        sa.Column("program_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("staff_id", postgresql.UUID(as_uuid=True), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_program_versions_program_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_program_versions_staff_id")),
        sa.PrimaryKeyConstraint("program_id", "version", name=op.f("pk_program_versions")),
    )
    op.execute("""
        insert into program_versions (program_id, version, settings, at)
        select id, version, settings, created_at from programs
    """)
