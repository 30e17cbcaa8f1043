"""Calls that nobody answered, and for how long a task that was done can be opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("undo_phone", sa.LargeBinary(), nullable=True))
    op.add_column("tasks", sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_tasks_undo_until"), "tasks", ["undo_until"], unique=False)
    op.create_table(
        "call_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_call_tries_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tries")),
    )
    op.create_index(op.f("ix_call_tries_task_id"), "call_tries", ["task_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_call_tries_task_id"), "call_tries")
    op.drop_table("call_tries")
    op.drop_index(op.f("ix_tasks_undo_until"), "tasks")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_column("undo_until")
        batch_op.drop_column("undo_phone")
