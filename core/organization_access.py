"""The door to who belongs to an organization, and to what of it goes with whom.

Whoever changes that holds the organization first: the last owner and the plan's last place are
decided by one at a time. Locks are taken in one order: organizations by id, users, servers by id,
the counter of generations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from core.errors import NotFound
from core.models import Grant, Membership, Organization, Server, User
from core.permissions import Actor, Permission, Role
from core.search import holds_words

Which = UUID | Mapped[UUID]  # one organization, or that of the query around

GONE = "That organization does not exist, or you are not in it."


@dataclass(frozen=True, slots=True)
class Member:
    """A member as a list shows them."""

    user_id: UUID
    name: str
    email: str
    avatar_key: str
    role: Role
    since: datetime


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organization that a user is in, and how much depends on them.

    `others` counts the other members, `other_owners` those of them who are owners and stay.
    """

    organization: Organization
    role: Role
    others: int
    other_owners: int
    servers: int


async def organization_of(session: AsyncSession, actor: Actor) -> Organization:
    """Return the actor's organization."""
    return await session.get_one(Organization, actor.organization_id)


async def hold_organization(session: AsyncSession, actor: Actor) -> tuple[Organization, Actor]:
    """Lock the actor's organization until the transaction ends, and return both as they are now.

    The role may have changed while the lock was waited for. Rows that refer to the organization may
    still be written meanwhile (PostgreSQL: FOR NO KEY UPDATE); SQLite locks as it begins to write.

    Raises:
        NotFound: the actor is not in it any more.
    """
    organization = await hold_organization_by_id(session, actor.organization_id)
    mine = select(Membership.role).where(
        Membership.organization_id == actor.organization_id, Membership.user_id == actor.user_id
    )
    role = (await session.exec(mine)).first()
    if role is None:
        raise NotFound(GONE)
    return organization, replace(actor, role=role)


