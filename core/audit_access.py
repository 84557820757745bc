"""The door to an organization's audit log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import AuditEntry, OrganizationKey, Server, ServerKey, User
from core.permissions import Actor, Permission


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to show; None does not narrow.

    `person_id` is who acted, or whose account was used; `until` is the first moment left out.
    """

    person_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def audit_entries_of(
    session: AsyncSession,
    actor: Actor,
    only: AuditFilter,
    *,
    limit: int,
    offset: int = 0,
    after: AuditEntry | None = None,
) -> Sequence[AuditEntry]:
    """Return some entries, newest first; `after` goes on behind one of them."""
    actor.require(Permission.AUDIT_VIEW)
    mine = select(AuditEntry).where(AuditEntry.organization_id == actor.organization_id)
    if only.person_id is not None:
        mine = mine.where(
            or_(AuditEntry.user_id == only.person_id, AuditEntry.acting_as_id == only.person_id)
        )
    if only.action is not None:
        mine = mine.where(AuditEntry.action == only.action)
    if only.since is not None:
        mine = mine.where(col(AuditEntry.created_at) >= only.since)
    if only.until is not None:
        mine = mine.where(col(AuditEntry.created_at) < only.until)
    if after is not None:
        is_same_moment = col(AuditEntry.created_at) == after.created_at
        mine = mine.where(
            or_(
                col(AuditEntry.created_at) < after.created_at,
                and_(is_same_moment, col(AuditEntry.id) < after.id),
            )
        )
    newest = mine.order_by(col(AuditEntry.created_at).desc(), col(AuditEntry.id).desc())
    return (await session.exec(newest.limit(limit).offset(offset))).all()


async def audited_people_of(session: AsyncSession, actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Return who has acted in the organization, for a filter to offer, but not those deleted."""
    actor.require(Permission.AUDIT_VIEW)
    acted = select(AuditEntry.user_id).where(AuditEntry.organization_id == actor.organization_id)
    people = select(User.id, User.name).where(col(User.id).in_(acted.distinct()))
    return (await session.exec(people.order_by(User.name))).all()


async def audited_actions_of(session: AsyncSession, actor: Actor) -> Sequence[str]:
    """Return what was done in the organization, for a filter to offer."""
    actor.require(Permission.AUDIT_VIEW)
    done = select(AuditEntry.action).where(AuditEntry.organization_id == actor.organization_id)
    return (await session.exec(done.distinct().order_by(AuditEntry.action))).all()


async def names_in_audit(
    session: AsyncSession, actor: Actor, ids: Collection[UUID]
) -> dict[UUID, str]:
    """Return what the people, keys and servers behind these ids are called, where they still are.

    Ids of people come from the organization's own entries; servers and keys must be its own.
    """
    actor.require(Permission.AUDIT_VIEW)
    people = select(User.id, User.name).where(col(User.id).in_(ids))
    server_keys = (
        select(ServerKey.id, ServerKey.name)
        .join(Server, col(Server.id) == ServerKey.server_id)
        .where(col(ServerKey.id).in_(ids), Server.organization_id == actor.organization_id)
    )
    keys = select(OrganizationKey.id, OrganizationKey.name).where(
        col(OrganizationKey.id).in_(ids), OrganizationKey.organization_id == actor.organization_id
    )
    servers = select(Server.id, Server.name).where(
        col(Server.id).in_(ids), Server.organization_id == actor.organization_id
    )
    found: dict[UUID, str] = {}
    for names in (people, server_keys, keys, servers):
        found |= {row[0]: row[1] for row in (await session.exec(names)).all()}
    return found


async def own_audit_entries_of(
    session: AsyncSession, user_id: UUID, *, limit: int
) -> Sequence[AuditEntry]:
    """Return a user's own acts, newest first, for the copy of their data."""
    mine = select(AuditEntry).where(
        or_(AuditEntry.user_id == user_id, AuditEntry.acting_as_id == user_id)
    )
    return (await session.exec(mine.order_by(col(AuditEntry.created_at).desc()).limit(limit))).all()
