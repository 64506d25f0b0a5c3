"""Where people can turn: what a deployment has checked, what it has added, and how often pages are opened"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resource_checks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("reached_by", sa.Text(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("verified_by", sa.Text(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_checks")),
    )
    op.create_table(
        "own_resources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_resources")),
    )
    op.create_table(
        "resource_counts",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "resource", "language", name=op.f("pk_resource_counts")),
    )
