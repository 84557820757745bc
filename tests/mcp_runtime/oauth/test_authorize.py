"""The authorization endpoint: what is refused, and where the refusal is told."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from sqlmodel import select

from core.models import AuthorizationRequest, OAuthClient
from core.tokens import digest_of
from mcp_runtime.oauth import authorize
from tests.conftest import settings_with
from tests.mcp_runtime.oauth.world import (
    REDIRECT,
    Browser,
    Pkce,
    World,
    answer_in,
    make_world,
    request_token_in,
)


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """What is checked here comes before the database, which the flow asks of both kinds."""
    return request.param


LOOPBACK = "http://localhost:33418/callback"


def link_in(answer: httpx2.Response) -> str:
    """Return where the page's only link leads."""
    (address,) = re.findall(r'<a rel="noreferrer" href="([^"]*)"', answer.text)
    return unescape(address)


def error_in(answer: httpx2.Response) -> str:
    """Return the error that a page would tell a client by its link."""
    return dict(parse_qsl(urlsplit(link_in(answer)).query))["error"]


async def stored(world: World) -> list[AuthorizationRequest]:
    async with world.database.read() as session:
        return list((await session.exec(select(AuthorizationRequest))).all())


async def test_the_browser_is_sent_to_the_web_app_with_a_cookie(world: World, client) -> None:
    answer = await world.authorize(world.question(client, Pkce()))

    token = request_token_in(answer)
    place = urlsplit(answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    row = (await stored(world))[0]
    assert f"{place.scheme}://{place.netloc}" == world.settings.web_url
    assert row.token_digest == digest_of(token)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/;" in cookie + ";"
    assert token not in str(row.model_dump())
    assert cookie.split("=")[1].split(";")[0] not in str(row.model_dump())


async def test_parameters_may_come_in_a_form(world: World, client) -> None:
    answer = await world.http.post(
        world.issuer().endpoint("authorize"), data=world.question(client, Pkce())
    )

    assert request_token_in(answer)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "a" * 42}, "invalid_request"),
        ({"code_challenge": "a" * 44}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "tools admin"}, "invalid_scope"),
        ({"resource": "https://evil.example/mcp"}, "invalid_target"),
    ],
)
@pytest.mark.parametrize("redirect_uri", [LOOPBACK, REDIRECT, "com.example.app:/oauth"])
async def test_a_bad_request_is_told_with_state_and_issuer(
    world: World, redirect_uri, changes, error
) -> None:
    client = await world.register(redirect_uris=[redirect_uri])

    answer = await world.authorize(world.question(client, Pkce(), **changes))

    is_own_machine = redirect_uri == LOOPBACK
    where = answer.headers["location"] if is_own_machine else link_in(answer)
    address, _, query = where.partition("?")
    given = dict(parse_qsl(query))
    assert answer.status_code == (302 if is_own_machine else 400)
    assert address == redirect_uri
    assert given["error"] == error
    assert given["state"] == "st&te"
    assert given["iss"] == world.issuer().url
    assert await stored(world) == []


async def test_nobody_is_sent_elsewhere_before_they_have_decided(world: World) -> None:
    client = await world.register(redirect_uris=["https://evil.example/login?a=1"])

    answer = await world.authorize(world.question(client, Pkce(), scope="x"))

    assert "location" not in answer.headers
    assert "back to evil.example</a>" in answer.text
    assert link_in(answer).startswith("https://evil.example/login?a=1&error=invalid_scope")


async def test_an_address_that_may_not_be_registered_any_more_is_not_used(
    world: World, client
) -> None:
    async with world.database.write() as session:
        row = (await session.exec(select(OAuthClient))).one()
        row.details = {**row.details, "redirect_uris": ["ms-settings:privacy"]}
        session.add(row)

    for changes in ({"redirect_uri": "ms-settings:privacy"}, {"redirect_uri": None}):
        answer = await world.authorize(world.question(client, Pkce(), scope="x", **changes))
        assert answer.status_code == 400
        assert "ms-settings" not in answer.text


async def test_another_servers_resource_is_refused(world: World, client) -> None:
    question = world.question(client, Pkce(), resource=world.issuer(world.other).resource)

    assert error_in(await world.authorize(question)) == "invalid_target"


async def test_one_wrong_resource_among_right_ones_is_refused(world: World, client) -> None:
    resources = [world.issuer().resource, "https://evil.example/mcp"]
    question = [*world.question(client, Pkce(), resource=None).items()]
    question += [("resource", resource) for resource in resources]

    answer = await world.http.get(world.issuer().endpoint("authorize"), params=urlencode(question))

    assert error_in(answer) == "invalid_target"


async def test_a_long_state_is_refused(world: World, client) -> None:
    question = world.question(client, Pkce(), state="s" * 3000)

    assert error_in(await world.authorize(question)) == "invalid_request"


async def test_a_parameter_given_twice_is_refused(world: World, client) -> None:
    question = [*world.question(client, Pkce()).items(), ("scope", "tools")]

    answer = await world.http.get(world.issuer().endpoint("authorize"), params=urlencode(question))

    assert error_in(answer) == "invalid_request"


