"""Another address for an account: it moves when the old and the new mailbox have both said yes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.errors import Conflict, Invalid
from core.models import EmailChange, User
from core.permissions import Origin, require_fresh, require_in_person
from core.sessions import Browser, SignedIn, mark_access_changed
from saas_app.services import one_time_tokens
from saas_app.services.accounts import (
    locked_user,
    normalized_email,
    parse_email,
    user_with_email,
)
from saas_app.services.letters import Letters, as_span, where_and_when
from saas_app.services.one_time_tokens import LinkOver, LinkPurpose
from saas_app.services.password_reset import end_links

LIFETIME = timedelta(days=1)
CONFIRM_PAGE = "/change-email"
BOTH = (LinkPurpose.CHANGE_EMAIL_OLD, LinkPurpose.CHANGE_EMAIL_NEW)


class AddressTaken(Conflict):
    """Another account got the address between the wish and the last confirmation."""

    code = "address_taken"


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that waits, and for what."""

    new_email: str
    is_old_confirmed: bool
    is_new_confirmed: bool


def parse_new_email(text: str, *, current: str) -> str:
    """Read the address that somebody wants.

    Raises:
        Invalid: it is none, or the one they have.
    """
    try:
        email = parse_email(text)
    except Invalid as error:
        raise Invalid(error.message, field="new_email") from None
    if normalized_email(email) == normalized_email(current):
        raise Invalid("That is your address already.", field="new_email")
    return email


async def ask_change(
    session: AsyncSession,
    letters: Letters,
    holder: SignedIn,
    *,
    new_email: str,
    origin: Origin,
    now: datetime,
) -> None:
    """Write both mailboxes; an earlier wish is replaced, and its links end.

    A taken address gets no letter, so the change never completes; the asker sees the same.

    Raises:
        NotFresh, Forbidden: the session may not do that, or not yet.
    """
    require_fresh(origin)
    user = await locked_user(session, holder.user_id)
    await _forget(session, user.id, now=now)
    session.add(
        EmailChange(
            user_id=user.id,
            new_email=new_email,
            new_email_normalized=normalized_email(new_email),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    is_free = await user_with_email(session, new_email) is None
    for purpose, to in zip(BOTH, (user.email, new_email), strict=True):
        token = await one_time_tokens.issue(session, user.id, purpose, email=to, now=now)
        if is_free or to == user.email:
            await letters.send(
                session,
                str(purpose),
                user,
                now=now,
                to=to,
                link=letters.link(CONFIRM_PAGE, token),
                old_email=user.email,
                new_email=new_email,
                expires=as_span(LIFETIME),
            )
    record_own_act(session, user.id, "email.change_asked", now=now, origin=origin, after=new_email)


async def pending_change(session: AsyncSession, user_id: UUID, *, now: datetime) -> Pending | None:
    """Return the change that waits for confirmation, if one does."""
    mine = select(EmailChange).where(EmailChange.user_id == user_id, EmailChange.expires_at > now)
    found = (await session.exec(mine)).first()
    if found is None:
        return None
    return Pending(
        found.new_email, found.old_confirmed_at is not None, found.new_confirmed_at is not None
    )


async def cancel_change(
    session: AsyncSession, holder: SignedIn, *, origin: Origin, now: datetime
) -> None:
    """Drop the wish; its links end.

    Raises:
        Forbidden: an admin acts in the holder's name.
    """
    require_in_person(origin)
    await locked_user(session, holder.user_id)
    await _forget(session, holder.user_id, now=now)
    record_own_act(session, holder.user_id, "email.change_canceled", now=now, origin=origin)


async def change_for(session: AsyncSession, token: str, *, now: datetime) -> tuple[str, str]:
    """Return the old and the new address of the change that a link confirms.

    Raises:
        LinkOver: the link is good for nothing.
    """
    link = await one_time_tokens.look(session, token, *BOTH, now=now)
    user = await session.get_one(User, link.user_id)
    pending = await pending_change(session, user.id, now=now)
    if pending is None:
        raise LinkOver("This change was canceled or took too long.")
    return user.email, pending.new_email


async def confirm_change(
    session: AsyncSession, letters: Letters, token: str, *, browser: Browser, now: datetime
) -> bool:
    """Confirm for one of the two mailboxes; return whether the address has moved.

    Raises:
        LinkOver: the link is good for nothing.
        AddressTaken: another account has the address by now; the wish is to be dropped.
    """
    link, user = await one_time_tokens.take(session, token, *BOTH, now=now)
    mine = select(EmailChange).where(EmailChange.user_id == user.id, EmailChange.expires_at > now)
    change = (await session.exec(mine)).first()
    if change is None:
        raise LinkOver("This change was canceled or took too long.")
    if link.purpose == LinkPurpose.CHANGE_EMAIL_OLD:
        change.old_confirmed_at = now
    else:
        change.new_confirmed_at = now
    if change.old_confirmed_at is None or change.new_confirmed_at is None:
        return False
    await _move(session, letters, user, change, browser=browser, now=now)
    return True


async def drop_change(session: AsyncSession, token: str, *, now: datetime) -> None:
    """Drop the wish that a link was for, since it cannot be granted any more."""
    link = await one_time_tokens.look(session, token, *BOTH, now=now)
    await locked_user(session, link.user_id)
    await _forget(session, link.user_id, now=now)


async def _move(
    session: AsyncSession,
    letters: Letters,
    user: User,
    change: EmailChange,
    *,
    browser: Browser,
    now: datetime,
) -> None:
    before, after = user.email, change.new_email
    try:
        async with session.begin_nested():  # the unique address decides between two accounts
            user.email, user.email_normalized = after, change.new_email_normalized
            user.email_verified_at = now
    except IntegrityError:
        raise AddressTaken("Another account has that address. Nothing was changed.") from None
    await _forget(session, user.id, now=now)
    await end_links(session, user.id, now=now)
    await mark_access_changed(session, user.id)
    record_own_act(
        session,
        user.id,
        "email.changed",
        now=now,
        origin=browser.origin,
        before=before,
        after=after,
    )
    words = {"old_email": before, "new_email": after, **where_and_when(browser, now)}
    link = letters.link("/account/security")
    await letters.send(session, "email_changed", user, now=now, to=before, link=link, **words)


async def _forget(session: AsyncSession, user_id: UUID, *, now: datetime) -> None:
    await session.exec(delete(EmailChange).where(col(EmailChange.user_id) == user_id))
    await one_time_tokens.revoke(session, user_id, *BOTH, now=now)
