"""A forgotten password, and the first one of an account that has none: by a link in a letter."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.models import TrustedDevice, User
from core.sessions import Browser, end_sessions_of, mark_access_changed
from saas_app.services import challenges, one_time_tokens
from saas_app.services.accounts import user_with_email
from saas_app.services.letters import Letters, as_span, where_and_when
from saas_app.services.one_time_tokens import LINK_LIFETIMES, LinkOver, LinkPurpose
from saas_app.services.signing_in import Arrival, Method, Next, finish_first_factor

RESET_PAGE = "/reset-password"


async def send_reset(
    session: AsyncSession, letters: Letters, email: str, *, browser: Browser, now: datetime
) -> None:
    """Send a link if the address has an account; the visitor is told the same either way."""
    user = await user_with_email(session, email)
    if user is not None:
        await send_reset_to(session, letters, user, browser=browser, now=now)


async def send_reset_to(
    session: AsyncSession, letters: Letters, user: User, *, browser: Browser, now: datetime
) -> None:
    """Send a user a link to a new password, and say from where it was asked for."""
    purpose = LinkPurpose.RESET_PASSWORD
    token = await one_time_tokens.issue(session, user.id, purpose, email=user.email, now=now)
    link, expires = letters.link(RESET_PAGE, token), as_span(LINK_LIFETIMES[purpose])
    where = where_and_when(browser, now)
    await letters.send(
        session, "reset_password", user, now=now, link=link, expires=expires, **where
    )


async def reset_for(session: AsyncSession, token: str, *, now: datetime) -> User:
    """Return whose password a link sets.

    Raises:
        LinkOver: the link is good for nothing.
    """
    link = await one_time_tokens.look(session, token, LinkPurpose.RESET_PASSWORD, now=now)
    return await session.get_one(User, link.user_id)


async def reset_password(
    session: AsyncSession,
    letters: Letters,
    token: str,
    arrival: Arrival,
    *,
    password_hash: str,
    now: datetime,
) -> Next:
    """Set a new password by a link, sign out everywhere else, and go on as after any first factor.

    The second factor is asked even where the device was trusted: a reset must not get around it
    (ASVS 6.4.3). Whoever has the link has the mailbox, so the address counts as confirmed.

    Raises:
        LinkOver: the link was used, or what it was for has changed.
    """
    link, user = await one_time_tokens.take(session, token, LinkPurpose.RESET_PASSWORD, now=now)
    if link.email.casefold() != user.email_normalized:
        raise LinkOver("Your address has changed since this letter was sent.")
    user.email_verified_at = user.email_verified_at or now
    await set_password(session, letters, user, password_hash, browser=arrival.browser, now=now)
    await end_sessions_of(session, user.id)
    await session.exec(delete(TrustedDevice).where(col(TrustedDevice.user_id) == user.id))
    return await finish_first_factor(
        session, letters, user.id, arrival, method=Method.RESET, now=now
    )


async def set_password(
    session: AsyncSession,
    letters: Letters,
    user: User,
    password_hash: str,
    *,
    browser: Browser,
    now: datetime,
) -> None:
    """Replace a password, end what was begun before the change, and tell the owner."""
    is_first, user.password_hash = user.password_hash is None, password_hash
    await end_links(session, user.id, now=now)
    await challenges.end_half_way(session, user.id, now=now)
    action = "password.set" if is_first else "password.changed"
    record_own_act(session, user.id, action, now=now, origin=browser.origin)
    where, link = where_and_when(browser, now), letters.link("/account/security")
    await letters.send(session, "password_changed", user, now=now, link=link, **where)
    await mark_access_changed(session, user.id)


async def end_links(session: AsyncSession, user_id: UUID, *, now: datetime) -> None:
    """End the links that were mailed for the password or the address of before."""
    await one_time_tokens.revoke(
        session, user_id, LinkPurpose.RESET_PASSWORD, LinkPurpose.VERIFY_EMAIL, now=now
    )
