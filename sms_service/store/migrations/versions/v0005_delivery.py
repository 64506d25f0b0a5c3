"""What delivery needs to know: holding, lateness, numbers that take no texts, pools, and who rests from the week"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployment", sa.Column("last_purge", sa.DateTime(timezone=True), nullable=True))
    op.add_column("participants", sa.Column("unreachable", sa.Text(), nullable=True))
    op.add_column("participants", sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("unreachable", "participants", "unreachable in ('dead', 'landline')")
    op.add_column("enrolments", sa.Column("faded", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("enrolments", sa.Column("quiet_start", sa.Text(), nullable=True))
    op.add_column("enrolments", sa.Column("quiet_end", sa.Text(), nullable=True))
    op.add_column("appointments", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("programs", sa.Column("planned_version", sa.Integer(), server_default="1", nullable=False))
    # Everybody's next check-in is planned anew, by the holidays and the law that programs follow from now on.
    op.execute("update programs set planned_version = version - 1")
    # In the order of the claim: many fall due in the same minute, and each batch would sort all of them.
    op.drop_index("ix_appointments_due", "appointments")
    op.create_index("ix_appointments_due", "appointments", ["due_at", "id"], postgresql_where=sa.text("state = 'due'"))
    _senders()
    _outbox()


def _senders() -> None:
    op.add_column("senders", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("senders", sa.Column("service_sid", sa.Text(), nullable=True))
    op.create_table(
        "pool_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sender"], ["senders.number"], name=op.f("fk_pool_numbers_sender")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pool_numbers")),
    )


def _outbox() -> None:
    op.add_column("outbox", sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("late_seconds", sa.Integer(), nullable=True))
    op.drop_index("ix_outbox_ready", "outbox")
    for name, columns, where in (
        ("ready", ["sender", "priority", "next_attempt_at"], "state = 'ready'"),
        ("held", ["hold_until"], "state = 'held'"),
        ("unknown", ["next_attempt_at"], "state = 'unknown'"),
        ("on_its_way", ["next_attempt_at"], "state in ('accepted', 'sent')"),
        ("failed", ["settled_at"], "state in ('failed', 'undelivered')"),
    ):
        op.create_index(f"ix_outbox_{name}", "outbox", columns, postgresql_where=sa.text(where))
    op.create_index("ix_message_statuses_at", "message_statuses", ["at"])
