"""Names of workers: each holds a lock on its own for as long as it lives.

A workflow in progress belongs to a worker's name. The lock is the system's (a file's on SQLite, a
session's on PostgreSQL), so it is gone the moment the process is, however it ends. Whoever can take
the lock of another name knows that nobody works under it.
"""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database
from core.errors import DomainError
from core.settings import Settings

# Beside the lock on its name each worker shares this one, whatever it is called, so that workers
# can be counted from everywhere. Any constant that nothing else locks.
WORKERS_NUMBER = 7_310_156
SECONDS_TO_CLAIM = 5
MOST_WORKERS = 200


class NameTaken(DomainError):
    """Another live worker has the name."""

    code = "worker_name_taken"


class NameLost(DomainError):
    """The lock is gone, so another worker may have taken over."""

    code = "worker_name_lost"


class _Lock(Protocol):
    async def is_held(self) -> bool: ...

    async def release(self) -> None: ...


class WorkerName:
    """A name that this process holds."""

    def __init__(self, text: str, lock: _Lock) -> None:
        self.text = text
        self._lock = lock

    async def require(self) -> None:
        """Make sure that the name is still ours.

        Raises:
            NameLost: it may be another's by now, so this process must not go on.
        """
        if not await self._lock.is_held():
            raise NameLost(f"The database let go of the name {self.text}; start this worker again.")

    async def release(self) -> None:
        """Give the name back."""
        await self._lock.release()


@asynccontextmanager
async def claim_name(settings: Settings, database: Database) -> AsyncIterator[WorkerName]:
    """Hold the name of the settings, or the first free one, inside the block.

    Raises:
        NameTaken: a live worker has it.
    """
    wanted = [settings.worker_id] if settings.worker_id else _usual_names()
    # A worker that was just told to stop, under the same name, has a moment to finish.
    for _ in range(SECONDS_TO_CLAIM):
        for text_ in wanted:
            name = await try_name(settings, database, text_)
            if name is not None:
                try:
                    yield name
                finally:
                    await name.release()
                return
        await asyncio.sleep(1)
    raise NameTaken(
        f"Another worker runs as {settings.worker_id}. Give each a WORKER_ID of its own, or none."
    )


async def try_name(settings: Settings, database: Database, name: str) -> WorkerName | None:
    """Take a name if nobody holds it."""
    lock = _take_file(settings, name) if settings.is_sqlite else await _take_session(database, name)
    return WorkerName(name, lock) if lock is not None else None


async def live_workers(database: Database, *, within_seconds: float) -> int:
    """Return how many workers used their lock's session lately, on any machine (PostgreSQL only).

    A worker asks over it again and again whether its name is still its own, so no row has to be
    written as a sign of life, and none is left behind by one that vanishes.
    """
    lately = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted "
        "AND classid = 0 AND objid = :number AND objsubid = 1 AND datname = current_database() "
        "AND clock_timestamp() - state_change < make_interval(secs => :seconds)"
    )
    values = {"number": WORKERS_NUMBER, "seconds": within_seconds}
    async with database.engine.connect() as connection:
        return await connection.scalar(lately, values) or 0


def _usual_names() -> list[str]:
    return [f"worker-{number}" for number in range(1, MOST_WORKERS + 1)]


class _FileLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def is_held(self) -> bool:
        return True  # the system takes it with the process alone

    async def release(self) -> None:
        os.close(self._descriptor)


def _take_file(settings: Settings, name: str) -> _FileLock | None:
    folder = settings.data_dir / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(
        folder / hashlib.sha256(name.encode()).hexdigest()[:16], os.O_CREAT | os.O_RDWR
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return _FileLock(descriptor)


class _SessionLock:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def is_held(self) -> bool:
        """Ask over the session that took the lock: if it answers, the lock is still its own."""
        try:
            await asyncio.wait_for(self._connection.execute(text("SELECT 1")), 10)
        except (SQLAlchemyError, TimeoutError):
            return False
        return True

    async def release(self) -> None:
        await self._connection.invalidate()  # ends the session, and the lock with it
        await self._connection.close()


async def _take_session(database: Database, name: str) -> _SessionLock | None:
    number = int.from_bytes(hashlib.sha256(f"worker {name}".encode()).digest()[:8], signed=True)
    connection = await database.engine.connect()
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number})
    if not taken:
        await connection.close()
        return None
    await connection.execute(text("SELECT pg_advisory_lock_shared(:n)"), {"n": WORKERS_NUMBER})
    return _SessionLock(connection)
