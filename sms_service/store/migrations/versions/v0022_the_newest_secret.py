"""A process that lacks the newest secret is refused: there is a check of it beside that of the first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployment", sa.Column("newest_check", sa.LargeBinary(), nullable=True))
