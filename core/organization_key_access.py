"""The door to the keys of an organization: for those who manage them, and for who holds one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.models import Membership, Organization, OrganizationKey, User
from core.permissions import Actor, Permission, Role

USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key and who made it, as they stand now; without a role, they are not a member any more."""

    key: OrganizationKey
    maker: User | None
    role: Role | None


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A key that opens the API now, and in which organization and role its maker acts."""

    key: OrganizationKey
    organization: Organization
    role: Role

    def is_due(self, now: datetime) -> bool:
        """Whether a use is to be written down."""
        used = self.key.last_used_at
        return used is None or now - used >= USE_NOTED_EVERY


async def organization_keys_of(session: AsyncSession, actor: Actor) -> Sequence[MadeKey]:
    """Return the keys of the actor's organization, newest first."""
    actor.require(Permission.ORGANIZATION_KEY_MANAGE)
    return await _made(session, actor)


async def organization_key_for(session: AsyncSession, actor: Actor, key_id: UUID) -> MadeKey:
    """Return one key of the actor's organization, locked until the transaction ends.

    Raises:
        NotFound: no such key, or it is another organization's.
        Forbidden: the actor may not manage keys.
    """
    actor.require(Permission.ORGANIZATION_KEY_MANAGE)
    mine = (
        select(OrganizationKey.id)
        .where(
            OrganizationKey.id == key_id,
            OrganizationKey.organization_id == actor.organization_id,
        )
        .with_for_update()
    )
    if (await session.exec(mine)).first() is None:
        raise NotFound("That key does not exist any more.")
    return (await _made(session, actor, key_id))[0]


async def open_key(session: AsyncSession, digest: str, *, now: datetime) -> OpenKey | None:
    """Return what the key of this digest opens: nothing once it or its maker's right has ended."""
    held = (
        select(OrganizationKey, Organization, Membership.role, User)
        .join(Organization, col(Organization.id) == OrganizationKey.organization_id)
        .join(User, col(User.id) == OrganizationKey.created_by)
        .join(
            Membership,
            (col(Membership.user_id) == User.id)
            & (col(Membership.organization_id) == OrganizationKey.organization_id),
        )
        .where(
            OrganizationKey.token_digest == digest,
            col(OrganizationKey.revoked_at).is_(None),
            or_(col(OrganizationKey.expires_at).is_(None), col(OrganizationKey.expires_at) > now),
        )
    )
    found = (await session.exec(held)).first()
    if found is None or found[3].is_banned(now):
        return None
    return OpenKey(found[0], found[1], Role(found[2]))


async def note_key_use(session: AsyncSession, key_id: UUID, *, now: datetime) -> None:
    """Write down that a key is in use; of several at once, the first does."""
    before = now - USE_NOTED_EVERY
    used = update(OrganizationKey).where(
        col(OrganizationKey.id) == key_id,
        or_(
            col(OrganizationKey.last_used_at).is_(None), col(OrganizationKey.last_used_at) <= before
        ),
    )
    await session.exec(used.values(last_used_at=now))


async def maker_of(session: AsyncSession, actor: Actor) -> tuple[User, Organization]:
    """Return the actor's own row and organization, to write to the one about the other."""
    user = await session.get_one(User, actor.user_id)
    return user, await session.get_one(Organization, actor.organization_id)


async def _made(
    session: AsyncSession, actor: Actor, key_id: UUID | None = None
) -> Sequence[MadeKey]:
    mine = (
        select(OrganizationKey, User, Membership.role)
        .join(User, col(User.id) == OrganizationKey.created_by, isouter=True)
        .join(
            Membership,
            (col(Membership.user_id) == OrganizationKey.created_by)
            & (col(Membership.organization_id) == OrganizationKey.organization_id),
            isouter=True,
        )
        .where(OrganizationKey.organization_id == actor.organization_id)
        .order_by(col(OrganizationKey.created_at).desc(), col(OrganizationKey.id))
        .execution_options(populate_existing=True)
    )
    if key_id is not None:
        mine = mine.where(OrganizationKey.id == key_id)
    rows = (await session.exec(mine)).all()
    return [MadeKey(key, user, None if role is None else Role(role)) for key, user, role in rows]
