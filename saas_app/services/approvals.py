"""A password that a state event found right, for the post that follows within a minute.

A websocket cannot set a cookie and a post cannot show an error on a field, so the event checks and
the post acts. The approval between them is good once, for one door: each attempt costs one hash and
is counted once. A post without an approval checks, and counts, for itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import User
from saas_app.services import challenges
from saas_app.services.challenges import ChallengeOver, Purpose
from saas_app.services.passwords import password_mark


class ApprovedDoor(StrEnum):
    """What a password was checked for."""

    SIGN_IN = "sign_in"
    VERIFY_EMAIL = "verify_email"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - a door


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose password was right, and the `password_mark` of that password."""

    user_id: UUID
    mark: str


async def approve(session: AsyncSession, user: User, door: ApprovedDoor, *, now: datetime) -> str:
    """Return the token of an approval."""
    mark = password_mark(user)
    return await challenges.begin(
        session, Purpose.APPROVED, user_id=user.id, now=now, door=str(door), mark=mark
    )


async def take_approval(
    session: AsyncSession, token: str, door: ApprovedDoor, *, now: datetime
) -> Approval:
    """Use an approval.

    Raises:
        ChallengeOver: it was used, is too old, or was for another door.
    """
    taken = await challenges.take(session, token, Purpose.APPROVED, now=now)
    if taken.details["door"] != door or taken.user_id is None:
        raise ChallengeOver("That took too long. Start again.")
    return Approval(taken.user_id, str(taken.details["mark"]))
