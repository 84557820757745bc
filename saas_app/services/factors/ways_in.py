"""The ways into an account: one of them must always be left."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict
from core.models import Identity, Passkey, User
from saas_app.services.factors.totp import has_totp


class LastWayIn(Conflict):
    """Without it nobody could sign in to the account any more."""

    code = "last_way_in"


@dataclass(frozen=True, slots=True)
class WaysIn:
    """By what a user can prove who they are."""

    password: bool
    passkeys: int
    identities: int
    totp: bool

    @property
    def count(self) -> int:
        """How many of them begin a sign-in; the app's code alone does not."""
        return self.password + self.passkeys + self.identities

    @property
    def confirms_elsewhere(self) -> bool:
        """Whether accounts elsewhere are what they confirm by: where there is nothing better."""
        return self.identities > 0 and not (self.password or self.passkeys or self.totp)


async def ways_in(session: AsyncSession, user_id: UUID) -> WaysIn:
    """Return what a user has."""
    user = await session.get_one(User, user_id)
    passkeys = select(func.count()).where(col(Passkey.user_id) == user_id)
    identities = select(func.count()).where(col(Identity.user_id) == user_id)
    return WaysIn(
        password=user.password_hash is not None,
        passkeys=(await session.exec(passkeys)).one(),
        identities=(await session.exec(identities)).one(),
        totp=await has_totp(session, user_id),
    )


async def require_another_way(session: AsyncSession, user_id: UUID) -> None:
    """Refuse to take a way in when it is the last; the caller holds the user's lock.

    Raises:
        LastWayIn: it is.
    """
    if (await ways_in(session, user_id)).count < 2:
        raise LastWayIn("That is your only way to sign in. Set a password or add a passkey first.")
