"""The door of the product's own admins, who see across all organizations.

Whoever asks holds an `Admin`, and nothing but `admin_of` makes one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.models import (
    AuditEntry,
    Call,
    CallerKind,
    CallStatus,
    Invitation,
    Membership,
    Organization,
    OrganizationKey,
    Server,
    ServerKey,
    User,
)
from core.permissions import Origin, Role, require_fresh
from core.sessions import SignedIn

NOWHERE = "There is nothing at this address."


@dataclass(frozen=True, slots=True)
class Admin:
    """An admin of the product at work, in their own name."""

    user_id: UUID
    origin: Origin

    def require_fresh(self) -> None:
        """Refuse an act unless the admin has proved lately who they are.

        Raises:
            NotFresh: they have not.
        """
        require_fresh(self.origin)


def admin_of(holder: SignedIn | None, origin: Origin) -> Admin:
    """Return the admin who holds a session.

    Raises:
        NotFound: there is none: others do not learn that there is anything to be an admin of.
    """
    if holder is None or not holder.is_admin or origin.impersonator_id is not None:
        raise NotFound(NOWHERE)
    return Admin(holder.user_id, origin)


@dataclass(frozen=True, slots=True)
class Place:
    """An organization that a user is in."""

    id: UUID
    slug: str
    name: str
    role: Role
    since: datetime


async def places_of(session: AsyncSession, admin: Admin, user_id: UUID) -> Sequence[Place]:
    """Return the organizations that a user is in, by name."""
    del admin  # to hold one is the right
    theirs: Any = (
        Organization.id,
        Organization.slug,
        Organization.name,
        Membership.role,
        Membership.created_at,
    )
    found = (
        select(*theirs)
        .join(Membership, col(Membership.organization_id) == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(func.lower(Organization.name), col(Organization.id))
    )
    return [Place(*row) for row in (await session.exec(found)).all()]


async def count_places(
    session: AsyncSession, admin: Admin, user_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Return how many organizations each of these users is in."""
    del admin
    counted = (
        select(Membership.user_id, func.count())
        .where(col(Membership.user_id).in_(user_ids))
        .group_by(col(Membership.user_id))
    )
    return {row[0]: row[1] for row in (await session.exec(counted)).all()}


@dataclass(frozen=True, slots=True)
class Person:
    """A member of an organization, as an admin sees them."""

    user_id: UUID
    name: str
    email: str
    role: Role
    since: datetime


async def people_of(
    session: AsyncSession, admin: Admin, organization_id: UUID, *, limit: int
) -> Sequence[Person]:
    """Return members of an organization, owners first."""
    del admin
    shown: Any = (User.id, User.name, User.email, Membership.role, Membership.created_at)
    rank = case({role.value: place for place, role in enumerate(Role)}, value=Membership.role)
    found = (
        select(*shown)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.organization_id == organization_id)
        .order_by(rank, func.lower(User.name), col(User.id))
        .limit(limit)
    )
    return [Person(*row) for row in (await session.exec(found)).all()]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is in an organization."""

    members: int = 0
    invitations: int = 0
    servers: int = 0


async def sizes_of(
    session: AsyncSession, admin: Admin, organization_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, Sizes]:
    """Return members, open invitations and servers of each of these organizations."""
    del admin
    is_open = and_(
        col(Invitation.accepted_at).is_(None),
        col(Invitation.declined_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    counted: Any = (
        Organization.id,
        members_count(),
        _count(Invitation, is_open),
        _count(Server, col(Server.deleted_at).is_(None)),
    )
    found = select(*counted).where(col(Organization.id).in_(organization_ids))
    return {row[0]: Sizes(*row[1:]) for row in (await session.exec(found)).all()}


def members_count() -> Any:
    """Return how many members the organization of the query around it has, to sort by."""
    return _count(Membership)


async def servers_seen(
    session: AsyncSession, admin: Admin, organization_id: UUID
) -> Sequence[Server]:
    """Return an organization's servers, newest first; what is in them stays its own."""
    del admin
    found = (
        select(Server)
        .where(Server.organization_id == organization_id, col(Server.deleted_at).is_(None))
        .order_by(col(Server.created_at).desc(), col(Server.id))
    )
    return (await session.exec(found)).all()


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """Clients' calls of one day (UTC), and how many of them failed."""

    day: date
    calls: int
    errors: int


