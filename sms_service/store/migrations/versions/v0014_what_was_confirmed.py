"""A confirmation hangs on what it was about"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of those that are there nobody knows what they were about: they are open again, and a live program stays live.
    op.add_column("confirmations", sa.Column("facts", JSONB(), server_default="{}", nullable=False))
