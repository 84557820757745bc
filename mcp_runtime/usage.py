"""Writes what was called into the database: in batches, beside the calls, none lost at the end."""

import asyncio
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import col, select

from core.database import Database
from core.logs import log
from core.models import Call, CallerKind, CallStatus, Server
from mcp_runtime.ticking import Ticker

BATCH = 500
EVERY_SECONDS = 0.5
MAX_WAITING = 50_000
# What a row can be to blame for. Anything else (no connection, no table, no right to write) stands
# against all rows alike, and they wait until it is over.
FAULTS_OF_A_ROW = (DataError, IntegrityError)


class CallRow(TypedDict):
    """The columns of a `Call`. Making the model itself would be a good part of a call's cost."""

    id: UUID
    server_id: UUID
    version_number: int | None
    tool_name: str
    caller_kind: CallerKind
    caller: str
    client: str
    status: CallStatus
    error_code: str
    upstream_status: int | None
    duration_ms: float
    started_at: datetime


class Usage:
    """Collects calls and writes them in batches.

    While the database is away they wait, up to a bound; past it the oldest are dropped, and the
    log says how many.
    """

    def __init__(
        self,
        database: Database,
        *,
        every_seconds: float = EVERY_SECONDS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._database = database
        self._max_waiting = max_waiting
        self._waiting: list[CallRow] = []
        self._lock = asyncio.Lock()
        self._writer = Ticker(self.flush, every_seconds=every_seconds)

    def start(self) -> None:
        """Write from now on."""
        self._writer.start("usage writer")

    async def stop(self) -> None:
        """Write what is left, then stop."""
        await self._writer.stop()
        await self.flush()

    def record(self, call: CallRow) -> None:
        """Take in a call; never waits."""
        self._waiting.append(call)
        if len(self._waiting) > self._max_waiting:
            dropped = len(self._waiting) - self._max_waiting // 2
            del self._waiting[:dropped]
            log.error("usage.dropped", calls=dropped)

    async def flush(self) -> None:
        """Write all calls that wait; what cannot be written now waits on."""
        async with self._lock:
            while self._waiting:
                batch = self._waiting[:BATCH]
                del self._waiting[:BATCH]
                try:
                    await self._write(batch)
                except Exception as error:  # noqa: BLE001 - the writer must outlive any failure
                    self._waiting[:0] = batch
                    log.opt(exception=error).error("usage.write_failed", calls=len(batch))
                    return

    async def _write(self, batch: list[CallRow]) -> None:
        try:
            await self._insert(batch)
        except FAULTS_OF_A_ROW:
            # A server was deleted for good between its call and now: keep the calls of the others.
            ids = {call["server_id"] for call in batch}
            async with self._database.read() as session:
                kept = set(await session.exec(select(Server.id).where(col(Server.id).in_(ids))))
            await self._sift([call for call in batch if call["server_id"] in kept])

    async def _sift(self, batch: list[CallRow]) -> None:
        """Write a batch; what the database refuses of it is halved until it stands alone."""
        try:
            await self._insert(batch)
        except FAULTS_OF_A_ROW as error:
            if len(batch) == 1:
                server_id = str(batch[0]["server_id"])
                log.opt(exception=error).error("usage.row_dropped", server_id=server_id)
                return
            middle = len(batch) // 2
            await self._sift(batch[:middle])
            await self._sift(batch[middle:])

    async def _insert(self, batch: list[CallRow]) -> None:
        if not batch:
            return
        async with self._database.write() as session:
            connection = await session.connection()
            await connection.execute(insert(Call), batch)
