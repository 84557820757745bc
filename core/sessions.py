"""Browser sessions: an opaque token in a cookie, looked up by its digest at every event."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import SignedOut
from core.models import User, WebSession
from core.permissions import Origin
from core.tokens import SESSION_PREFIX, digest_of, new_token

LIFETIME = timedelta(days=30)  # since the last use
LONGEST_LIFETIME = timedelta(days=90)  # since the sign-in, however often it is used
IMPERSONATION_LIFETIME = timedelta(hours=1)
FRESH = timedelta(minutes=10)  # how long a proof of identity opens what is sensitive
RENEWED_AFTER = timedelta(minutes=5)  # a use sooner after the last one is not written down


@dataclass(frozen=True, slots=True)
class Browser:
    """From where a session comes."""

    user_agent: str = ""
    ip_address: str = ""

    @property
    def origin(self) -> Origin:
        """From where an act of somebody who is only signing in comes, for the record."""
        return Origin(ip_address=self.ip_address, user_agent=self.user_agent)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The holder of a valid session cookie.

    `impersonator_id` is the admin who acts in this user's name, where one does. `delete_at` is when
    the account goes, once that was asked for.
    """

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    avatar_key: str
    is_email_verified: bool
    is_onboarded: bool
    is_admin: bool
    authenticated_at: datetime
    last_used_at: datetime
    expires_at: datetime
    access_version: int
    impersonator_id: UUID | None
    delete_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether a use is to be written down, which pushes the end of the session away."""
        return now - self.last_used_at >= RENEWED_AFTER

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person has proved lately who they are, as sensitive acts ask for."""
        return self.impersonator_id is None and now - self.authenticated_at < FRESH


def cookie_name(*, is_secure: bool) -> str:
    """Return the cookie's name; behind TLS the prefix makes browsers keep it to this host."""
    return "__Host-toolkiln_session" if is_secure else "toolkiln_session"


def token_in(cookie_header: str, *, is_secure: bool) -> str | None:
    """Return the session token of a Cookie header, if it holds one."""
    value = cookie_in(cookie_header, cookie_name(is_secure=is_secure))
    return value if value.startswith(SESSION_PREFIX) else None


def cookie_in(cookie_header: str, name: str) -> str:
    """Return a cookie's value as it was sent, or nothing.

    Browsers send what other programs on the host have set, in whatever form: what is no cookie to
    RFC 6265 (JSON, spaces, no name) must not hide the others, as it does from `SimpleCookie`.
    """
    pairs = (part.partition("=") for part in cookie_header.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}.get(name, "")


async def start_session(
    session: AsyncSession,
    user_id: UUID,
    *,
    now: datetime,
    browser: Browser | None = None,
    impersonator_id: UUID | None = None,
) -> str:
    """Sign a browser in and return the token for its cookie."""
    browser = browser or Browser()
    token = new_token(SESSION_PREFIX)
    ends_at = now + (IMPERSONATION_LIFETIME if impersonator_id else LONGEST_LIFETIME)
    session.add(
        WebSession(
            user_id=user_id,
            token_digest=digest_of(token),
            created_at=now,
            expires_at=min(now + LIFETIME, ends_at),
            ends_at=ends_at,
            last_used_at=now,
            authenticated_at=now,
            user_agent=browser.user_agent[:255],
            ip_address=browser.ip_address[:45],
            impersonator_id=impersonator_id,
        )
    )
    return token


async def holder_of(session: AsyncSession, token: str | None, *, now: datetime) -> SignedIn | None:
    """Return who holds the token, or None when it is unknown, ended, expired or of one banned."""
    if token is None:
        return None
    found = await holders_of(session, [digest_of(token)], now=now)
    return found.get(digest_of(token))


async def holders_of(
    session: AsyncSession, digests: Collection[str], *, now: datetime
) -> dict[str, SignedIn]:
    """Return who holds the tokens of these digests; those that open nothing are left out."""
    held = (
        select(WebSession, User)
        .join(User, col(User.id) == WebSession.user_id)
        .where(
            col(WebSession.token_digest).in_(digests),
            col(WebSession.expires_at) > now,
            col(WebSession.ends_at) > now,
        )
    )
    return {
        row.token_digest: _signed_in(row, user)
        for row, user in (await session.exec(held)).all()
        if not user.is_banned(now) and await _may_impersonate(session, row, now=now)
    }


