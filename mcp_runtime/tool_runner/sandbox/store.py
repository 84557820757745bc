"""The key-value store of a server: what its Python tools remember between calls."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.database import Database
from core.models import Server, StoreEntry, StoreUsage
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
            usage = await _held_usage(session, scope.server_id)
            entry = await session.get(StoreEntry, _identity(scope, key))
            is_new = entry is None
            if entry is None:
                entry = StoreEntry(**_columns(scope, key), value=b"", updated_at=now_utc())
                usage.keys += 1
            usage.value_bytes += len(value) - len(entry.value)
            _require_room(usage, quota, is_new=is_new, is_growing=len(value) > len(entry.value))
            entry.value, entry.updated_at = value, now_utc()
            session.add_all([entry, usage])

    async def _delete(self, scope: StoreScope, key: str) -> None:
        async with self._database.write() as session:
            usage = await _held_usage(session, scope.server_id)
            entry = await session.get(StoreEntry, _identity(scope, key))
            if entry is not None:
                usage.keys -= 1
                usage.value_bytes -= len(entry.value)
                await session.delete(entry)
                session.add(usage)


async def _held_usage(session: AsyncSession, server_id: UUID) -> StoreUsage:
    """Return what a store holds, locked: who counts and writes does so one after the other."""
    held = select(Server.id).where(Server.id == server_id).with_for_update(key_share=True)
    await session.exec(held)
    return await session.get(StoreUsage, server_id) or StoreUsage(server_id=server_id)


def _require_room(usage: StoreUsage, quota: StoreQuota, *, is_new: bool, is_growing: bool) -> None:
    """Refuse what would be too much; a store that is too full may still shrink."""
    if is_new and usage.keys > quota.keys:
        raise StoreRefused(f"The store has {quota.keys:,} keys, as many as it may. Delete some.")
    if is_growing and usage.value_bytes > quota.kib * 1024:
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