async def calls_per_day(
    session: AsyncSession, admin: Admin, organization_id: UUID, *, since: datetime, days: int
) -> Sequence[DayOfCalls]:
    """Return how many calls clients made on each day, the oldest first.

    Counted day by day, since the two databases cut time in different ways.
    """
    del admin
    starts = [since + timedelta(days=day) for day in range(days)]
    within = [
        and_(col(Call.started_at) >= start, col(Call.started_at) < start + timedelta(days=1))
        for start in starts
    ]
    failed = col(Call.status) != CallStatus.OK
    counts = [func.count(case((one, 1))) for one in within]
    errors = [func.count(case((and_(one, failed), 1))) for one in within]
    counted: Any = (*counts, *errors)
    theirs = (
        select(*counted)
        .select_from(Call)
        .join(Server, col(Server.id) == Call.server_id)
        .where(
            Server.organization_id == organization_id,
            Call.started_at >= since,
            Call.caller_kind != CallerKind.DRAFT,
        )
    )
    row = tuple((await session.exec(theirs)).one())
    return [
        DayOfCalls(start.date(), row[number], row[days + number])
        for number, start in enumerate(starts)
    ]


async def acts_around(
    session: AsyncSession, admin: Admin, user_id: UUID, *, limit: int
) -> Sequence[AuditEntry]:
    """Return what a user did, and what was done to them or in their name, newest first."""
    del admin
    theirs = select(AuditEntry).where(
        or_(
            AuditEntry.user_id == user_id,
            AuditEntry.acting_as_id == user_id,
            and_(col(AuditEntry.organization_id).is_(None), AuditEntry.subject == str(user_id)),
        )
    )
    newest = theirs.order_by(col(AuditEntry.created_at).desc(), col(AuditEntry.id).desc())
    return (await session.exec(newest.limit(limit))).all()


async def admin_acts(
    session: AsyncSession, admin: Admin, *, by: UUID | None, limit: int, offset: int
) -> Sequence[AuditEntry]:
    """Return what admins did as admins, newest first; `by` narrows to one of them.

    Such entries belong to no organization. What an admin did in somebody's name within one is
    among them when it is asked for one admin alone, by whom entries can be found.
    """
    del admin
    if by is None:
        found = select(AuditEntry).where(_is_an_admins())
    else:
        in_a_name = col(AuditEntry.acting_as_id).is_not(None)
        found = select(AuditEntry).where(AuditEntry.user_id == by, or_(_is_an_admins(), in_a_name))
    newest = found.order_by(col(AuditEntry.created_at).desc(), col(AuditEntry.id).desc())
    return (await session.exec(newest.limit(limit).offset(offset))).all()


async def admins_seen(session: AsyncSession, admin: Admin) -> Sequence[tuple[UUID, str]]:
    """Return who is an admin, or has acted as one and is none any more, by name."""
    del admin
    acted = select(AuditEntry.user_id).where(_is_an_admins())
    found = select(User.id, User.name).where(or_(col(User.is_admin), col(User.id).in_(acted)))
    return (await session.exec(found.order_by(func.lower(User.name), col(User.id)))).all()


async def names_seen(session: AsyncSession, admin: Admin, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what the people, organizations, servers and keys behind these ids are called."""
    del admin
    found: dict[UUID, str] = {}
    for model in (User, Organization, Server, ServerKey, OrganizationKey):
        names = select(model.id, model.name).where(col(model.id).in_(ids))
        found |= {row[0]: row[1] for row in (await session.exec(names)).all()}
    return found


def _is_an_admins() -> Any:
    """Return the condition of an act of an admin that belongs to no organization."""
    return and_(
        col(AuditEntry.organization_id).is_(None),
        or_(
            col(AuditEntry.action).startswith("admin.", autoescape=True),
            col(AuditEntry.acting_as_id).is_not(None),
        ),
    )


def _count(model: Any, *conditions: Any) -> Any:
    return (
        select(func.count())
        .select_from(model)
        .where(model.organization_id == Organization.id, *conditions)
        .correlate(Organization)
        .scalar_subquery()
    )
