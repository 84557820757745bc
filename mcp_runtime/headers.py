"""The outermost layer: tidies header values, keeps foreign hosts and origins out, dresses answers.

The Host check is what stops DNS rebinding; the Origin check is the rule of MCP's transport. Health
checks come without a name and are exempt.
"""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ids import new_request_id
from core.logs import log_context
from core.settings import Settings
from core.tracing import span

EXEMPT = frozenset({"/health", "/ready"})
BLANKS = b" \t"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# No answer is a page that runs or shows anything but its own text; the few that say more, such as
# the page of a refused connection, say it themselves.
DRESS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
DEFAULT_PORTS = {"http": 80, "https": 443}


class HeaderGuard:
    """ASGI middleware around the whole runtime.

    Blanks around values are stripped because the HTTP parser leaves trailing ones and the SDK
    compares values byte by byte.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._hosts = allowed_hosts(settings)
        self._origins = frozenset({settings.web_url, settings.runtime_url})
        self._allows_loopback = not settings.is_production
        self._dress = (*DRESS, TLS_ONLY) if settings.is_secure else DRESS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on under an id of its own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = stripped(scope["headers"])
        refusal = None if scope["path"] in EXEMPT else self._refusal(scope["path"], headers)
        request_id = new_request_id()
        named = (b"x-request-id", request_id.encode())

        async def naming_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                missing = [pair for pair in self._dress if pair[0] not in names]
                message["headers"] = [*given, *missing, named]
            await send(message)

        if refusal is not None:
            await refusal(scope, receive, naming_send)
            return

        with log_context(request_id=request_id), span("runtime.request"):
            await self._app({**scope, "headers": headers}, receive, naming_send)

    def _refusal(self, path: str, headers: list[tuple[bytes, bytes]]) -> PlainTextResponse | None:
        host = origin = None
        for name, value in headers:
            if name == b"host":
                host = value.decode("latin-1").lower()
            elif name == b"origin":
                origin = value.decode("latin-1").lower()
        if host not in self._hosts:
            return PlainTextResponse("This host name is not served here.\n", status_code=421)
        # The OAuth endpoints answer pages of any origin and say so themselves.
        is_mcp = path.startswith("/mcp/") and path.endswith("/mcp")
        if origin is not None and is_mcp and not self._is_allowed(origin):
            return PlainTextResponse("Pages of this origin may not call here.\n", status_code=403)
        return None

    def _is_allowed(self, origin: str) -> bool:
        if origin in self._origins:
            return True
        return self._allows_loopback and urlsplit(origin).hostname in ("localhost", "127.0.0.1")


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the Host values that mean this runtime, with and without their port."""
    hosts: set[str] = set()
    for url in (settings.runtime_url, settings.web_url, settings.runtime_direct_url):
        parts = urlsplit(url.lower())
        hosts.add(parts.netloc)
        if parts.port is None:
            hosts.add(f"{parts.netloc}:{DEFAULT_PORTS[parts.scheme]}")
    if not settings.is_production:
        hosts |= {f"{name}:{settings.runtime_port}" for name in LOOPBACK}
    return frozenset(hosts)


def stripped(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers without blanks around their values."""
    return [(name, value.strip(BLANKS)) for name, value in headers]
