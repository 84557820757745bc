"""How Alembic reaches the database: `core.schema` hands it a connection; the tables are core's."""

from alembic import context
from sqlalchemy import text

from core.models import metadata

connection = context.config.attributes["connection"]
is_sqlite = connection.dialect.name == "sqlite"


def look_for_lost_parents(**_) -> None:
    """End a migration that leaves a row without its parent; nothing else looks on SQLite."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
    if lost:
        places = sorted({f"{child} without its {parent}" for child, _, parent, _ in lost})
        raise RuntimeError(f"The migration would leave rows of {', '.join(places)}.")


context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=is_sqlite,
    # SQLite can do it, and `core.database` begins its transactions in place of the driver.
    transactional_ddl=True,
    transaction_per_migration=True,
    on_version_apply=look_for_lost_parents,
)
if connection.dialect.name == "postgresql":
    # A migration that cannot get its lock fails at once instead of stopping all traffic behind it.
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
with context.begin_transaction():
    context.run_migrations()
connection.commit()
