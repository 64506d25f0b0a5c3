"""A number or a link that people are sent to waits for a second person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposed_changes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_proposed_changes_program_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_proposed_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_changes")),
        sa.UniqueConstraint("program_id", "field", name=op.f("uq_proposed_changes_program_id_field")),
    )
    # Of those that are there nobody knows who added them; a first check of theirs may be anybody's.
    op.add_column("own_resources", sa.Column("added_by", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_own_resources_added_by"), "own_resources", "staff", ["added_by"], ["id"])
