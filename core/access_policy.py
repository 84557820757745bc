"""Who may connect to a server: asked by the consent page and by the runtime at every call."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import AccessPolicy, Guest, Membership, Server, User


async def may_connect(
    session: AsyncSession, server: Server, user_id: UUID, *, now: datetime
) -> bool:
    """Whether the server's policy lets the user in; members of its organization always may.

    Nobody who is banned may. An address on the list counts once its user has confirmed it: anybody
    can sign up with it.
    """
    user = await session.get(User, user_id)
    if user is None or user.is_banned(now):
        return False
    if server.access_policy in (AccessPolicy.SIGNED_IN, AccessPolicy.PUBLIC):
        return True
    member = select(Membership.id).where(
        Membership.organization_id == server.organization_id, Membership.user_id == user_id
    )
    if (await session.exec(member)).first() is not None:
        return True
    if server.access_policy is not AccessPolicy.LISTED or user.email_verified_at is None:
        return False
    listed = select(Guest.id).where(
        Guest.server_id == server.id, Guest.email_normalized == user.email_normalized
    )
    return (await session.exec(listed)).first() is not None
