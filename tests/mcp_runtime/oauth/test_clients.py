"""MCP clients that others wrote walk the whole flow over HTTP, with a person who consents."""

import warnings
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import fastmcp
import httpx2
import pytest
from fastmcp.client.auth import OAuth
from mcp.client import Client as SdkClient
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from sqlmodel import select

from core.clock import now_utc
from core.consents import decide
from core.database import Database
from core.generation import announce_change
from core.grants import revoke_grant
from core.models import AccessPolicy, Grant, OAuthClient, Server
from core.settings import Settings
from tests.cast import a_tool
from tests.mcp_person import Remembered
from tests.mcp_runtime.conftest import Hosting, Upstream
from tests.mcp_runtime.oauth.world import Browser, request_token_in


@dataclass
class Person:
    """Signs in to the web app, reads the consent page and allows, or does not."""

    database: Database
    settings: Settings
    user_id: UUID
    approves: bool = True
    answers: list[dict[str, str]] = field(default_factory=list)

    async def visit(self, address: str) -> None:
        """Open the address a client gives, and note what comes back to the client."""
        browser = Browser(self.user_id)
        async with httpx2.AsyncClient() as http:
            asked = await http.get(address)
            browser.take(asked, self.settings)
            async with self.database.write() as session:
                back = await decide(
                    session,
                    request_token_in(asked),
                    user_id=self.user_id,
                    browser_cookie=browser.cookie,
                    approve=self.approves,
                    now=now_utc(),
                )
            returned = await http.get(back, headers=browser.headers(self.settings))
        query = parse_qs(urlsplit(returned.headers["location"]).query)
        self.answers.append({name: values[0] for name, values in query.items()})

    async def answer(self) -> AuthorizationCodeResult:
        """Hand over what came back."""
        given = self.answers[-1]
        if "error" in given:
            raise PermissionError(given["error"])
        return AuthorizationCodeResult(
            code=given["code"], state=given.get("state"), iss=given.get("iss")
        )


class FastMcpOAuth(OAuth):
    """FastMCP's client, with a person instead of a browser window."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person

    async def redirect_handler(self, authorization_url: str) -> None:
        await self.person.visit(authorization_url)

    async def callback_handler(self) -> AuthorizationCodeResult:
        return await self.person.answer()


@dataclass
class Place:
    """A runtime that listens, with a private server of alice's in it."""

    hosting: Hosting
    server_id: UUID
    alice: Person

    @property
    def url(self) -> str:
        return self.hosting.address(self.server_id)

    @property
    def database(self) -> Database:
        return self.hosting.database

    async def notice(self) -> None:
        """Let the runtime see what changed."""
        await self.hosting.runtime.resources.catalog.poll()

    def provider(self, memory: Remembered, *, method: str = "none") -> OAuthClientProvider:
        return OAuthClientProvider(
            server_url=self.url,
            client_metadata=OAuthClientMetadata.model_validate(
                {
                    "client_name": "Test client",
                    "redirect_uris": ["http://localhost:3999/callback"],
                    "grant_types": ["authorization_code", "refresh_token"],
                    "token_endpoint_auth_method": method,
                }
            ),
            storage=memory,
            redirect_handler=self.alice.visit,
            callback_handler=self.alice.answer,
        )

    async def city(self, provider: OAuthClientProvider) -> str:
        """Call the tool with the SDK's client."""
        async with (
            httpx2.AsyncClient(auth=provider) as http,
            SdkClient(streamable_http_client(self.url, http_client=http)) as client,
        ):
            assert [tool.name for tool in (await client.list_tools()).tools] == ["get_city"]
            result = await client.call_tool("get_city", {"city_id": "oslo"})
            assert result.structured_content is not None
            return result.structured_content["name"]


@pytest.fixture
async def place(hosting: Hosting, upstream: Upstream) -> Place:
    """A private server with one tool."""
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    alice = Person(hosting.database, hosting.settings, hosting.cast.alice.user_id)
    return Place(hosting, server_id, alice)


