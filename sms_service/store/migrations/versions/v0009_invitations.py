"""Asking people in: invitations, the files they came from, tries at the public page, consent without a text"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("consents", "message_id", nullable=True)
    op.create_table(
        "invitation_files",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("consent", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_invitation_files_program_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitation_files_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_files")),
        sa.UniqueConstraint("program_id", "file_hash", name=op.f("uq_invitation_files_program_id_file_hash")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_invitations_participant_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_invitations_program_id")),
        sa.ForeignKeyConstraint(["file_id"], ["invitation_files.id"], name=op.f("fk_invitations_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("file_id", "row", name=op.f("uq_invitations_file_id_row")),
    )
    op.create_index("ix_invitations_participant_id_at", "invitations", ["participant_id", "at"])
    op.create_index(
        "ix_invitations_program_id_at",
        "invitations",
        ["program_id", "at"],
        postgresql_where=sa.text("file_id is null"),
    )
    op.create_table(
        "page_tries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_tries")),
    )
    op.create_index("ix_page_tries_address_hash_at", "page_tries", ["address_hash", "at"])
