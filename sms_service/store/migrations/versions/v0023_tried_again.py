"""What failed is tried again at a moment of its own: when it was due stays as it was planned"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointments", sa.Column("try_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_appointments_due", "appointments")
    op.create_index(
        "ix_appointments_due",
        "appointments",
        [sa.text("coalesce(try_at, due_at)"), "id"],
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_appointments_failed", "appointments", ["kind"], postgresql_where=sa.text("state = 'due' and tries > 0")
    )
