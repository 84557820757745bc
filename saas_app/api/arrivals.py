"""How a browser arrives at a door, and how it is sent on after it."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saas_app import resources
from saas_app.api.cookies import session_token, set_session_cookie
from saas_app.api.requests import browser_of
from saas_app.services import challenges, known_devices
from saas_app.services.browser_cookies import BrowserCookie, name_of, value_in
from saas_app.services.challenges import Purpose
from saas_app.services.local_paths import local_path
from saas_app.services.signing_in import Arrival, Banned, CheckInbox, Enter, Next, SecondFactor

HOME = "/home"


def arrival_of(request: Request, wanted: object = None) -> Arrival:
    """Return what a request tells of its browser.

    Args:
        request: the request.
        wanted: where the visitor wants to go, as the form says; another site is never kept.
    """
    settings = resources.get().settings
    return Arrival(
        browser=browser_of(request, settings),
        session_token=session_token(request, settings),
        devices=cookie_of(request, BrowserCookie.DEVICES),
        trusted_token=cookie_of(request, BrowserCookie.TRUSTED),
        next_path=local_path(wanted, fallback=HOME),
    )


def send_on(following: Next) -> Response:
    """Lead the browser to what comes next, with the cookies that it needs there."""
    match following:
        case Enter(token, devices, next_path):
            response = RedirectResponse(next_path or HOME, status_code=303)
            set_session_cookie(response, token, resources.get().settings)
            lifetime = known_devices.LIFETIME
            set_cookie(response, BrowserCookie.DEVICES, devices, lifetime=lifetime)
            clear_cookie(response, BrowserCookie.CHALLENGE)
            clear_cookie(response, BrowserCookie.OWN_SESSION)
            return response
        case SecondFactor(token):
            return with_challenge("/verify", token, Purpose.SECOND_FACTOR)
        case CheckInbox(token):
            return with_challenge("/check-inbox", token, Purpose.INBOX)
        case Banned(token):
            return with_challenge("/banned", token, Purpose.BANNED)


def with_challenge(page: str, token: str, purpose: Purpose) -> Response:
    """Lead the browser to a page, with the challenge that it goes on with there."""
    response = RedirectResponse(page, status_code=303)
    lifetime = challenges.LIFETIMES[purpose]
    set_cookie(response, BrowserCookie.CHALLENGE, token, lifetime=lifetime)
    return response


def cookie_of(request: Request, cookie: BrowserCookie) -> str:
    """Return one of our cookies, or nothing."""
    is_secure = resources.get().settings.is_secure
    return value_in(request.headers.get("cookie", ""), cookie, is_secure=is_secure)


def set_cookie(
    response: Response, cookie: BrowserCookie, value: str, *, lifetime: timedelta
) -> None:
    """Give the browser one of our cookies."""
    is_secure = resources.get().settings.is_secure
    response.set_cookie(
        name_of(cookie, is_secure=is_secure),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, cookie: BrowserCookie) -> None:
    """Take one of our cookies from the browser."""
    is_secure = resources.get().settings.is_secure
    response.delete_cookie(
        name_of(cookie, is_secure=is_secure),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
