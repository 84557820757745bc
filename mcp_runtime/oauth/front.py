"""The thin front of all OAuth endpoints: finds the server, translates refusals, answers CORS."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from authlib.oauth2.rfc6749.errors import InvalidClientError, OAuth2Error
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.caller_address import caller_address
from core.errors import DomainError, NotFound
from core.ids import as_uuid
from core.logs import bind_ids, log
from mcp_runtime.catalog import LiveServer
from mcp_runtime.errors import NEUTRAL
from mcp_runtime.oauth.addresses import Issuer, issuer_of
from mcp_runtime.oauth.errors import PageError
from mcp_runtime.oauth.pages import refusal_page
from mcp_runtime.oauth.registration_limits import RegistrationLimits
from mcp_runtime.oauth.signing_keys import KeyRing
from mcp_runtime.resources import Resources

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Clients in browsers read these from any origin; no cookie counts here, so none is allowed.
CROSS_ORIGIN = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization", "Content-Type", "MCP-Protocol-Version"],
    expose_headers=["WWW-Authenticate"],
    max_age=3600,
)


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """A request to one server's authorization server, with what it takes to answer."""

    request: Request
    server: LiveServer
    issuer: Issuer
    resources: Resources
    keys: KeyRing
    registrations: RegistrationLimits
    now: datetime

    @property
    def address(self) -> str:
        """The caller's IP address."""
        peer = self.request.client.host if self.request.client is not None else ""
        forwarded = self.request.headers.getlist("x-forwarded-for")
        hops = self.resources.settings.trusted_proxy_hops
        return caller_address(peer, forwarded, hops=hops)


Handler = Callable[[OAuthRequest], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Front:
    """Makes routes of handlers."""

    resources: Resources
    keys: KeyRing
    clock: Callable[[], datetime]
    registrations: RegistrationLimits = field(default_factory=RegistrationLimits)

    def for_programs(self, path: str, handler: Handler, *, method: str) -> Route:
        """Return a route that answers in JSON, to pages of any origin too."""

        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": f"{method}, OPTIONS"})
            try:
                return await handler(await self._asked(request))
            except OAuth2Error as error:
                return oauth_refusal(error)
            except DomainError as error:
                return domain_refusal(error)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                log.opt(exception=error).error("oauth.crashed")
                body = {"error": "server_error", "error_description": NEUTRAL}
                return JSONResponse(body, status_code=500, headers=NO_STORE)

        return Route(path, endpoint, methods=[method, "OPTIONS"], middleware=[CROSS_ORIGIN])

    def for_browsers(self, path: str, handler: Handler, *, methods: list[str]) -> Route:
        """Return a route that answers a person: redirects, and a plain page where none is safe."""

        async def endpoint(request: Request) -> Response:
            try:
                return await handler(await self._asked(request))
            except PageError as error:
                return refusal_page(error.message, status=error.status, way_back=error.way_back)
            except OAuth2Error as error:
                return refusal_page(error.get_error_description(), status=error.status_code)
            except DomainError as error:
                return refusal_page(error.message, status=error.status)
            except Exception as error:  # noqa: BLE001 - the front: nothing passes it unseen
                log.opt(exception=error).error("oauth.crashed")
                return refusal_page(NEUTRAL, status=500)

        return Route(path, endpoint, methods=methods)

    async def _asked(self, request: Request) -> OAuthRequest:
        text = request.path_params["server_id"]
        server_id = as_uuid(text)
        server = await self.resources.catalog.get(server_id)
        # Other spellings of the same id would serve documents that name another issuer.
        if server is None or text != str(server_id):
            raise NotFound("There is no MCP server at this address.")
        bind_ids(server_id=server_id, organization_id=server.organization_id)
        return OAuthRequest(
            request=request,
            server=server,
            issuer=issuer_of(self.resources.settings, server_id),
            resources=self.resources,
            keys=self.keys,
            registrations=self.registrations,
            now=self.clock(),
        )


def oauth_refusal(error: OAuth2Error) -> Response:
    """Return an OAuth error as JSON (RFC 6749 section 5.2)."""
    headers = dict(NO_STORE)
    status = error.status_code
    if isinstance(error, InvalidClientError):
        status = 401
        headers["WWW-Authenticate"] = 'Basic realm="oauth", charset="UTF-8"'
    if status in (429, 503):
        headers["Retry-After"] = "60"
    return JSONResponse(dict(error.get_body()), status_code=status, headers=headers)


def domain_refusal(error: DomainError) -> Response:
    """Return any other refusal in the same form."""
    body = {"error": error.code, "error_description": error.message}
    return JSONResponse(body, status_code=error.status, headers=NO_STORE)
