"""How many people a plan has places for; callers hold the organization, so none is given twice."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import LimitReached
from core.invitation_access import open_invitations_of
from core.models import Organization
from core.organization_access import count_members
from core.plans import PLANS


class MemberLimitReached(LimitReached):
    """The plan has no place left."""

    code = "member_limit_reached"


async def require_room(
    session: AsyncSession, organization: Organization, *, more: int, now: datetime
) -> None:
    """Refuse more people than the plan has places for; the organization is held.

    Raises:
        MemberLimitReached: members and open invitations take the places.
    """
    limit = PLANS[organization.plan].members
    if limit is None:
        return
    members = await count_members(session, organization.id)
    invited = len(await open_invitations_of(session, organization.id, now=now))
    free = max(0, limit - members - invited)
    if more > free:
        raise MemberLimitReached(
            f"The {PLANS[organization.plan].title} plan has {limit} places: {members} taken, "
            f"{invited} kept by invitations, {free} free.",
            field="emails",
        )


async def is_full(session: AsyncSession, organization: Organization) -> bool:
    """Whether members alone take all places; an invitation that is accepted gives its own up."""
    limit = PLANS[organization.plan].members
    return limit is not None and await count_members(session, organization.id) >= limit
