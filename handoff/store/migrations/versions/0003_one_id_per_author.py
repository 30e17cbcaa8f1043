"""The id that a console gives to a text is its writer's own: two colleagues may come by the same one."""

from alembic import op

revision = "0003"
down_revision = "0002"
OLD, NEW = "uq_messages_conversation_id_client_id", "uq_messages_conversation_id_author_client_id"


def upgrade() -> None:
    _replace(OLD, NEW, ["conversation_id", "author", "client_id"])


def downgrade() -> None:
    _replace(NEW, OLD, ["conversation_id", "client_id"])


def _replace(old: str, new: str, columns: list[str]) -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(old, type_="unique")
        batch_op.create_unique_constraint(new, columns)
