"""Browser sessions: an opaque token in a cookie, looked up by its digest at every event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import User, WebSession
from core.tokens import SESSION_PREFIX, digest_of, new_token

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The holder of a valid session cookie."""

    session_id: UUID
    user_id: UUID
    email: str
    name: str


def cookie_name(*, is_secure: bool) -> str:
    """Return the cookie's name; behind TLS the prefix makes browsers keep it to this host."""
    return "__Host-toolkiln_session" if is_secure else "toolkiln_session"


def token_in(cookie_header: str, *, is_secure: bool) -> str | None:
    """Return the session token of a Cookie header, if it holds one."""
    try:
        cookie = SimpleCookie(cookie_header).get(cookie_name(is_secure=is_secure))
    except CookieError:
        return None
    return cookie.value if cookie is not None and cookie.value.startswith(SESSION_PREFIX) else None


async def start_session(
    session: AsyncSession,
    user_id: UUID,
    *,
    now: datetime,
    user_agent: str = "",
    ip_address: str = "",
) -> str:
    """Sign a browser in and return the token for its cookie."""
    token = new_token(SESSION_PREFIX)
    session.add(
        WebSession(
            user_id=user_id,
            token_digest=digest_of(token),
            created_at=now,
            expires_at=now + LIFETIME,
            user_agent=user_agent[:255],
            ip_address=ip_address[:45],
        )
    )
    return token


async def holder_of(session: AsyncSession, token: str | None, *, now: datetime) -> SignedIn | None:
    """Return who holds the token, or None when it is unknown, ended or expired."""
    if token is None:
        return None
    held = (
        select(WebSession.id, User.id, User.email, User.name)
        .join(User, col(User.id) == WebSession.user_id)
        .where(WebSession.token_digest == digest_of(token), col(WebSession.expires_at) > now)
    )
    row = (await session.exec(held)).first()
    return None if row is None else SignedIn(*row)


async def end_session(session: AsyncSession, token: str) -> None:
    """Sign the token's browser out; the token opens nothing any more."""
    await session.exec(delete(WebSession).where(col(WebSession.token_digest) == digest_of(token)))
