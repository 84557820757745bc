"""A runtime with its OAuth endpoints in memory, and a person with a browser in front of it."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

import httpx2
import pytest
from starlette.applications import Starlette

from core.consents import browser_cookie_name, decide
from core.crypto import Sealer
from core.database import Database
from core.generation import announce_change
from core.models import Server, ServerKey
from core.settings import Settings
from core.tokens import KEY_PREFIX, digest_of, new_token
from mcp_runtime.catalog import Catalog, LiveServer
from mcp_runtime.errors import Unauthorized
from mcp_runtime.oauth.addresses import Issuer, issuer_of
from mcp_runtime.oauth.bearer import BearerGuard
from mcp_runtime.oauth.routes import oauth_routes
from mcp_runtime.oauth.signing_keys import KeyRing
from mcp_runtime.resources import Resources
from tests.cast import NOW, Cast, make_server

REDIRECT = "https://client.example/callback"


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Client:
    """A registered client."""

    id: str
    secret: str | None = None
    method: str = "none"
    redirect_uri: str = REDIRECT

    def body(self) -> dict[str, str]:
        if self.method == "client_secret_basic":
            return {}
        given = {"client_id": self.id}
        if self.method == "client_secret_post":
            given["client_secret"] = self.secret or ""
        return given

    def headers(self) -> dict[str, str]:
        if self.method != "client_secret_basic":
            return {}
        pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@dataclass
class Pkce:
    """A verifier with its challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Runtime:
    """One replica of the runtime, with everything a test asks of it."""

    def __init__(
        self, settings: Settings, database: Database, sealer: Sealer, clock: Clock
    ) -> None:
        self.settings, self.database, self.clock = settings, database, clock
        self.catalog = Catalog(database, sealer)
        self.resources = Resources(settings, database, sealer, self.catalog)
        self.keys = KeyRing(database, sealer, clock=clock)
        self.guard = BearerGuard(self.resources, keys=self.keys, clock=clock)
        self.app = Starlette(routes=oauth_routes(self.resources, keys=self.keys, clock=clock))
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url=settings.runtime_url
        )

    async def live(self, server_id: UUID) -> LiveServer:
        await self.catalog.poll()
        server = await self.catalog.get(server_id)
        assert server is not None
        return server


class World:
    """A replica, two servers of alice's, and the steps of the flow."""

    def __init__(self, runtime: Runtime, cast: Cast, server: Server, other: Server) -> None:
        self.runtime, self.cast, self.server, self.other = runtime, cast, server, other
        self.settings, self.database = runtime.settings, runtime.database
        self.http, self.clock, self.keys = runtime.http, runtime.clock, runtime.keys

    def issuer(self, server: Server | None = None) -> Issuer:
        return issuer_of(self.settings, (server or self.server).id)

    async def change(self, server: Server, **values: Any) -> None:
        """Change a server as the web app would, and let the runtime notice."""
        async with self.database.write() as session:
            row = await session.get_one(Server, server.id)
            for name, value in values.items():
                setattr(row, name, value)
            await announce_change(session, row)
        await self.runtime.catalog.poll()

    async def register(
        self, *, server: Server | None = None, method: str = "none", **metadata: Any
    ) -> Client:
        asked = {
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token"],
            **metadata,
        }
        answer = await self.http.post(self.issuer(server).endpoint("register"), json=asked)
        assert answer.status_code == 201, answer.text
        given = answer.json()
        return Client(
            given["client_id"], given.get("client_secret"), method, asked["redirect_uris"][0]
        )

    def question(
        self, client: Client, pkce: Pkce, *, server: Server | None = None, **values: str | None
    ) -> dict[str, str]:
        """Return the parameters of a good authorization request, with changes."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "code_challenge": pkce.challenge,
            "code_challenge_method": "S256",
            "resource": self.issuer(server).resource,
            "scope": "tools",
            "state": "st&te",
            **values,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(
        self,
        question: dict[str, str],
        *,
        server: Server | None = None,
        browser: "Browser | None" = None,
    ) -> httpx2.Response:
        address = self.issuer(server).endpoint("authorize")
        cookies = {} if browser is None else browser.headers(self.settings)
        answer = await self.http.get(address, params=question, headers=cookies)
        if browser is not None:
            browser.take(answer, self.settings)
        self.http.cookies.clear()
        return answer

    async def decide(self, request_token: str, browser: "Browser", *, approve: bool = True) -> str:
        async with self.database.write() as session:
            return await decide(
                session,
                request_token,
                user_id=browser.user_id,
                browser_cookie=browser.cookie,
                approve=approve,
                now=self.clock(),
            )

    async def come_back(self, address: str, browser: "Browser") -> httpx2.Response:
        return await self.http.get(address, headers=browser.headers(self.settings))

    async def code_for(
        self,
        client: Client,
        pkce: Pkce,
        *,
        user: UUID | None = None,
        server: Server | None = None,
        **values: str | None,
    ) -> str:
        """Walk the whole way to a code."""
        browser = Browser(user or self.cast.alice.user_id)
        question = self.question(client, pkce, server=server, **values)
        answer = await self.authorize(question, server=server, browser=browser)
        address = await self.decide(request_token_in(answer), browser)
        returned = await self.come_back(address, browser)
        return answer_in(returned)["code"]

    async def exchange(
        self, client: Client, server: Server | None = None, /, **form: str | None
    ) -> httpx2.Response:
        body = {**client.body(), **{name: value for name, value in form.items() if value}}
        address = self.issuer(server).endpoint("token")
        return await self.http.post(address, data=body, headers=client.headers())

    async def tokens_for(
        self, client: Client, *, user: UUID | None = None, server: Server | None = None
    ) -> dict[str, Any]:
        pkce = Pkce()
        code = await self.code_for(client, pkce, user=user, server=server)
        answer = await self.exchange(
            client,
            server,
            grant_type="authorization_code",
            code=code,
            code_verifier=pkce.verifier,
            redirect_uri=client.redirect_uri,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refresh(
        self, client: Client, refresh_token: str, **form: str | None
    ) -> httpx2.Response:
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token, **form}
        return await self.exchange(client, **given)

    async def call(self, token: str | None, *, server: Server | None = None) -> Any:
        """Knock at the MCP endpoint's guard."""
        live = await self.runtime.live((server or self.server).id)
        authorization = None if token is None else f"Bearer {token}"
        return await self.runtime.guard.authenticate(authorization, live)


