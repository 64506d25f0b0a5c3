"""What the whole conversation needs: how often, all at once, plans with their flow, timeouts, sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("frequency", sa.Text(), server_default="weekly", nullable=False))
    op.add_column("enrolments", sa.Column("express", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint("frequency", "enrolments", "frequency in ('weekly', 'monthly')")
    op.add_column("conversations", sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("wait_minutes", sa.Integer(), nullable=True))
    op.add_column("appointments", sa.Column("detail", sa.LargeBinary(), nullable=True))
    op.create_table(
        "events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_events_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("program_id", "title", "on_date", name=op.f("uq_events_program_id_title_on_date")),
    )