async def rotated_session_of(session: AsyncSession, token: str | None) -> UUID | None:
    """Return the session that had this token before its last rotation; the token opens nothing."""
    if token is None:
        return None
    rotated = select(WebSession.id).where(WebSession.previous_digest == digest_of(token))
    return (await session.exec(rotated)).first()


async def rotate_session(session: AsyncSession, session_id: UUID, *, now: datetime) -> str:
    """Give a session a new token at a change of what it may do, and return the token.

    The person has just proved who they are, so the session counts as fresh. Of two at once the
    second waits and rotates what the first has left.

    Raises:
        SignedOut: the session has ended meanwhile.
    """
    held = select(WebSession).where(WebSession.id == session_id).with_for_update()
    again = {"populate_existing": True}
    row = (await session.exec(held, execution_options=again)).first()
    if row is None:
        raise SignedOut("Your session has ended. Sign in again.")
    token = new_token(SESSION_PREFIX)
    row.previous_digest, row.token_digest = row.token_digest, digest_of(token)
    row.authenticated_at = row.last_used_at = now
    return token


async def renew_session(session: AsyncSession, session_id: UUID, *, now: datetime) -> None:
    """Write down that a session is in use, which pushes its end away."""
    row = await session.get(WebSession, session_id)
    if row is not None:
        row.last_used_at, row.expires_at = now, min(now + LIFETIME, row.ends_at)


async def end_session(session: AsyncSession, token: str) -> None:
    """Sign the token's browser out; the token opens nothing any more."""
    await session.exec(delete(WebSession).where(col(WebSession.token_digest) == digest_of(token)))


async def end_sessions_of(session: AsyncSession, user_id: UUID, *, but: UUID | None = None) -> int:
    """Sign a user out everywhere, except in one session that may stay; return how many ended."""
    theirs = delete(WebSession).where(col(WebSession.user_id) == user_id)
    if but is not None:
        theirs = theirs.where(col(WebSession.id) != but)
    return (await session.exec(theirs)).rowcount


async def shut_sessions_of(session: AsyncSession, user_id: UUID, *, now: datetime) -> int:
    """End all sessions of a user at once, and keep their rows until the clean-up takes them.

    They open nothing ever again, but their browsers can still be told why: `shut_out_by_ban`.
    """
    theirs = (
        update(WebSession)
        .where(
            col(WebSession.user_id) == user_id,
            col(WebSession.expires_at) > now,
            col(WebSession.ends_at) > now,
        )
        .values(expires_at=now, ends_at=now)
    )
    return (await session.exec(theirs)).rowcount


async def shut_out_by_ban(
    session: AsyncSession, token: str | None, *, now: datetime
) -> User | None:
    """Return the banned user whose own session, running or shut, the token was of."""
    if token is None:
        return None
    theirs = (
        select(User)
        .join(WebSession, col(WebSession.user_id) == User.id)
        .where(
            WebSession.token_digest == digest_of(token), col(WebSession.impersonator_id).is_(None)
        )
    )
    user = (await session.exec(theirs)).first()
    return user if user is not None and user.is_banned(now) else None


async def mark_access_changed(session: AsyncSession, user_id: UUID) -> None:
    """Note that what a user may do has changed, so that their open tabs begin anew."""
    changed = (
        update(User)
        .where(col(User.id) == user_id)
        .values(access_version=col(User.access_version) + 1)
    )
    await session.exec(changed)


async def _may_impersonate(session: AsyncSession, row: WebSession, *, now: datetime) -> bool:
    """Whether the admin behind an impersonation, if it is one, is still an admin."""
    if row.impersonator_id is None:
        return True
    admin = await session.get_one(User, row.impersonator_id)
    return admin.is_admin and not admin.is_banned(now)


def _signed_in(row: WebSession, user: User) -> SignedIn:
    return SignedIn(
        session_id=row.id,
        user_id=user.id,
        email=user.email,
        name=user.name,
        avatar_key=user.avatar_key,
        is_email_verified=user.email_verified_at is not None,
        is_onboarded=user.onboarded_at is not None,
        is_admin=user.is_admin and row.impersonator_id is None,
        authenticated_at=row.authenticated_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        access_version=user.access_version,
        impersonator_id=row.impersonator_id,
        delete_at=user.delete_at,
    )
