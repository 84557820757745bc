"""Signing up: what happens at an address that is new, known, or known and not confirmed.

The visitor sees the same for all of them, and each costs one hash: that an address has an account
is told to its mailbox alone. The letter's link signs in, in the browser that signed up; in another
one it asks for the password as well, so that nobody can have a stranger confirm an account that
was made with the stranger's address.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.models import OneTimeToken, SignInChallenge, User
from core.settings import Settings
from saas_app.services import challenges, one_time_tokens
from saas_app.services.accounts import (
    EmailTaken,
    SignUpForm,
    create_account,
    locked_user,
    user_with_email,
)
from saas_app.services.challenges import Purpose
from saas_app.services.features import Feature, FeatureOff, require_feature
from saas_app.services.letters import Letters, as_span
from saas_app.services.one_time_tokens import LINK_LIFETIMES, LinkOver, LinkPurpose
from saas_app.services.passwords import password_mark
from saas_app.services.signing_in import (
    Arrival,
    CheckInbox,
    Method,
    Next,
    begin_inbox,
    finish_first_factor,
)

VERIFY_PAGE, FORGOT_PAGE, SIGN_IN_PAGE = "/verify-email", "/forgot-password", "/sign-in"


@dataclass(frozen=True, slots=True)
class SignUp:
    """A sign-up that may go on: what was typed, the hash of its password, where to go after it."""

    form: SignUpForm
    password_hash: str
    next_path: str


async def require_open(session: AsyncSession, settings: Settings) -> None:
    """Refuse when nobody can sign up.

    Raises:
        FeatureOff: an admin has closed it, or no mail is sent, without which no address is theirs.
    """
    if settings.mail_driver == "off":
        raise FeatureOff("This copy sends no mail, so nobody can confirm an address and sign up.")
    await require_feature(session, Feature.SIGN_UP, "Nobody can sign up here at the moment.")


async def register(
    session: AsyncSession, letters: Letters, wish: SignUp, *, is_letter_due: bool, now: datetime
) -> CheckInbox:
    """Make an account unless the address has one, and let the browser wait for the letter.

    An account that nobody has confirmed or used takes the name and the password of the latest
    sign-up, so that whoever was first with somebody else's address gains nothing.
    """
    user = await _account_for(session, wish.form, password_hash=wish.password_hash, now=now)
    if is_letter_due:
        await send_letter(session, letters, user, now=now)
    is_waiting = user.email_verified_at is None and user.password_hash == wish.password_hash
    token = await begin_inbox(
        session,
        user if is_waiting else None,
        next_path=wish.next_path,
        now=now,
        email=wish.form.email,
    )
    return CheckInbox(token)


async def send_letter(
    session: AsyncSession, letters: Letters, user: User, *, now: datetime
) -> None:
    """Ask an address to be confirmed, or tell it that it has been and has an account."""
    if user.email_verified_at is None:
        await send_verification(session, letters, user, now=now)
        return
    await letters.send(
        session,
        "already_registered",
        user,
        now=now,
        link=letters.link(SIGN_IN_PAGE),
        reset_link=letters.link(FORGOT_PAGE),
    )


async def send_verification(
    session: AsyncSession, letters: Letters, user: User, *, now: datetime
) -> None:
    """Ask an address to be confirmed; earlier letters stay good."""
    purpose = LinkPurpose.VERIFY_EMAIL
    token = await one_time_tokens.issue(session, user.id, purpose, email=user.email, now=now)
    link, expires = letters.link(VERIFY_PAGE, token), as_span(LINK_LIFETIMES[purpose])
    await letters.send(session, "verify_email", user, now=now, link=link, expires=expires)


async def resend(
    session: AsyncSession, letters: Letters, inbox: SignInChallenge, *, now: datetime
) -> None:
    """Send the letter that a browser waits for again, if its address has an account."""
    user = await user_with_email(session, str(inbox.details["email"]))
    if user is not None:
        await send_letter(session, letters, user, now=now)


async def waiting_inbox(
    session: AsyncSession, token: str, *, now: datetime
) -> SignInChallenge | None:
    """Return what the browser waits for, if it does."""
    return await challenges.look(session, token, Purpose.INBOX, now=now)


async def verification_for(
    session: AsyncSession, token: str, *, inbox_token: str, now: datetime
) -> tuple[User, bool]:
    """Return whose address a link confirms, and whether the password is needed with it.

    Raises:
        LinkOver: the link is good for nothing.
    """
    link = await one_time_tokens.look(session, token, LinkPurpose.VERIFY_EMAIL, now=now)
    user = await session.get_one(User, link.user_id)
    _require_current(user, link)
    inbox = await waiting_inbox(session, inbox_token, now=now)
    is_same_browser = (
        inbox is not None
        and inbox.user_id == user.id
        and inbox.details["mark"] == password_mark(user)
    )
    return user, user.password_hash is not None and not is_same_browser


async def confirm_email(
    session: AsyncSession,
    letters: Letters,
    token: str,
    arrival: Arrival,
    *,
    mark: str,
    now: datetime,
) -> Next:
    """Confirm the link's address and sign its user in.

    Args:
        session: a write transaction.
        letters: for what signing in may have to tell.
        token: the link's.
        arrival: the browser.
        mark: the `password_mark` of the password that the browser has shown to know.
        now: the moment.

    Raises:
        LinkOver: the link was used, or address or password changed in the meantime.
    """
    link, user = await one_time_tokens.take(session, token, LinkPurpose.VERIFY_EMAIL, now=now)
    _require_current(user, link)
    if password_mark(user) != mark:
        raise LinkOver("Somebody signed up with this address again. Use the newest letter.")
    user.email_verified_at = user.email_verified_at or now
    await one_time_tokens.revoke(session, user.id, LinkPurpose.VERIFY_EMAIL, now=now)
    origin = arrival.browser.origin
    record_own_act(session, user.id, "email.confirmed", now=now, origin=origin, email=user.email)
    return await finish_first_factor(
        session, letters, user.id, arrival, method=Method.VERIFICATION, now=now
    )


async def _account_for(
    session: AsyncSession, form: SignUpForm, *, password_hash: str, now: datetime
) -> User:
    user = await user_with_email(session, form.email)
    if user is None:
        try:
            return await create_account(session, form, password_hash=password_hash, now=now)
        except EmailTaken:
            user = await user_with_email(session, form.email)
    assert user is not None  # noqa: S101 - taken means that there is one
    user = await locked_user(session, user.id)
    if user.email_verified_at is None and user.onboarded_at is None:
        user.name, user.password_hash = form.name, password_hash
    return user


def _require_current(user: User, link: OneTimeToken) -> None:
    if link.email.casefold() != user.email_normalized:
        raise LinkOver("Your address has changed since this letter was sent.")
