"""How Alembic reaches the database: `core.schema` hands it a connection; the tables are core's."""

from alembic import context
from sqlalchemy import text

from core.models import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
)
if connection.dialect.name == "postgresql":
    # A migration that cannot get its lock fails at once instead of stopping all traffic behind it.
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
with context.begin_transaction():
    context.run_migrations()
connection.commit()
