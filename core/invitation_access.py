"""The door to who is asked to join an organization."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.models import Invitation, User
from core.permissions import Actor, Permission


async def invitations_of(
    session: AsyncSession, actor: Actor, *, limit: int, offset: int = 0
) -> tuple[Sequence[tuple[Invitation, str]], int]:
    """Return some unanswered invitations, newest first, with who invited, and how many in all."""
    actor.require(Permission.MEMBER_MANAGE)
    mine = _unanswered(actor.organization_id)
    total = (await session.exec(select(func.count()).where(*mine))).one()
    page = (
        select(Invitation, func.coalesce(User.name, ""))
        .join(User, col(User.id) == Invitation.invited_by, isouter=True)
        .where(*mine)
        .order_by(col(Invitation.created_at).desc(), col(Invitation.id))
        .limit(limit)
        .offset(offset)
    )
    return (await session.exec(page)).all(), total


async def open_invitations_of(
    session: AsyncSession, organization_id: UUID, *, now: datetime
) -> Sequence[Invitation]:
    """Return the invitations that can still be accepted; each of them keeps a place."""
    theirs = select(Invitation).where(
        *_unanswered(organization_id), col(Invitation.expires_at) > now
    )
    return (await session.exec(theirs.execution_options(populate_existing=True))).all()


async def invitation_for(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    """Return an invitation of the actor's organization.

    Raises:
        NotFound: it has none of that id.
    """
    mine = (
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.organization_id == actor.organization_id)
        .execution_options(populate_existing=True)
    )
    invitation = (await session.exec(mine)).first()
    if invitation is None:
        raise NotFound("That invitation does not exist any more.")
    return invitation


async def invitation_by_digest(session: AsyncSession, digest: str) -> Invitation | None:
    """Return the invitation of a token: whoever holds that need not be a member yet."""
    theirs = select(Invitation).where(Invitation.token_digest == digest)
    return (await session.exec(theirs.execution_options(populate_existing=True))).first()


def _unanswered(organization_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invitation.organization_id) == organization_id,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.declined_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