async def test_a_client_that_names_no_resource_or_scope_gets_this_server(
    world: World, client
) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce, resource=None, scope=None)

    given = await world.exchange(
        client, grant_type="authorization_code", code=code, code_verifier=pkce.verifier
    )

    assert (await world.call(given.json()["access_token"])).scopes == {"tools"}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "mcp_unknown"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{REDIRECT}/"},
        {"redirect_uri": f"{REDIRECT}?a=1"},
        {"redirect_uri": REDIRECT.upper()},
        {"redirect_uri": "https://client.example:444/callback"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_s14_nothing_is_sent_to_an_address_that_is_not_the_clients(
    world: World, client, changes
) -> None:
    answer = await world.authorize(world.question(client, Pkce(), **changes))

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_page_shows_no_markup_of_the_requests(world: World, client) -> None:
    question = world.question(client, Pkce(), client_id="<b>bold</b>")

    answer = await world.authorize(question)

    assert not re.search(r"<b>|bold", answer.text)


async def test_s14_a_redirect_address_given_twice_is_answered_on_a_page(
    world: World, client
) -> None:
    question = [*world.question(client, Pkce()).items(), ("redirect_uri", REDIRECT)]

    answer = await world.http.get(world.issuer().endpoint("authorize"), params=urlencode(question))

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_redirect_address_may_be_left_out_when_there_is_one(world: World, client) -> None:
    answer = await world.authorize(world.question(client, Pkce(), redirect_uri=None))

    assert request_token_in(answer)


async def test_a_redirect_address_is_needed_when_there_are_two(world: World) -> None:
    client = await world.register(redirect_uris=[REDIRECT, "https://client.example/b"])

    answer = await world.authorize(world.question(client, Pkce(), redirect_uri=None))

    assert answer.status_code == 400


async def test_a_native_client_may_leave_the_slash_out(world: World) -> None:
    client = await world.register(redirect_uris=["http://127.0.0.1"])
    question = world.question(client, Pkce(), redirect_uri="http://127.0.0.1:33418/")

    assert request_token_in(await world.authorize(question))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_native_client_listens_on_any_port(world: World, host: str) -> None:
    client = await world.register(redirect_uris=[f"http://{host}/callback"])
    used = f"http://{host}:51234/callback"
    browser = Browser(world.cast.alice.user_id)

    asked = await world.authorize(
        world.question(client, Pkce(), redirect_uri=used), browser=browser
    )
    address = await world.decide(request_token_in(asked), browser)

    assert "code" in answer_in(await world.come_back(address, browser), at=used)


@pytest.mark.parametrize(
    "used",
    [
        "http://localhost:51234/other",
        "http://127.0.0.1:51234/callback",
        "https://localhost:51234/callback",
        "http://localhost:51234/callback?next=x",
        "http://user@localhost:51234/callback",
        "http://localhost:51234/callback#x",
    ],
)
async def test_only_the_port_may_differ_on_loopback(world: World, used: str) -> None:
    client = await world.register(redirect_uris=["http://localhost/callback"])

    answer = await world.authorize(world.question(client, Pkce(), redirect_uri=used))

    assert answer.status_code == 400


async def test_s2_a_client_of_one_server_is_unknown_to_another(world: World, client) -> None:
    question = world.question(client, Pkce(), server=world.other)

    answer = await world.authorize(question, server=world.other)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_paused_server_says_so_to_the_client(world: World, client) -> None:
    await world.change(world.server, is_paused=True)

    answer = await world.authorize(world.question(client, Pkce()))

    assert error_in(answer) == "temporarily_unavailable"


async def test_a_deleted_server_has_a_page(world: World, client) -> None:
    await world.change(world.server, deleted_at=world.clock())

    answer = await world.authorize(world.question(client, Pkce()))

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_s18_unanswered_requests_of_one_client_are_limited(
    world: World, client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorize, "MAX_PENDING_PER_CLIENT", 2)
    for _ in range(2):
        await world.authorize(world.question(client, Pkce()))

    refused = await world.authorize(world.question(client, Pkce()))
    world.clock.pass_(minutes=11)
    accepted = await world.authorize(world.question(client, Pkce()))

    assert error_in(refused) == "temporarily_unavailable"
    assert request_token_in(accepted)
    assert len(await stored(world)) == 1


async def test_behind_tls_the_cookie_belongs_to_this_host_alone(
    settings, database, sealer, committed_cast
) -> None:
    there = "https://toolkiln.example"
    values = settings.model_dump() | {"public_url": there, "mcp_url": there}
    secure = settings_with(**{"folder": settings.data_dir, **values})
    world = await make_world(secure, database, sealer, committed_cast)
    client = await world.register()

    cookie = (await world.authorize(world.question(client, Pkce()))).headers["set-cookie"]

    await world.http.aclose()
    assert cookie.startswith("__Host-toolkiln_oauth=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
