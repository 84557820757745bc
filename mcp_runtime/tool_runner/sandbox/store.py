"""The key-value store of a server: what its Python tools remember between calls."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.database import Database
from core.models import Server, StoreEntry
from mcp_runtime.tool_runner.calls import StoreQuota, StoreScope
from mcp_runtime.tool_runner.sandbox.client import StoreRefused

KEY = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
MAX_VALUE_BYTES = 256 * 1024
MAX_KEYS_LISTED = 1_000


class Store:
    """The stores of all servers, as rows of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, scope: StoreScope, quota: StoreQuota, request: Mapping[str, Any]) -> Any:
        """Do what a tool asked of its store.

        Args:
            scope: whose part of the store it is.
            quota: how much the store may hold.
            request: `do`, `key`, and `value` or `default`; the tool's own code may have sent it.

        Raises:
            StoreRefused: the request makes no sense, or the store is full.
        """
        key = _key_in(request)
        match request["do"]:
            case "get":
                return await self._get(scope, key, request.get("default"))
            case "set":
                await self._set(scope, quota, key, _value_in(request))
            case "delete":
                await self._delete(scope, key)
            case "keys":
                return await self._keys(scope, key)
            case _:
                raise StoreRefused("The store knows get, set, delete and keys.")
        return None

    async def _get(self, scope: StoreScope, key: str, default: Any) -> Any:
        async with self._database.read() as session:
            entry = await session.get(StoreEntry, _identity(scope, key))
        return default if entry is None else orjson.loads(entry.value)

    async def _keys(self, scope: StoreScope, prefix: str) -> list[str]:
        mine = _of(scope, select(StoreEntry.key)).where(
            col(StoreEntry.key).startswith(prefix, autoescape=True)
        )
        async with self._database.read() as session:
            rows = await session.exec(mine.order_by(col(StoreEntry.key)).limit(MAX_KEYS_LISTED))
            return list(rows)

    async def _set(self, scope: StoreScope, quota: StoreQuota, key: str, value: bytes) -> None:
        async with self._database.write() as session:
            await _hold(session, scope.server_id)
            entry = await session.get(StoreEntry, _identity(scope, key))
            await _require_room(session, scope.server_id, quota, entry, len(value))
            if entry is None:
                entry = StoreEntry(**_columns(scope, key), value=value, updated_at=now_utc())
            entry.value, entry.updated_at = value, now_utc()
            session.add(entry)

    async def _delete(self, scope: StoreScope, key: str) -> None:
        async with self._database.write() as session:
            await session.exec(_of(scope, delete(StoreEntry)).where(col(StoreEntry.key) == key))


async def _hold(session: AsyncSession, server_id: UUID) -> None:
    """Let one after the other count and write, so that two cannot both take the last room."""
    await session.exec(select(Server.id).where(Server.id == server_id).with_for_update())


async def _require_room(
    session: AsyncSession,
    server_id: UUID,
    quota: StoreQuota,
    entry: StoreEntry | None,
    size: int,
) -> None:
    held = select(
        func.count(), func.coalesce(func.sum(func.length(col(StoreEntry.value))), 0)
    ).where(StoreEntry.server_id == server_id)
    keys, taken = (await session.exec(held)).one()
    if entry is None and keys >= quota.keys:
        raise StoreRefused(f"The store has {keys:,} keys, as many as it may. Delete some.")
    before = 0 if entry is None else len(entry.value)
    if size > before and taken - before + size > quota.kib * 1024:
        raise StoreRefused(f"The store may hold {quota.kib:,} KiB, and this would be more.")


def _of(scope: StoreScope, statement: Any) -> Any:
    return statement.where(
        StoreEntry.server_id == scope.server_id,
        StoreEntry.owner == scope.owner,
        StoreEntry.is_draft == scope.is_draft,
    )


def _columns(scope: StoreScope, key: str) -> dict[str, Any]:
    return {
        "server_id": scope.server_id,
        "owner": scope.owner,
        "is_draft": scope.is_draft,
        "key": key,
    }


def _identity(scope: StoreScope, key: str) -> tuple[UUID, str, bool, str]:
    return scope.server_id, scope.owner, scope.is_draft, key


def _key_in(request: Mapping[str, Any]) -> str:
    key = request["key"]
    is_prefix = request["do"] == "keys" and key == ""
    if not isinstance(key, str) or not (is_prefix or KEY.fullmatch(key)):
        raise StoreRefused("A key is text of 1 to 200 characters, without control characters.")
    return key


def _value_in(request: Mapping[str, Any]) -> bytes:
    value = orjson.dumps(request["value"])
    if len(value) > MAX_VALUE_BYTES:
        raise StoreRefused(f"A value may have {MAX_VALUE_BYTES:,} bytes; this has {len(value):,}.")
    return value
