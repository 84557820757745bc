"""What stands in front of the Reflex app: headers, caching, the size of requests, tidy addresses.

It is plain ASGI, since it sees every request and websocket.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import DomainError, NotFound
from core.ids import new_request_id
from core.logs import log_context
from core.settings import Settings
from core.tracing import span
from saas_app.api.errors import refuse
from saas_app.api.requests import Malformed, announced_bytes
from saas_app.content_policy import page_policy, script_hashes

LARGEST_API_REQUEST_BYTES = 20 * 1024 * 1024
ONE_YEAR = 365 * 24 * 3600
OURS = ("/api/", "/storage/")
CONSENT_PAGE = "/connect"
EVERYWHERE: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class TooLarge(DomainError):
    """A request's body passed the limit."""

    code = "too_large"
    status = 413


class Serving:
    """Wraps the web app."""

    def __init__(
        self, app: ASGIApp, settings: Settings, client_folder: Path, *, store: str = ""
    ) -> None:
        self._app = app
        self._folder = client_folder
        hashes = script_hashes(client_folder)
        self._policy = page_policy(settings, hashes, store=store)
        self._consent_policy = page_policy(settings, hashes, store=store, may_post_anywhere=True)
        self._everywhere = dict(EVERYWHERE)
        if settings.is_secure:
            self._everywhere["strict-transport-security"] = f"max-age={ONE_YEAR}; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, request_id = scope["path"], new_request_id()
        scope = {**scope, "state": scope.get("state", {}) | {"request_id": request_id}}

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._dress(path, message["status"], headers)
                headers.setdefault("x-request-id", request_id)
            await send(message)

        if path.startswith(OURS):
            # Not around the event socket: its first task lives as long as the process, and would
            # keep the id. Each event gets one of its own from the guard.
            with log_context(request_id=request_id), span("web.request"):
                await self._serve_api(scope, receive, send_dressed)
        else:
            await self._app(self._with_page_path(scope), receive, send_dressed)

    def _with_page_path(self, scope: Scope) -> Scope:
        """Serve `/servers` where the build holds `servers/index.html`, without a redirect.

        The file server under us would answer with a redirect to an absolute address, whose scheme
        and host are wrong behind a proxy.
        """
        path = scope["path"]
        is_page = not path.endswith("/") and ".." not in path
        if is_page and (self._folder / path.lstrip("/") / "index.html").is_file():
            return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}
        return scope

    def _dress(self, path: str, status: int, headers: MutableHeaders) -> None:
        for name, value in self._everywhere.items():
            headers.setdefault(name, value)
        if path.startswith(OURS):
            headers.setdefault("content-security-policy", API_POLICY)
            headers.setdefault("cache-control", "no-store")
        elif headers.get("content-type", "").startswith("text/html"):
            is_consent = path.rstrip("/") == CONSENT_PAGE
            policy = self._consent_policy if is_consent else self._policy
            headers.setdefault("content-security-policy", policy)
            headers.setdefault("cache-control", "no-cache")
        elif path.startswith("/assets/") and status in (200, 206, 304):
            headers.setdefault("cache-control", f"public, max-age={ONE_YEAR}, immutable")
        elif status in (200, 206, 304):
            headers.setdefault("cache-control", "public, max-age=3600")

    async def _serve_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an API request on, and see to it that a failure is logged once."""
        if "\0" in scope["path"]:  # no name of ours has one, and PostgreSQL refuses to look
            await _refuse(NotFound("There is nothing at this address."), scope, receive, send)
            return
        has_ended = False

        async def send_noting(message: Message) -> None:
            nonlocal has_ended
            await send(message)
            is_body = message["type"] == "http.response.body"
            has_ended = is_body and not message.get("more_body", False)

        try:
            await self._serve_bounded(scope, receive, send_noting)
        except Exception:
            # Starlette raises what `admit_failure` has logged and answered; the server would log it
            # again, with its message.
            if not has_ended:
                raise

    async def _serve_bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an API request on, unless its body is larger than any of ours."""
        try:
            announced = announced_bytes(Headers(scope=scope)) or 0
        except Malformed as error:
            await _refuse(error, scope, receive, send)
            return
        if announced > LARGEST_API_REQUEST_BYTES:
            await _refuse(_too_large(), scope, receive, send)
            return
        received, has_started = 0, False

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_API_REQUEST_BYTES:
                raise _too_large()
            return message

        async def send_unless_too_large(message: Message) -> None:
            nonlocal has_started
            if received <= LARGEST_API_REQUEST_BYTES:
                has_started = True
                await send(message)

        with suppress(TooLarge):
            await self._app(scope, receive_counted, send_unless_too_large)
        if received > LARGEST_API_REQUEST_BYTES and not has_started:
            await _refuse(_too_large(), scope, receive, send)


def _too_large() -> TooLarge:
    megabytes = LARGEST_API_REQUEST_BYTES // 1024 // 1024
    return TooLarge(f"That is too large; at most {megabytes} MB are accepted.")


async def _refuse(error: DomainError, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await refuse(Request(scope), error)
    await answer(scope, receive, send)