@dataclass
class Browser:
    """A signed-in person's browser; it holds the runtime's cookie."""

    user_id: UUID
    cookie: str | None = None

    def headers(self, settings: Settings) -> dict[str, str]:
        if self.cookie is None:
            return {}
        return {"Cookie": f"{browser_cookie_name(is_secure=settings.is_secure)}={self.cookie}"}

    def take(self, answer: httpx2.Response, settings: Settings) -> None:
        name = browser_cookie_name(is_secure=settings.is_secure)
        self.cookie = answer.cookies.get(name, self.cookie)


def request_token_in(answer: httpx2.Response) -> str:
    """Return the token with which the consent page is opened."""
    assert answer.status_code == 302, answer.text
    place = urlsplit(answer.headers["location"])
    assert place.path == "/connect", answer.headers["location"]
    return parse_qs(place.query)["request"][0]


def answer_in(answer: httpx2.Response, *, at: str = REDIRECT) -> dict[str, str]:
    """Return what a redirect tells the client, which it must reach."""
    assert answer.status_code == 302, answer.text
    address, _, query = answer.headers["location"].partition("?")
    assert address == at
    return dict(parse_qsl(query))


async def make_world(settings: Settings, database: Database, sealer: Sealer, cast: Cast) -> World:
    """Write two servers of alice's and start a replica."""
    async with database.write() as session:
        server = await make_server(session, cast.alice)
        other = await make_server(session, cast.alice, name="Orders")
    runtime = Runtime(settings, database, sealer, Clock())
    await runtime.catalog.poll()
    return World(runtime, cast, server, other)


async def refused(world: World, token: str | None, **where: Server) -> Unauthorized:
    """Call with a token that does not open the server, and return how that is told."""
    with pytest.raises(Unauthorized) as refusal:
        await world.call(token, **where)
    return refusal.value


async def make_key(world: World, **values: Any) -> tuple[str, ServerKey]:
    """Write a key of alice's server, and return it with its row."""
    key = new_token(KEY_PREFIX)
    row = ServerKey(
        **{
            "server_id": world.server.id,
            "name": "CI",
            "shown_part": key[:12],
            "token_digest": digest_of(key),
            "created_at": NOW,
            **values,
        }
    )
    async with world.database.write() as session:
        session.add(row)
    return key, row
