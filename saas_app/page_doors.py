"""What not everybody gets, at the HTTP front: the admin area, and a front page that is off.

What a page shows is drawn in the browser from files that anybody can fetch, and its handlers guard
themselves; here strangers are answered as at an address where nothing is. Plain ASGI.
"""

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.clock import now_utc
from core.logs import log
from core.sessions import holder_of
from saas_app import resources
from saas_app.api.arrivals import cookie_of
from saas_app.api.cookies import session_token
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.features import Feature, feature_is_on

AREAS = ("/admin", "/api/admin")
WAY_BACK = "/api/admin/impersonation/end"
NOWHERE = "/nothing-here"
WITHOUT_FRONT_PAGE = "/home"  # which leads to signing in, or to one's servers


class PageDoors:
    """Wraps the web app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].rstrip("/")
        if path in AREAS or path.startswith(tuple(f"{area}/" for area in AREAS)):
            if not await _or(_may_enter(Request(scope), path), otherwise=False):
                scope = {**scope, "path": NOWHERE, "raw_path": NOWHERE.encode()}
        elif path == "" and not await _or(_has_front_page(), otherwise=True):
            answer = RedirectResponse(WITHOUT_FRONT_PAGE, status_code=303)
            answer.headers["cache-control"] = "no-store"
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _or(question: Awaitable[bool], *, otherwise: bool) -> bool:
    """Return the answer; a database that fails opens no door, and closes no public one."""
    try:
        return await question
    except Exception:  # noqa: BLE001 - the page itself will say what does not work
        log.exception("page_door.not_asked")
        return otherwise


async def _may_enter(request: Request, path: str) -> bool:
    """Whether an admin asks; or one who acts in somebody's name, for the way back."""
    parts = resources.get()
    async with parts.database.read() as session:
        token = session_token(request, parts.settings)
        holder = await holder_of(session, token, now=now_utc())
    if holder is not None and holder.is_admin:
        return True
    is_acting = holder is not None and holder.impersonator_id is not None
    has_own = holder is None and cookie_of(request, BrowserCookie.OWN_SESSION) != ""
    return path == WAY_BACK and (is_acting or has_own)


async def _has_front_page() -> bool:
    async with resources.get().database.read() as session:
        return await feature_is_on(session, Feature.MARKETING)
