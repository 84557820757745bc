"""Dynamic registration: what is accepted, what is refused, and how much of it."""

import dataclasses

import httpx2
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from core.models import OAuthClient
from core.tokens import digest_of
from mcp_runtime.oauth import registration
from mcp_runtime.oauth.clients import UNUSED_LIFETIME, USED_LIFETIME
from mcp_runtime.oauth.registration_limits import PER_ADDRESS
from mcp_runtime.oauth.routes import oauth_routes
from tests.mcp_runtime.oauth.world import Pkce, World

REFUSED_REDIRECTS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,hello",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/1",
    "http://client.example/callback",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://0.0.0.0/",
    "http://[::]/",
    "https://client.example/callback#fragment",
    "https://*.client.example/callback",
    "https://client.example/*",
    "https://user@client.example/",
    "http://localhost@evil.example/",
    "https://",
    "https:///path",
    "https:client.example",
    "https://client.example:notaport/",
    "//client.example/callback",
    "/callback",
    "",
    "cursor:",
    "https://client.example/a b",
    "https://client.example/\n",
    "https://client.example\\@evil.example/",
    "https://clïent.example/",
    "https://client.example/" + "a" * 2000,
    "urn:ietf:wg:oauth:2.0:oob",
    "ws://client.example/",
    "ms-officecmd:x",
    "ms-settings:privacy",
    "ms-word:ofe|u|https://a.example/",
    "microsoft-edge:https://a.example/",
    "shell:startup",
    "search:query=x",
    "search-ms:query=x",
    "ldap://a.example/",
    "smb://a.example/share",
    "nfs://a.example/share",
    "afp://a.example/",
    "steam://run/1",
    "market://details?id=x",
    "android-app://x/https/a.example",
    "itms-services://?action=download-manifest",
    "webcal://a.example/",
    "git+ssh://a.example/",
]
ACCEPTED_REDIRECTS = [
    "https://client.example/callback",
    "https://client.example:8443/callback?tenant=1",
    "http://localhost/callback",
    "http://localhost:33418/",
    "http://127.0.0.1:0/callback",
    "http://[::1]:1234/callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://vscode.github-authentication/did-authenticate",
    "com.example.app:/oauth",
]


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """What is checked here comes before the database, which the flow asks of both kinds."""
    return request.param


async def post(world: World, **metadata):
    return await world.http.post(world.issuer().endpoint("register"), json=metadata)


async def rows(world: World) -> list[OAuthClient]:
    async with world.database.read() as session:
        return list((await session.exec(select(OAuthClient))).all())


@pytest.mark.parametrize("uri", REFUSED_REDIRECTS)
async def test_s18_a_dangerous_redirect_address_is_refused(world: World, uri: str) -> None:
    answer = await post(world, redirect_uris=["https://client.example/", uri])

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_redirect_uri"
    assert await rows(world) == []


@pytest.mark.parametrize("uri", ACCEPTED_REDIRECTS)
async def test_web_loopback_and_application_addresses_are_accepted(world: World, uri: str) -> None:
    answer = await post(world, redirect_uris=[uri], token_endpoint_auth_method="none")

    assert answer.status_code == 201, answer.text
    assert answer.json()["redirect_uris"] == [uri]


async def test_a_public_client_is_given_no_secret(world: World) -> None:
    given = (
        await post(
            world,
            redirect_uris=["https://client.example/"],
            token_endpoint_auth_method="none",
            client_name="Inspector",
        )
    ).json()

    assert "client_secret" not in given
    assert given["token_endpoint_auth_method"] == "none"
    assert given["client_name"] == "Inspector"
    assert given["scope"] == "tools"
    assert (await rows(world))[0].secret_digest is None


