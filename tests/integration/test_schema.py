"""The migrations make exactly the tables that the code speaks of."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from handoff.store.ledger import make_engine
from handoff.store.migrate import migrate
from handoff.store.schema import metadata


def test_a_migrated_database_has_the_tables_of_the_schema_and_no_others(database):
    engine = make_engine(database)
    try:
        migrate(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()
