"""Acting in somebody's name, and back: native posts, since the browser changes its session."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.admin_access import NOWHERE, admin_of
from core.clock import now_utc
from core.errors import DomainError, NotFound, NotFresh
from core.ids import as_uuid
from core.sessions import IMPERSONATION_LIFETIME, LIFETIME, SignedIn, holder_of
from saas_app import resources
from saas_app.api.arrivals import HOME, clear_cookie, cookie_of, set_cookie
from saas_app.api.cookies import clear_session_cookie, session_token, set_session_cookie
from saas_app.api.holders import back_to, origin_of
from saas_app.api.requests import form_of, require_same_origin, text_of
from saas_app.services.admin.impersonation import (
    end_impersonation,
    own_session,
    start_impersonation,
)
from saas_app.services.browser_cookies import BrowserCookie

USERS = "/admin/users"


async def start(request: Request) -> Response:
    """Open a session in a user's name; the admin's own waits in a cookie beside it."""
    parts, now = resources.get(), now_utc()
    token = session_token(request, parts.settings)
    holder = await _holder(token)
    if holder is None:
        raise NotFound(NOWHERE)
    admin = admin_of(holder, origin_of(request, holder))
    require_same_origin(request, parts.settings)
    user_id = as_uuid(text_of(await form_of(request), "user_id"))
    page = f"{USERS}/{user_id}"
    try:
        async with parts.database.write() as session:
            begun = await start_impersonation(session, admin, user_id, now=now)
    except NotFresh:
        return RedirectResponse(f"/confirm?next={page}", status_code=303)
    except DomainError as error:
        return back_to(page, error)
    response = RedirectResponse(HOME, status_code=303)
    set_session_cookie(response, begun.token, parts.settings, lifetime=IMPERSONATION_LIFETIME)
    set_cookie(response, BrowserCookie.OWN_SESSION, str(token), lifetime=LIFETIME)
    return response


async def end(request: Request) -> Response:
    """End the session in somebody's name, and give the browser the admin's own again.

    Also after the hour, when only the admin's own is left to come back to.
    """
    parts, now = resources.get(), now_utc()
    holder = await _holder(session_token(request, parts.settings))
    own_token = cookie_of(request, BrowserCookie.OWN_SESSION)
    is_acting = holder is not None and holder.impersonator_id is not None
    if not is_acting and not (holder is None and own_token):
        raise NotFound(NOWHERE)
    require_same_origin(request, parts.settings)
    if holder is None:
        async with parts.database.read() as session:
            own = await own_session(session, own_token, now=now)
        return _back(own_token if own is not None else None, USERS)
    origin = origin_of(request, holder)
    async with parts.database.write() as session:
        token = await end_impersonation(session, holder, own_token, origin=origin, now=now)
    return _back(token, f"{USERS}/{holder.user_id}")


impersonation_routes = [
    Route("/api/admin/impersonation/start", start, methods=["POST"]),
    Route("/api/admin/impersonation/end", end, methods=["POST"]),
]


async def _holder(token: str | None) -> SignedIn | None:
    async with resources.get().database.read() as session:
        return await holder_of(session, token, now=now_utc())


def _back(own_token: str | None, page: str) -> Response:
    """Lead the admin back, signed in as they were; or to signing in, where that has ended."""
    settings = resources.get().settings
    if own_token is None:
        response = RedirectResponse("/sign-in", status_code=303)
        clear_session_cookie(response, settings)
    else:
        response = RedirectResponse(page, status_code=303)
        set_session_cookie(response, own_token, settings)
    clear_cookie(response, BrowserCookie.OWN_SESSION)
    return response