async def test_s12_a_secret_is_kept_as_a_digest_alone(world: World) -> None:
    given = (await post(world, redirect_uris=["https://client.example/"])).json()

    row = (await rows(world))[0]
    assert given["token_endpoint_auth_method"] == "client_secret_basic"
    assert given["client_secret_expires_at"] == 0
    assert row.secret_digest == digest_of(given["client_secret"])
    assert given["client_secret"] not in str(row.model_dump())


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"redirect_uris": []},
        {"redirect_uris": "https://client.example/"},
        {"redirect_uris": [5]},
        {"redirect_uris": ["https://client.example/"] * 21},
    ],
)
async def test_redirect_addresses_are_needed(world: World, metadata) -> None:
    answer = await post(world, **metadata)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_redirect_uri"


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"grant_types": ["implicit"]},
        {"grant_types": ["refresh_token"]},
        {"response_types": ["token"]},
        {"client_name": "x" * 121},
        {"client_name": 5},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": "data:image/png;base64,AA"},
    ],
)
async def test_metadata_that_is_not_supported_is_refused(world: World, metadata) -> None:
    answer = await post(world, redirect_uris=["https://client.example/"], **metadata)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"5", b"\xff"])
async def test_what_is_no_json_object_is_refused(world: World, body: bytes) -> None:
    answer = await world.http.post(world.issuer().endpoint("register"), content=body)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client_metadata"


async def test_s18_a_large_body_is_refused(world: World) -> None:
    answer = await world.http.post(world.issuer().endpoint("register"), content=b" " * 20_000)

    assert answer.status_code == 413


async def test_grant_types_that_we_do_not_know_are_left_out(world: World) -> None:
    given = await post(
        world,
        redirect_uris=["https://client.example/"],
        grant_types=[
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
    )

    assert given.json()["grant_types"] == ["authorization_code", "refresh_token"]


async def test_a_name_cannot_turn_the_consent_page_around(world: World) -> None:
    given = await post(
        world, redirect_uris=["https://client.example/"], client_name="Cl\u202eaude\n\x00"
    )

    assert given.json()["client_name"] == "Claude"


async def test_s18_registrations_of_one_server_are_limited_by_the_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "MAX_PER_HOUR", 2)
    for _ in range(2):
        await world.register()

    refused = await post(world, redirect_uris=["https://client.example/"])
    await world.register(server=world.other)
    world.clock.pass_(minutes=61)
    await world.register()

    assert refused.status_code == 429
    assert refused.headers["retry-after"]


async def test_s18_one_address_leaves_room_for_the_others(world: World) -> None:
    settings = world.settings.model_copy(update={"trusted_proxy_hops": 1})
    resources = dataclasses.replace(world.runtime.resources, settings=settings)
    routes = oauth_routes(resources, keys=world.keys, clock=world.clock)
    app = httpx2.ASGITransport(app=Starlette(routes=routes))

    async def status(address: str) -> int:
        asked = {"redirect_uris": ["https://client.example/"]}
        headers = {"X-Forwarded-For": f"198.51.100.1, {address}"}
        address = world.issuer().endpoint("register")
        return (await http.post(address, json=asked, headers=headers)).status_code

    async with httpx2.AsyncClient(transport=app, base_url=world.settings.runtime_url) as http:
        for number in range(PER_ADDRESS):
            assert await status(f"2001:db8::{number:x}") == 201
        assert await status("2001:db8::ffff:1") == 429
        assert await status("2001:db8:0:1::1") == 201
        assert await status("192.0.2.1") == 201
        world.clock.pass_(minutes=61)
        assert await status("2001:db8::1") == 201


async def test_s18_an_unused_registration_ends_and_goes(world: World) -> None:
    unused = await world.register()
    world.clock.pass_(seconds=UNUSED_LIFETIME.total_seconds() + 1)

    answer = await world.authorize(world.question(unused, Pkce()))
    await world.register()

    assert answer.status_code == 400
    assert len(await rows(world)) == 1


async def test_use_keeps_a_registration_alive(world: World, client) -> None:
    await world.tokens_for(client)
    world.clock.pass_(seconds=UNUSED_LIFETIME.total_seconds() + 1)

    assert await world.tokens_for(client)
    assert (await rows(world))[0].expires_at == world.clock() + USED_LIFETIME
