"""The schema: brought to the newest revision in one step, and checked by every program."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from core.database import Database
from core.settings import Settings

SCRIPTS = Path(__file__).parent.parent / "alembic"
LOCK_NUMBER = 7_310_155  # any constant: PostgreSQL's advisory lock that all starts share


def migrate(settings: Settings, *, revision: str = "head") -> None:
    """Bring the schema to a revision; of two starts at once the second waits and finds it done."""
    with locked_connection(settings) as connection:
        command.upgrade(config_for(connection), revision)


def downgrade(settings: Settings, *, revision: str) -> None:
    """Take the schema back to an older revision."""
    with locked_connection(settings) as connection:
        command.downgrade(config_for(connection), revision)


async def is_current(database: Database) -> bool:
    """Whether the database is at the revision that this code expects."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(_revision)
    return found == ScriptDirectory(str(SCRIPTS)).get_current_head()


def sync_url(settings: Settings) -> str:
    """Return the database's URL for a synchronous engine."""
    return settings.sqlalchemy_url.replace("sqlite+aiosqlite", "sqlite")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def config_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def locked_connection(settings: Settings) -> Iterator[Connection]:
    """Hold a lock over the whole upgrade: a file's on SQLite, the database's on PostgreSQL."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(sync_url(settings), hide_parameters=True)
    try:
        if settings.is_sqlite:
            with (
                (settings.data_dir / "migrate.lock").open("w") as lock,
                engine.connect() as connection,
            ):
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield connection
        else:
            with engine.connect() as guard, engine.connect() as connection:
                guard.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK_NUMBER})
                yield connection
    finally:
        engine.dispose()
