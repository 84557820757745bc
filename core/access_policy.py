"""Who may connect to a server: asked by the consent page and by the runtime at every call."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import AccessPolicy, Guest, Membership, Server, User


async def may_connect(session: AsyncSession, server: Server, user_id: UUID) -> bool:
    """Whether the server's policy lets the user in; members of its organization always may."""
    if server.access_policy in (AccessPolicy.SIGNED_IN, AccessPolicy.PUBLIC):
        return (await session.exec(select(User.id).where(User.id == user_id))).first() is not None
    member = select(Membership.id).where(
        Membership.organization_id == server.organization_id, Membership.user_id == user_id
    )
    if (await session.exec(member)).first() is not None:
        return True
    if server.access_policy is not AccessPolicy.LISTED:
        return False
    listed = (
        select(Guest.id)
        .join(User, User.email_normalized == Guest.email_normalized)  # pyright: ignore[reportArgumentType]
        .where(Guest.server_id == server.id, User.id == user_id)
    )
    return (await session.exec(listed)).first() is not None
