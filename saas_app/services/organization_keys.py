"""Keys of an organization: they open the REST API as whoever made them, within their scopes.

A key is never good for more than its maker's role was when it was made, nor for more than that role
is now; when the maker leaves the organization or is banned, it opens nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_act
from core.errors import Conflict, Invalid, LimitReached
from core.logs import log
from core.models import OrganizationKey
from core.organization_key_access import (
    MadeKey,
    maker_of,
    organization_key_for,
    organization_keys_of,
)
from core.permissions import Actor, Permission
from core.tokens import ORGANIZATION_KEY_PREFIX, digest_of, new_token, shown_part
from saas_app.services.key_scopes import beyond, checked_scopes
from saas_app.services.keys import LIFETIMES_DAYS, MAX_NAME
from saas_app.services.letters import Letters, as_day, as_moment

MAX_ACTIVE_KEYS = 50
OVERLAP = timedelta(hours=24)


class KeyStatus(StrEnum):
    """Whether a key still opens anything; `stopped`: its maker is gone, `rotated`: in overlap."""

    ACTIVE = "active"
    ROTATED = "rotated"
    STOPPED = "stopped"
    EXPIRED = "expired"
    REVOKED = "revoked"


OPENING = frozenset({KeyStatus.ACTIVE, KeyStatus.ROTATED})


@dataclass(frozen=True, slots=True)
class KeySummary:
    """A key as those who manage it see it: never the key itself.

    `idle_scopes` are those that its maker's role does not allow any more.
    """

    id: UUID
    name: str
    shown_part: str
    scopes: tuple[str, ...]
    idle_scopes: tuple[str, ...]
    status: KeyStatus
    maker: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when it can be read."""

    token: str
    summary: KeySummary


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What a person decided about a key; `lifetime` is one of `keys.LIFETIMES_DAYS`."""

    name: str
    scopes: Collection[str]
    lifetime: str


async def create_organization_key(
    session: AsyncSession, actor: Actor, wanted: WantedKey, *, letters: Letters, now: datetime
) -> NewKey:
    """Make a key that acts as the actor.

    Raises:
        Forbidden: the actor may not manage keys.
        NotFresh: the actor has not proved lately who they are.
        Invalid: the name, the scopes or the lifetime cannot be used; the field is told.
        LimitReached: the organization has too many active keys.
    """
    actor.require(Permission.ORGANIZATION_KEY_MANAGE)
    name = _checked_name(wanted.name)
    scopes = checked_scopes(wanted.scopes, actor.role)
    if wanted.lifetime not in LIFETIMES_DAYS:
        raise Invalid("Choose how long the key lives.", field="lifetime")
    actor.require_fresh()
    await _require_room(session, actor, now=now)
    days = LIFETIMES_DAYS[wanted.lifetime]
    lifetime = None if days is None else timedelta(days=days)
    key, token = _new_key(actor, name, scopes, lifetime=lifetime, now=now)
    session.add(key)
    record_act(
        session, actor, "organization_key.created", subject=key.id, now=now,
        name=name, scopes=scopes, expires_at=_moment(key.expires_at),
    )  # fmt: skip
    return NewKey(token, await _announced(session, actor, key, letters, now=now))


async def list_organization_keys(
    session: AsyncSession, actor: Actor, *, now: datetime
) -> Sequence[KeySummary]:
    """Return the organization's keys, those that still open something first, then newest first."""
    keys = [_summary(made, now) for made in await organization_keys_of(session, actor)]
    return sorted(keys, key=lambda key: key.status not in OPENING)


