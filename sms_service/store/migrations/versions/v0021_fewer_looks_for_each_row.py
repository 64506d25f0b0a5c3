"""A check-in that comes due is looked up where it counts: rows that are never deleted are not looked for again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("fk_conversations_flow_digest", "conversations", type_="foreignkey")
    op.drop_constraint("fk_conversations_enrolment_id", "conversations", type_="foreignkey")
    op.drop_constraint("fk_outbox_enrolment_id", "outbox", type_="foreignkey")
    op.drop_constraint("uq_outbox_sid", "outbox", type_="unique")
    op.create_index("uq_outbox_sid", "outbox", ["sid"], unique=True, postgresql_where=sa.text("sid is not null"))
