"""Alembic's entry: the engine is given by `handoff.store.migrate`, or the URL by -x url=…"""

from __future__ import annotations

from alembic import context

from handoff.store.ledger import make_engine
from handoff.store.schema import metadata

engine = context.config.attributes.get("engine") or make_engine(context.get_x_argument(as_dictionary=True)["url"])

with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
    )
    with context.begin_transaction():
        context.run_migrations()
