"""Where transactions open: one engine per process, short read or write transactions on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from core.settings import Settings

WRITES = "toolkiln_writes"
BUSY_MILLISECONDS = 30_000


class Database:
    """The engine and the two ways in.

    On SQLite a read begins deferred and a write IMMEDIATE, so that a writer waits its turn at the
    start instead of failing half-way (`busy_timeout`). On PostgreSQL a read is READ ONLY.
    """

    def __init__(self, settings: Settings, *, pool_size: int = 10) -> None:
        if settings.is_sqlite:
            make_sqlite_file(settings)
            self.engine = create_async_engine(settings.sqlalchemy_url, hide_parameters=True)
            prepare_sqlite(self.engine.sync_engine)
            read_options: dict[str, Any] = {}
        else:
            self.engine = create_async_engine(
                settings.sqlalchemy_url,
                hide_parameters=True,
                pool_size=pool_size,
                max_overflow=5,
                pool_pre_ping=True,
            )
            read_options = {"postgresql_readonly": True}
        self._readers = self.engine.execution_options(**read_options)
        self._writers = self.engine.execution_options(**{WRITES: True})

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that cannot write; never hold it across a network call."""
        async with AsyncSession(self._readers, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits at the end, or rolls back when an error passes."""
        async with (
            AsyncSession(self._writers, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def make_sqlite_file(settings: Settings) -> None:
    """Make the database's file for its owner alone; SQLite gives its log the same rights."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = make_url(settings.sqlalchemy_url).database
    if path and not path.startswith((":memory:", "file:")):
        Path(path).touch(mode=0o600)


def prepare_sqlite(engine: Engine, *, keeps_references: bool = True) -> None:
    """Let transactions begin where we say and as we say, and set what each connection needs.

    Args:
        keeps_references: whether foreign keys are enforced at every statement.
    """
    pragmas = (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        f"foreign_keys={'ON' if keeps_references else 'OFF'}",
        "synchronous=NORMAL",
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: `on_begin` decides which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # SQLite's own lowers A to Z alone, and PostgreSQL's all letters.
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
