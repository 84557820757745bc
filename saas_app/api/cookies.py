"""The session cookie: HttpOnly, SameSite=Lax, Secure and host-bound behind TLS."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from core.sessions import LONGEST_LIFETIME, cookie_name, token_in
from core.settings import Settings


def set_session_cookie(
    response: Response, token: str, settings: Settings, *, lifetime: timedelta = LONGEST_LIFETIME
) -> None:
    """Give the browser its session, after a proof of identity.

    The cookie lasts as long as any session may; when this one ends, its row says. Nothing else sets
    it: an answer on its way while the token changes would bring the old one back.
    """
    response.set_cookie(
        cookie_name(is_secure=settings.is_secure),
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(is_secure=settings.is_secure),
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def session_token(request: Request, settings: Settings) -> str | None:
    """Return the request's session token, if it carries one."""
    return token_in(request.headers.get("cookie", ""), is_secure=settings.is_secure)
