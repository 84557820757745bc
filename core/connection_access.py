"""The door to who is connected to a server: what users let clients do, and guests."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import NotFound
from core.models import Grant, Guest, OAuthClient, Organization, Server, User


async def grants_of(
    session: AsyncSession, server: Server
) -> Sequence[tuple[Grant, OAuthClient, User]]:
    """Return who connected with which client and still may, newest first."""
    mine = (
        select(Grant, OAuthClient, User)
        .join(OAuthClient, col(OAuthClient.id) == Grant.client_row_id)
        .join(User, col(User.id) == Grant.user_id)
        .where(Grant.server_id == server.id, col(Grant.revoked_at).is_(None))
        .order_by(col(Grant.created_at).desc())
    )
    return (await session.exec(mine)).all()


async def grants_of_user(
    session: AsyncSession, user_id: UUID
) -> Sequence[tuple[Grant, OAuthClient, Server, Organization]]:
    """Return what the user allowed clients at any server, and did not take back, newest first."""
    mine = (
        select(Grant, OAuthClient, Server, Organization)
        .join(OAuthClient, col(OAuthClient.id) == Grant.client_row_id)
        .join(Server, col(Server.id) == Grant.server_id)
        .join(Organization, col(Organization.id) == Server.organization_id)
        .where(
            Grant.user_id == user_id,
            col(Grant.revoked_at).is_(None),
            col(Server.deleted_at).is_(None),
        )
        .order_by(col(Grant.created_at).desc())
    )
    return (await session.exec(mine)).all()


async def grant_of_user(
    session: AsyncSession, user_id: UUID, grant_id: UUID
) -> tuple[Grant, Server]:
    """Return a permission that the user gave, and the server that it is for.

    Raises:
        NotFound: the user gave no such permission.
    """
    mine = (
        select(Grant, Server)
        .join(Server, col(Server.id) == Grant.server_id)
        .where(Grant.id == grant_id, Grant.user_id == user_id)
    )
    found = (await session.exec(mine)).first()
    if found is None:
        raise NotFound("That connection does not exist any more.")
    return found[0], found[1]


async def guests_of(session: AsyncSession, server: Server) -> Sequence[Guest]:
    """Return the addresses that may connect while the policy is `listed`."""
    mine = select(Guest).where(Guest.server_id == server.id).order_by(col(Guest.email_normalized))
    return (await session.exec(mine)).all()