async def test_fastmcps_client_connects(place: Place) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it keeps its tokens in memory
        client = fastmcp.Client(place.url, auth=FastMcpOAuth(place.alice))

        async with client:
            tools = await client.list_tools()
            result = await client.call_tool("get_city", {"city_id": "oslo"})

    assert [tool.name for tool in tools] == ["get_city"]
    assert (result.structured_content or {})["name"] == "Oslo"
    assert place.alice.answers[0]["iss"] == f"{place.hosting.url}/mcp/{place.server_id}"


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
async def test_the_sdks_client_connects(place: Place, method: str) -> None:
    memory = Remembered()

    assert await place.city(place.provider(memory, method=method)) == "Oslo"

    assert memory.tokens is not None
    assert memory.tokens.scope == "tools"
    async with place.database.read() as session:
        registered = (await session.exec(select(OAuthClient))).one()
    assert registered.details["token_endpoint_auth_method"] == method


async def test_the_sdks_client_comes_back_without_asking_again(place: Place) -> None:
    memory = Remembered()
    await place.city(place.provider(memory))

    await place.city(place.provider(memory))

    assert len(place.alice.answers) == 1


async def test_the_sdks_client_refreshes_a_token_that_is_over(place: Place) -> None:
    memory = Remembered()
    provider = place.provider(memory)
    await place.city(provider)
    assert memory.tokens is not None
    first = memory.tokens
    provider.context.token_expiry_time = 1.0

    await place.city(provider)

    assert memory.tokens.access_token != first.access_token
    assert memory.tokens.refresh_token != first.refresh_token
    assert len(place.alice.answers) == 1


async def test_the_sdks_client_asks_again_when_the_owner_ended_the_connection(
    place: Place,
) -> None:
    memory = Remembered()
    await place.city(place.provider(memory))
    async with place.database.write() as session:
        server = await session.get_one(Server, place.server_id)
        grant = (await session.exec(select(Grant))).one()
        await revoke_grant(session, server, grant, now=now_utc())
    await place.notice()

    await place.city(place.provider(memory))

    assert len(place.alice.answers) == 2


async def test_the_sdks_client_is_told_of_a_refusal(place: Place) -> None:
    place.alice.approves = False

    with pytest.raises(BaseExceptionGroup) as refused:
        await place.city(place.provider(Remembered()))

    assert refused.group_contains(PermissionError, match="access_denied")


async def test_a_client_that_was_registered_elsewhere_registers_here(place: Place) -> None:
    memory = Remembered()
    await place.city(place.provider(memory))
    async with place.database.write() as session:
        await session.delete((await session.exec(select(OAuthClient))).one())
        await announce_change(session, await session.get_one(Server, place.server_id))
    await place.notice()
    memory.client = None

    await place.city(place.provider(memory))

    assert len(place.alice.answers) == 2


async def test_a_browser_page_of_any_origin_discovers_the_server(place: Place) -> None:
    foreign = {"Origin": "https://inspector.example"}
    base, path = place.hosting.url, f"/mcp/{place.server_id}"
    async with httpx2.AsyncClient(headers=foreign) as http:
        for document in (
            f"{base}/.well-known/oauth-protected-resource{path}/mcp",
            f"{base}/.well-known/oauth-authorization-server{path}",
            f"{base}{path}/oauth/jwks",
        ):
            answer = await http.get(document)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_runtime_challenges_over_http(place: Place) -> None:
    async with httpx2.AsyncClient() as http:
        without = await http.post(place.url, json={})
        invalid = await http.post(place.url, json={}, headers={"Authorization": "Bearer x"})

    assert (without.status_code, invalid.status_code) == (401, 401)
    assert "error=" not in without.headers["www-authenticate"]
    assert 'error="invalid_token"' in invalid.headers["www-authenticate"]