async def rotate_organization_key(
    session: AsyncSession, actor: Actor, key_id: UUID, *, letters: Letters, now: datetime
) -> NewKey:
    """Make a key like another one, which stays good for the overlap.

    The new key acts as the actor: so a key whose maker is gone is taken over.

    Raises:
        Forbidden: the actor may not manage keys.
        NotFresh: the actor has not proved lately who they are.
        Conflict: the key has ended, or was rotated already.
    """
    actor.require(Permission.ORGANIZATION_KEY_MANAGE)
    actor.require_fresh()
    made = await organization_key_for(session, actor, key_id)
    old = made.key
    status = _status(made, now)
    if status is KeyStatus.ROTATED or old.replaced_by is not None:
        raise Conflict("That key was rotated already. Rotate the one that replaced it.")
    if status in (KeyStatus.EXPIRED, KeyStatus.REVOKED):
        raise Conflict("That key has ended. Make a new one.")
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    scopes = checked_scopes(old.scopes, actor.role)
    key, token = _new_key(actor, old.name, scopes, lifetime=lifetime, now=now)
    session.add(key)
    end = now + OVERLAP
    old.expires_at = end if old.expires_at is None else min(end, old.expires_at)
    old.replaced_by = key.id
    session.add(old)
    record_act(
        session, actor, "organization_key.rotated", subject=old.id, now=now,
        name=old.name, replaced_by=str(key.id), old_ends_at=_moment(old.expires_at),
    )  # fmt: skip
    return NewKey(token, await _announced(session, actor, key, letters, now=now))


async def revoke_organization_key(
    session: AsyncSession, actor: Actor, key_id: UUID, *, now: datetime
) -> None:
    """End a key; the next request with it is refused.

    Raises:
        Conflict: it is revoked already.
    """
    key = (await organization_key_for(session, actor, key_id)).key
    if key.revoked_at is not None:
        raise Conflict("That key is revoked already.")
    key.revoked_at = now
    session.add(key)
    record_act(session, actor, "organization_key.revoked", subject=key.id, now=now, name=key.name)
    log.info("organization_key.revoked", key_id=str(key.id))


def _new_key(
    actor: Actor, name: str, scopes: list[str], *, lifetime: timedelta | None, now: datetime
) -> tuple[OrganizationKey, str]:
    token = new_token(ORGANIZATION_KEY_PREFIX)
    key = OrganizationKey(
        organization_id=actor.organization_id,
        name=name,
        scopes=scopes,
        shown_part=shown_part(token),
        token_digest=digest_of(token),
        created_by=actor.user_id,
        expires_at=None if lifetime is None else now + lifetime,
        created_at=now,
    )
    return key, token


async def _require_room(session: AsyncSession, actor: Actor, *, now: datetime) -> None:
    keys = await organization_keys_of(session, actor)
    if sum(_status(made, now) in OPENING for made in keys) >= MAX_ACTIVE_KEYS:
        raise LimitReached(
            f"An organization has at most {MAX_ACTIVE_KEYS} active keys. Revoke one first."
        )


async def _announced(
    session: AsyncSession,
    actor: Actor,
    key: OrganizationKey,
    letters: Letters,
    *,
    now: datetime,
) -> KeySummary:
    """Tell the maker by mail, and return the key for the list."""
    log.info("organization_key.created", key_id=str(key.id))
    maker, organization = await maker_of(session, actor)
    await letters.send(
        session, "key_created", maker, now=now,
        key=key.name, organization=organization.name, scopes=", ".join(key.scopes),
        expires=_day(key.expires_at), when=as_moment(now),
        link=letters.link(f"/o/{organization.slug}/api-keys"),
    )  # fmt: skip
    return _summary(MadeKey(key, maker, actor.role), now)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Name the key after the program that will use it.", field="name")
    if any(ord(one) < ord(" ") for one in name):
        raise Invalid("A name is one line of plain text.", field="name")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", field="name")
    return name


def _status(made: MadeKey, now: datetime) -> KeyStatus:
    key = made.key
    if key.revoked_at is not None:
        return KeyStatus.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return KeyStatus.EXPIRED
    if made.maker is None or made.role is None or made.maker.is_banned(now):
        return KeyStatus.STOPPED
    return KeyStatus.ACTIVE if key.replaced_by is None else KeyStatus.ROTATED


def _summary(made: MadeKey, now: datetime) -> KeySummary:
    key, role = made.key, made.role
    return KeySummary(
        id=key.id,
        name=key.name,
        shown_part=key.shown_part,
        scopes=tuple(key.scopes),
        idle_scopes=() if role is None else tuple(beyond(key.scopes, role)),
        status=_status(made, now),
        maker="" if made.maker is None else made.maker.name,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _day(moment: datetime | None) -> str:
    return "" if moment is None else as_day(moment)
