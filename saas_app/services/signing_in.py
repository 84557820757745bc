"""What comes after a right first factor: the one place that decides who gets in, and how far.

Every way in ends here: password, confirmed address, reset, Google, passkey. After a second factor
`enter_after_second_factor` opens the session.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.logs import log
from core.models import Passkey, TotpFactor, TrustedDevice, User
from core.sessions import Browser, end_session, shut_out_by_ban, start_session
from core.tokens import digest_of
from saas_app.services import challenges
from saas_app.services.challenges import Purpose
from saas_app.services.known_devices import read_devices, write_devices
from saas_app.services.letters import Letters, where_and_when
from saas_app.services.passwords import password_mark


class Method(StrEnum):
    """By what somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    VERIFICATION = "verification"
    RESET = "reset"
    GOOGLE = "google"
    PASSKEY = "passkey"


# A passkey asks its holder for a finger or a PIN, so it is two factors by itself.
WHOLE_METHODS = frozenset({Method.PASSKEY})
# After these the same person has a letter about it already.
TOLD_METHODS = frozenset({Method.VERIFICATION, Method.RESET})


@dataclass(frozen=True, slots=True)
class Arrival:
    """From where somebody signs in, and what their browser holds already.

    Attributes:
        browser: User agent and address.
        session_token: Of the session that it is signed in with, which ends.
        devices: The cookie of `known_devices`.
        trusted_token: Of the trusted device, which spares the second factor.
        next_path: Where the visitor wants to go; a path of this site.
    """

    browser: Browser
    session_token: str | None = None
    devices: str = ""
    trusted_token: str = ""
    next_path: str = ""


@dataclass(frozen=True, slots=True)
class Enter:
    """They are in: the tokens of the session's cookie and of the known devices' one."""

    token: str
    devices: str
    next_path: str


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """They must show a second factor at /verify; the challenge goes into its cookie."""

    challenge_token: str


@dataclass(frozen=True, slots=True)
class CheckInbox:
    """Their address is not confirmed: a letter is due, and /check-inbox says so."""

    challenge_token: str


@dataclass(frozen=True, slots=True)
class Banned:
    """They are banned; /banned tells the holder of the challenge why and until when."""

    challenge_token: str


Next = Enter | SecondFactor | CheckInbox | Banned


async def finish_first_factor(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    arrival: Arrival,
    *,
    method: Method,
    now: datetime,
) -> Next:
    """Decide what comes after a right first factor.

    A challenge of a second factor holds `method` and `next_path` in its details.
    """
    user = await session.get_one(User, user_id)
    if user.is_banned(now):
        log.info("sign_in.banned", user_id=str(user_id))
        return Banned(await challenges.begin(session, Purpose.BANNED, user_id=user_id, now=now))
    if user.email_verified_at is None:
        return CheckInbox(await begin_inbox(session, user, next_path=arrival.next_path, now=now))
    if method not in WHOLE_METHODS and await _needs_second_factor(session, user, arrival, now=now):
        token = await challenges.begin(
            session,
            Purpose.SECOND_FACTOR,
            user_id=user_id,
            now=now,
            method=str(method),
            next_path=arrival.next_path,
        )
        return SecondFactor(token)
    return await _enter(session, letters, user, arrival, method=method, now=now)


async def enter_after_second_factor(
    session: AsyncSession,
    letters: Letters,
    challenge_token: str | None,
    arrival: Arrival,
    *,
    now: datetime,
) -> Enter | Banned:
    """Take the challenge, once, and let its user in; the caller has checked the second factor.

    Raises:
        ChallengeOver: it was taken already, or took too long.
    """
    begun = await challenges.take(session, challenge_token, Purpose.SECOND_FACTOR, now=now)
    user = await session.get_one(User, begun.user_id)
    if user.is_banned(now):
        return Banned(await challenges.begin(session, Purpose.BANNED, user_id=user.id, now=now))
    wanted = replace(arrival, next_path=str(begun.details["next_path"]))
    method = Method(begun.details["method"])
    return await _enter(session, letters, user, wanted, method=method, now=now)


async def ban_shown_to(
    session: AsyncSession, token: str, *, session_token: str | None = None, now: datetime
) -> User | None:
    """Return the banned user whose password this browser had right a moment ago, or whose session.

    Args:
        session: a transaction.
        token: of the challenge that a right password began.
        session_token: of the session that the browser still carries, though it opens nothing.
        now: the moment.
    """
    if (shut_out := await shut_out_by_ban(session, session_token, now=now)) is not None:
        return shut_out
    begun = await challenges.look(session, token, Purpose.BANNED, now=now)
    if begun is None or begun.user_id is None:
        return None
    user = await session.get_one(User, begun.user_id)
    return user if user.is_banned(now) else None


async def has_second_factor(session: AsyncSession, user_id: UUID) -> bool:
    """Whether a user signs in with a second factor: an authenticator app, or a passkey."""
    app = select(TotpFactor.id).where(
        TotpFactor.user_id == user_id, col(TotpFactor.confirmed_at).is_not(None)
    )
    passkey = select(Passkey.id).where(Passkey.user_id == user_id)
    return (await session.exec(app)).first() is not None or (
        await session.exec(passkey)
    ).first() is not None


async def begin_inbox(
    session: AsyncSession, user: User | None, *, next_path: str, now: datetime, email: str = ""
) -> str:
    """Let a browser wait for its letter.

    Args:
        session: a write transaction.
        user: whose address is to be confirmed; None where that must not be told.
        next_path: where the visitor wants to go afterwards.
        now: the moment.
        email: the address as it was typed; the user's own when there is a user.
    """
    return await challenges.begin(
        session,
        Purpose.INBOX,
        user_id=user.id if user is not None else None,
        now=now,
        email=email or (user.email if user is not None else ""),
        mark=password_mark(user) if user is not None else "",
        next_path=next_path,
    )


async def _needs_second_factor(
    session: AsyncSession, user: User, arrival: Arrival, *, now: datetime
) -> bool:
    if not await has_second_factor(session, user.id):
        return False
    if not arrival.trusted_token:
        return True
    spared = (
        update(TrustedDevice)
        .where(
            col(TrustedDevice.user_id) == user.id,
            col(TrustedDevice.token_digest) == digest_of(arrival.trusted_token),
            col(TrustedDevice.expires_at) > now,
        )
        .values(last_used_at=now)
    )
    return (await session.exec(spared)).rowcount == 0


async def _enter(
    session: AsyncSession,
    letters: Letters,
    user: User,
    arrival: Arrival,
    *,
    method: Method,
    now: datetime,
) -> Enter:
    browser = arrival.browser
    if arrival.session_token is not None:
        await end_session(session, arrival.session_token)  # signing in again leaves nothing behind
    devices = read_devices(letters.sealer, arrival.devices)
    if devices.device_of(user) is None and method not in TOLD_METHODS:
        where = where_and_when(browser, now)
        link = letters.link("/account/sessions")
        await letters.send(session, "new_sign_in", user, now=now, link=link, **where)
    record_own_act(
        session, user.id, "session.started", now=now, origin=browser.origin, method=str(method)
    )
    log.info("session.started", user_id=str(user.id), method=str(method))
    token = await start_session(session, user.id, now=now, browser=browser)
    known = write_devices(letters.sealer, devices.with_user(user))
    return Enter(token, known, arrival.next_path)
