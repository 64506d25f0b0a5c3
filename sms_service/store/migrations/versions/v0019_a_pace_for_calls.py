"""Calls have a pace of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("senders", sa.Column("calls_per_second", sa.Float(), server_default="1", nullable=False))
    op.drop_index("ix_outbox_ready", table_name="outbox")
    op.create_index(
        "ix_outbox_ready",
        "outbox",
        ["sender", "kind", "priority", "next_attempt_at"],
        postgresql_where=sa.text("state = 'ready'"),
    )
