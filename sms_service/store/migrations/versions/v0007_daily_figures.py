"""What may be shown of a day, counted once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", postgresql.JSONB(), nullable=False),
        sa.Column("check_ins", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_daily_figures_program_id")),
        sa.PrimaryKeyConstraint("program_id", "day", name=op.f("pk_daily_figures")),
    )
    op.execute("""
        create trigger daily_figures_stay before update or delete on daily_figures
        for each row execute function refuse_change()
    """)