async def hold_organization_by_id(session: AsyncSession, organization_id: UUID) -> Organization:
    """Lock an organization for somebody who is not in it yet, or for the clean-up.

    Raises:
        NotFound: it is gone.
    """
    held = (
        select(Organization)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    organization = (await session.exec(held)).first()
    if organization is None:
        raise NotFound(GONE)
    return organization


async def hold_user(session: AsyncSession, user_id: UUID) -> User:
    """Lock a user, behind the organizations that are locked with them, and return them as they are.

    Raises:
        NotFound: they are gone.
    """
    held = (
        select(User)
        .where(User.id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    user = (await session.exec(held)).first()
    if user is None:
        raise NotFound("That account does not exist any more.")
    return user


async def slug_is_taken(session: AsyncSession, slug: str) -> bool:
    """Whether an organization has the address."""
    return (
        await session.exec(select(Organization.id).where(Organization.slug == slug))
    ).first() is not None


async def belongings_of(
    session: AsyncSession, user_id: UUID, *, now: datetime
) -> Sequence[Belonging]:
    """Return the organizations that a user is in, by id: the order in which they are locked."""
    own = aliased(Membership)  # the counts ask for the memberships of all
    shown: Any = (
        Organization,
        own.role,
        _members_in(col(Organization.id)).scalar_subquery(),
        _owners_in(col(Organization.id), but=user_id, now=now).scalar_subquery(),
        _servers_in(col(Organization.id)).scalar_subquery(),
    )
    mine = (
        select(*shown)
        .join(own, col(own.organization_id) == Organization.id)
        .where(own.user_id == user_id)
        .order_by(col(Organization.id))
        .execution_options(populate_existing=True)
    )
    return [
        Belonging(organization, Role(role), members - 1, owners, servers)
        for organization, role, members, owners, servers in (await session.exec(mine)).all()
    ]


async def organization_ids_of(session: AsyncSession, user_id: UUID) -> Sequence[UUID]:
    """Return the ids of the organizations that a user is in, in the order of locking."""
    mine = select(Membership.organization_id).where(Membership.user_id == user_id)
    return (await session.exec(mine.order_by(col(Membership.organization_id)))).all()


async def count_owned(session: AsyncSession, user_id: UUID) -> int:
    """Return how many organizations a user owns, alone or with others."""
    mine = select(func.count()).where(Membership.user_id == user_id, Membership.role == Role.OWNER)
    return (await session.exec(mine)).one()


async def membership_for(session: AsyncSession, actor: Actor, user_id: UUID) -> Membership:
    """Return the membership of somebody in the actor's organization.

    Raises:
        NotFound: they are not in it (any more).
    """
    theirs = (
        select(Membership)
        .where(Membership.organization_id == actor.organization_id, Membership.user_id == user_id)
        .execution_options(populate_existing=True)
    )
    membership = (await session.exec(theirs)).first()
    if membership is None:
        raise NotFound("That person is not in this organization any more.")
    return membership


async def members_of(
    session: AsyncSession, actor: Actor, *, search: str = "", limit: int, offset: int = 0
) -> tuple[Sequence[Member], int]:
    """Return some members by name, and how many there are in all that match."""
    actor.require(Permission.MEMBER_VIEW)
    matching = _members(actor.organization_id, search)
    total = (await session.exec(select(func.count()).select_from(matching.subquery()))).one()
    rows = await session.exec(
        matching.order_by(func.lower(User.name), col(User.id)).limit(limit).offset(offset)
    )
    return [Member(*row) for row in rows.all()], total


async def member_for(session: AsyncSession, actor: Actor, user_id: UUID) -> Member:
    """Return a member of the actor's organization as a list shows them.

    Raises:
        NotFound: they are not in it (any more).
    """
    theirs = _members(actor.organization_id, "").where(Membership.user_id == user_id)
    row = (await session.exec(theirs)).first()
    if row is None:
        raise NotFound("That person is not in this organization any more.")
    return Member(*row)


async def members_behind(
    session: AsyncSession, actor: Actor, *, place: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Member]:
    """Return members in the order in which they joined, from behind a moment and user on."""
    actor.require(Permission.MEMBER_VIEW)
    members = _members(actor.organization_id, "")
    if place is not None:
        since, user_id = place
        joined = col(Membership.created_at)
        members = members.where(
            or_(joined > since, and_(joined == since, col(Membership.user_id) > user_id))
        )
    ordered = members.order_by(col(Membership.created_at), col(Membership.user_id))
    return [Member(*row) for row in (await session.exec(ordered.limit(limit))).all()]


async def owners_of(session: AsyncSession, organization_id: UUID) -> Sequence[User]:
    """Return the owners, to write to."""
    owners = (
        select(User)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.organization_id == organization_id, Membership.role == Role.OWNER)
        .order_by(col(User.id))
    )
    return (await session.exec(owners)).all()


async def is_member(session: AsyncSession, organization_id: UUID, user_id: UUID) -> bool:
    """Whether the user is in the organization."""
    theirs = select(Membership.id).where(
        Membership.organization_id == organization_id, Membership.user_id == user_id
    )
    return (await session.exec(theirs)).first() is not None


async def member_addresses(session: AsyncSession, organization_id: UUID) -> set[str]:
    """Return the normalized addresses of all members, to tell who is in already."""
    theirs = (
        select(User.email_normalized)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.organization_id == organization_id)
    )
    return set((await session.exec(theirs)).all())


async def count_members(session: AsyncSession, organization_id: UUID) -> int:
    """Return how many people are in an organization."""
    return (await session.exec(_members_in(organization_id))).one()


async def count_owners(
    session: AsyncSession, organization_id: UUID, *, but: UUID, now: datetime
) -> int:
    """Return how many owners besides one are there to act: not banned, and not about to go."""
    return (await session.exec(_owners_in(organization_id, but=but, now=now))).one()


async def count_servers(session: AsyncSession, organization_id: UUID) -> int:
    """Return how many servers an organization has."""
    return (await session.exec(_servers_in(organization_id))).one()


async def hold_servers(session: AsyncSession, organization_id: UUID) -> Sequence[Server]:
    """Lock an organization's servers, to announce a change of all of them.

    Servers are locked before the counter, as publishing does, so that neither waits for the other.
    """
    theirs = (
        select(Server)
        .where(Server.organization_id == organization_id, col(Server.deleted_at).is_(None))
        .order_by(col(Server.id))
        .with_for_update(key_share=True)
    )
    return (await session.exec(theirs)).all()


async def hold_granted_servers(
    session: AsyncSession, organization_id: UUID, user_id: UUID
) -> Sequence[tuple[Server, Grant]]:
    """Lock the servers that a user has let clients into, and return each with its grant."""
    theirs = (
        select(Server, Grant)
        .join(Grant, col(Grant.server_id) == Server.id)
        .where(
            Server.organization_id == organization_id,
            Grant.user_id == user_id,
            col(Grant.revoked_at).is_(None),
        )
        .order_by(col(Server.id), col(Grant.id))
        .with_for_update(key_share=True, of=Server)
    )
    return (await session.exec(theirs)).all()


async def hold_servers_connected_by(session: AsyncSession, user_id: UUID) -> Sequence[Server]:
    """Lock the servers, of whatever organization, that a user has let clients into."""
    granted = select(Grant.server_id).where(
        Grant.user_id == user_id, col(Grant.revoked_at).is_(None)
    )
    theirs = (
        select(Server)
        .where(col(Server.id).in_(granted))
        .order_by(col(Server.id))
        .with_for_update(key_share=True)
    )
    return (await session.exec(theirs)).all()


def _members_in(organization_id: Which) -> SelectOfScalar[int]:
    return select(func.count()).where(col(Membership.organization_id) == organization_id)


def _owners_in(organization_id: Which, *, but: UUID, now: datetime) -> SelectOfScalar[int]:
    return (
        select(func.count())
        .select_from(Membership)
        .join(User, col(User.id) == Membership.user_id)
        .where(
            col(Membership.organization_id) == organization_id,
            Membership.role == Role.OWNER,
            Membership.user_id != but,
            col(User.delete_at).is_(None),
            or_(col(User.banned_at).is_(None), col(User.ban_ends_at) <= now),
        )
    )


def _servers_in(organization_id: Which) -> SelectOfScalar[int]:
    return select(func.count()).where(
        col(Server.organization_id) == organization_id, col(Server.deleted_at).is_(None)
    )


def _members(organization_id: UUID, search: str):
    shown = (
        User.id, User.name, User.email, User.avatar_key, Membership.role, Membership.created_at,
    )  # fmt: skip
    return (
        select(*shown)  # pyright: ignore[reportCallIssue] - typed for four columns at most
        .join(Membership, col(Membership.user_id) == User.id)
        .where(
            Membership.organization_id == organization_id,
            *holds_words(search, User.name, User.email),
        )
    )
