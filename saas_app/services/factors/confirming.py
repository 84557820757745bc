"""Proving again who one is, before something sensitive (ASVS 7.5.1)."""

from datetime import datetime, timedelta
from uuid import UUID

from core.audit import record_own_act
from core.database import Database
from core.errors import Forbidden
from core.models import User
from core.permissions import Origin
from core.sessions import SignedIn, rotate_session
from saas_app.services.accounts import LONGEST_PASSWORD, WrongCredentials
from saas_app.services.factors.second_factor import Checker
from saas_app.services.limits import Limit

CONFIRM_TRIES = Limit("confirm_password", 10, timedelta(minutes=15))


async def confirm_password(
    checker: Checker, user_id: UUID, password: str, *, now: datetime
) -> None:
    """Check the password of whoever is signed in.

    Raises:
        TooOften: ten tries in 15 minutes.
        WrongCredentials: it is wrong, or there is none.
    """
    await checker.limiter.spend(CONFIRM_TRIES, str(user_id), now=now, field="password")
    async with checker.database.read() as session:
        encoded = (await session.get_one(User, user_id)).password_hash
    if not await checker.passwords.verify(password[: LONGEST_PASSWORD + 1], encoded):
        raise WrongCredentials("That is not your password.", field="password")
    await checker.limiter.forgive(CONFIRM_TRIES, str(user_id))


async def refresh_session(
    database: Database, holder: SignedIn, *, way: str, origin: Origin, now: datetime
) -> str:
    """Make the session fresh and return its new token; the old one opens nothing (ASVS 7.2.4).

    Raises:
        Forbidden: an admin acts in the user's name.
    """
    require_own(holder)
    async with database.write() as session:
        record_own_act(session, holder.user_id, "session.confirmed", now=now, origin=origin, by=way)
        return await rotate_session(session, holder.session_id, now=now)


def require_own(holder: SignedIn) -> None:
    """Refuse an admin who acts in the user's name: they cannot prove to be the user.

    Raises:
        Forbidden: so it is.
    """
    if holder.impersonator_id is not None:
        raise Forbidden("That cannot be done in somebody else's name.")
