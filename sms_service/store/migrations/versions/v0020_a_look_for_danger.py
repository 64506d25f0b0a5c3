"""Before each text of ours that nobody asked for, it is looked up whether its person was in danger since"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_outbox_crisis",
        "outbox",
        ["participant_id", "created_at"],
        postgresql_where=sa.text("priority = 0"),
    )
