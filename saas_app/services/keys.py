"""Static keys of a server: made once, shown once, kept as a digest, revoked at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import keys_of, row_for, server_for
from core.audit import record_act
from core.errors import Conflict, Invalid, LimitReached
from core.generation import announce_change
from core.logs import log
from core.models import ServerKey
from core.permissions import Actor, Permission
from core.tokens import KEY_PREFIX, digest_of, new_token, shown_part

LIFETIMES_DAYS: dict[str, int | None] = {"7": 7, "30": 30, "90": 90, "365": 365, "never": None}
MAX_ACTIVE_KEYS = 50
MAX_NAME = 80


class KeyStatus(StrEnum):
    """Whether a key still opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KeySummary:
    """A key as its owners see it: never the key itself."""

    id: UUID
    name: str
    shown_part: str
    status: KeyStatus
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when it can be read."""

    token: str
    summary: KeySummary


async def create_key(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    name: str,
    lifetime: str,
    now: datetime,
) -> NewKey:
    """Make a key for one server; `lifetime` is one of `LIFETIMES_DAYS`.

    Raises:
        Invalid: the name or the lifetime cannot be used.
        LimitReached: the server has too many active keys.
        NotFresh: a person has not proved lately who they are; the key outlives their session.
    """
    server = await server_for(session, actor, server_id, to=Permission.KEY_MANAGE)
    actor.require_fresh_or_key()
    name = _checked_name(name)
    if lifetime not in LIFETIMES_DAYS:
        raise Invalid("Choose how long the key lives.", field="lifetime")
    active = [k for k in await keys_of(session, server) if _status(k, now) is KeyStatus.ACTIVE]
    if len(active) >= MAX_ACTIVE_KEYS:
        raise LimitReached(f"A server has at most {MAX_ACTIVE_KEYS} active keys. Revoke one first.")
    days, token = LIFETIMES_DAYS[lifetime], new_token(KEY_PREFIX)
    key = ServerKey(
        server_id=server.id,
        name=name,
        shown_part=shown_part(token),
        token_digest=digest_of(token),
        created_by=actor.user_id,
        expires_at=now + timedelta(days=days) if days is not None else None,
        created_at=now,
    )
    session.add(key)
    await announce_change(session, server)
    record_act(session, actor, "key.created", subject=server.id, now=now, key=str(key.id))
    log.info("key.created", server_id=str(server.id), key_id=str(key.id))
    return NewKey(token, _summary(key, now))


async def list_keys(
    session: AsyncSession, actor: Actor, server_id: UUID, *, now: datetime
) -> Sequence[KeySummary]:
    """Return the server's keys, those that still open it first, then newest first."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    keys = [_summary(key, now) for key in await keys_of(session, server)]
    return sorted(keys, key=lambda key: key.status is not KeyStatus.ACTIVE)


async def revoke_key(
    session: AsyncSession, actor: Actor, server_id: UUID, key_id: UUID, *, now: datetime
) -> None:
    """End a key; clients that use it are refused within a second.

    Raises:
        Conflict: it is revoked already.
    """
    server = await server_for(session, actor, server_id, to=Permission.KEY_MANAGE)
    key = await row_for(session, server, ServerKey, key_id)
    if key.revoked_at is not None:
        raise Conflict("That key is revoked already.")
    key.revoked_at = now
    session.add(key)
    await announce_change(session, server)
    record_act(session, actor, "key.revoked", subject=server.id, now=now, key=str(key.id))
    log.info("key.revoked", server_id=str(server.id), key_id=str(key.id))


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Name the key after the place that will use it.", field="name")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", field="name")
    return name


def _status(key: ServerKey, now: datetime) -> KeyStatus:
    if key.revoked_at is not None:
        return KeyStatus.REVOKED
    is_expired = key.expires_at is not None and key.expires_at <= now
    return KeyStatus.EXPIRED if is_expired else KeyStatus.ACTIVE


def _summary(key: ServerKey, now: datetime) -> KeySummary:
    return KeySummary(
        id=key.id,
        name=key.name,
        shown_part=key.shown_part,
        status=_status(key, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
