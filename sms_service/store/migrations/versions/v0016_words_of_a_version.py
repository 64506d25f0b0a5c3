"""A version of a program's settings has its keywords and reporting groups"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of the versions that are there nobody knows: putting one back leaves keywords and groups as they are.
    op.add_column("program_versions", sa.Column("words", JSONB(), nullable=True))
