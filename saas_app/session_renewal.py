"""Pushes the end of a session away whenever its browser loads a page.

A websocket cannot set a cookie, so a session that is only used over one would end in the browser
after 30 days however busy it is. Plain ASGI, since it only adds a header.
"""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.clock import now_utc
from core.logs import log
from core.sessions import holder_of, renew_session
from saas_app import resources
from saas_app.api.cookies import session_token, set_session_cookie


class SessionRenewal:
    """Wraps the web app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        cookie = await _cookie_if_due(Request(scope)) if _is_page(scope) else None
        if cookie is None:
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie)
                headers["cache-control"] = "no-store"  # no cache between gives it to others
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith("/api/"):
        return False
    return "text/html" in Request(scope).headers.get("accept", "")


async def _cookie_if_due(request: Request) -> str | None:
    """Return the renewed cookie, or nothing: a database that fails keeps nobody from a page."""
    try:
        return await _renewed_cookie(request)
    except Exception:  # noqa: BLE001 - the page itself will say what does not work
        log.exception("session.not_renewed")
        return None


async def _renewed_cookie(request: Request) -> str | None:
    """Return the cookie with its new end, when the request holds a session that is due."""
    parts, now = resources.get(), now_utc()
    token = session_token(request, parts.settings)
    if token is None:
        return None
    async with parts.database.read() as session:
        holder = await holder_of(session, token, now=now)
    if holder is None or not holder.is_due(now):
        return None
    async with parts.database.write() as session:
        ends_at = await renew_session(session, holder.session_id, now=now)
    if ends_at is None:
        return None
    response = Response()
    set_session_cookie(response, token, parts.settings, lifetime=ends_at - now)
    return response.headers["set-cookie"]
