"""Which addresses got a letter of invitation lately"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation_letters",
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_invitation_letters_program_id")),
        sa.PrimaryKeyConstraint("program_id", "address_hash", name=op.f("pk_invitation_letters")),
    )
    op.create_index("ix_invitation_letters_at", "invitation_letters", ["at"])
