"""The schema: brought to the newest revision in one step, and checked by every program."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from core.database import WRITES, Database, make_sqlite_file, prepare_sqlite
from core.errors import DomainError
from core.settings import Settings

SCRIPTS = Path(__file__).parent.parent / "alembic"
LOCK_NUMBER = 7_310_155  # any constant: PostgreSQL's advisory lock that all starts share


class DatabaseBusy(DomainError):
    """Somebody holds what a migration has to lock; nothing was changed."""

    code = "database_busy"
    status = 503


def migrate(settings: Settings, *, revision: str = "head") -> None:
    """Bring the schema to a revision; of two starts at once the second waits and finds it done.

    Raises:
        DatabaseBusy: another program did not let go of a table in time.
    """
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
    return found == _newest(SCRIPTS)


def sync_url(settings: Settings) -> str:
    """Return the database's URL for a synchronous engine."""
    return settings.sqlalchemy_url.replace("sqlite+aiosqlite", "sqlite")


@cache
def _newest(scripts: Path) -> str | None:
    """Return the revision that this code expects, read once: health checks ask for it."""
    return ScriptDirectory(str(scripts)).get_current_head()


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
            # A table that is made anew is dropped in between, which must not take along the rows
            # that name it; `alembic/env.py` looks that each still has its parent.
            prepare_sqlite(engine, keeps_references=False)
            make_sqlite_file(settings)
            with (settings.data_dir / "migrate.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with engine.execution_options(**{WRITES: True}).connect() as connection:
                    yield connection
        else:
            with engine.connect() as guard, engine.connect() as connection:
                guard.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK_NUMBER})
                yield connection
    except OperationalError as error:
        if not _is_busy(error):
            raise
        raise DatabaseBusy(
            "The database could not be brought up to date: another program holds a table for long. "
            "Nothing was changed; end what runs there, or try again later."
        ) from error
    finally:
        engine.dispose()


def _is_busy(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_BUSY
    return isinstance(error.orig, LockNotAvailable)
