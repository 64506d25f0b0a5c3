"""Which program a place to turn belongs to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Those that are there belong to nobody in particular: an administrator changes them.
    op.add_column("own_resources", sa.Column("program_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_own_resources_program_id"), "own_resources", "programs", ["program_id"], ["id"], ondelete="SET NULL"
    )
