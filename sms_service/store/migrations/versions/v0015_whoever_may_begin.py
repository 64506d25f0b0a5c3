"""An administrator's account that may make its first program"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("may_begin", sa.Boolean(), server_default="false", nullable=False))
