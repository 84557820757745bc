"""Changing the password while signed in: other sessions end, and this one gets a new token."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict
from core.models import User
from core.permissions import require_in_person
from core.sessions import Browser, SignedIn, end_sessions_of, rotate_session
from saas_app.services.accounts import locked_user
from saas_app.services.known_devices import read_devices, write_devices
from saas_app.services.letters import Letters
from saas_app.services.password_reset import send_reset_to, set_password
from saas_app.services.passwords import password_mark
from saas_app.services.signing_in import Arrival


class PasswordMoved(Conflict):
    """The password was changed elsewhere between the check and the change."""

    code = "password_moved"


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The hash of a new password, and the `password_mark` of the one that was checked."""

    hash: str
    mark_before: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The new tokens of the session's cookie and of the known devices' one."""

    token: str
    devices: str


async def own_account(session: AsyncSession, holder: SignedIn) -> User:
    """Return the holder's account for a change of how they sign in.

    Raises:
        Forbidden: an admin acts in their name.
    """
    require_in_person(holder)
    return await session.get_one(User, holder.user_id)


async def change_password(
    session: AsyncSession,
    letters: Letters,
    holder: SignedIn,
    arrival: Arrival,
    *,
    new: NewPassword,
    now: datetime,
) -> Changed:
    """Replace the holder's password.

    Raises:
        Forbidden: an admin acts in their name.
        PasswordMoved: it is not the password any more that was checked.
    """
    await own_account(session, holder)
    user = await locked_user(session, holder.user_id)
    if password_mark(user) != new.mark_before:
        raise PasswordMoved("The password was changed meanwhile. Enter the current one again.")
    await set_password(session, letters, user, new.hash, browser=arrival.browser, now=now)
    await end_sessions_of(session, user.id, but=holder.session_id)
    token = await rotate_session(session, holder.session_id, now=now)
    known = read_devices(letters.sealer, arrival.devices).with_user(user)
    return Changed(token, write_devices(letters.sealer, known))


async def ask_first_password(
    session: AsyncSession, letters: Letters, holder: SignedIn, *, browser: Browser, now: datetime
) -> None:
    """Mail a link to somebody who signs in without a password and wants one.

    Raises:
        Conflict: there is a password already; it is changed with the current one.
    """
    user = await own_account(session, holder)
    if user.password_hash is not None:
        raise Conflict("Your account has a password. Change it with the current one.")
    await send_reset_to(session, letters, user, browser=browser, now=now)
