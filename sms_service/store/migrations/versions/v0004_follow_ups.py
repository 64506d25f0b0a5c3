"""Support leads, the calls people are promised, who saw a number, and texts that are emptied at Twilio"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("state in ('open', 'taken')")


def upgrade() -> None:
    op.add_column("messages", sa.Column("redact", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("redact_tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("messages", sa.Column("redact_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("redact", "messages", "redact in ('wanted', 'done', 'given up')")
    op.create_index(
        "ix_messages_redact",
        "messages",
        ["redact", "redact_at"],
        postgresql_where=sa.text("redact in ('wanted', 'given up')"),
    )
    _one_kind_of_role()
    _leads()
    _follow_ups()
    _readings()


def _one_kind_of_role() -> None:
    """Whoever calls people must be nobody who coordinates, administers or audits them, in any program."""
    op.execute("""
        create function refuse_second_kind() returns trigger language plpgsql as $$
        begin
            if exists (
                select from staff_roles where staff_id = new.staff_id and program_id <> new.program_id
                    and (role = 'support_lead') <> (new.role = 'support_lead')
            ) then
                raise exception 'support_lead and another role exclude each other';
            end if;
            return new;
        end $$
    """)
    op.execute("""
        create trigger staff_roles_one_kind before insert or update on staff_roles
        for each row execute function refuse_second_kind()
    """)


def _leads() -> None:
    op.create_table(
        "support_leads",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("shown_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("away", postgresql.JSONB(), nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_support_leads_staff_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_support_leads_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_leads")),
        sa.UniqueConstraint("staff_id", "program_id", name=op.f("uq_support_leads_staff_id_program_id")),
        sa.UniqueConstraint("program_id", "position", name=op.f("uq_support_leads_program_id_position")),
    )


def _follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("cause", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paged_id", sa.UUID(), nullable=True),
        sa.Column("paged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_on", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("handed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.UUID(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'taken', 'closed', 'withdrawn')", name="state"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_follow_ups_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_follow_ups_program_id")),
        sa.ForeignKeyConstraint(["paged_id"], ["staff.id"], name=op.f("fk_follow_ups_paged_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_follow_ups_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index("uq_follow_ups_one_open", "follow_ups", ["enrolment_id"], unique=True, postgresql_where=_UNDER_WAY)
    op.create_index(
        "ix_follow_ups_program_id_promised_by",
        "follow_ups",
        ["program_id", "promised_by"],
        postgresql_where=_UNDER_WAY,
    )


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("participant_id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what in ('number')", name="what"),
        sa.ForeignKeyConstraint(["participant_id"], ["participants.id"], name=op.f("fk_readings_participant_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_readings_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index("ix_readings_participant_id_at", "readings", ["participant_id", "at"])
    op.execute("""
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% is only ever added to', tg_table_name;
        end $$
    """)
    op.execute("""
        create trigger readings_stay before update or delete on readings
        for each row execute function refuse_change()
    """)
