"""The local identity page's protocol, over real HTTP with the product as its client."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlmodel import select

from core.environment import Environment
from core.errors import Forbidden
from core.models import Identity, User
from saas_app import resources
from saas_app.api.routes import make_api
from saas_app.services.local_identity import LocalIdentity
from tests.conftest import settings_with
from tests.upstreams.serving import free_socket, serving

ADA = {"email": "ada@example.com", "name": "Ada", "verified": "on", "decision": "allow"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about the protocol."""
    return request.param


@pytest.fixture
async def browser(settings, database, monkeypatch) -> AsyncIterator[httpx2.AsyncClient]:
    sock, port = free_socket()
    url = f"http://127.0.0.1:{port}"
    values = settings.model_dump() | {"public_url": url, "mcp_url": "http://127.0.0.1:1"}
    values.pop("data_dir")
    built = resources.build(settings_with(settings.data_dir, **values))
    monkeypatch.setattr(resources, "get", lambda: built)
    async with (
        serving(make_api(), sock),
        httpx2.AsyncClient(base_url=url, headers={"sec-fetch-site": "same-origin"}) as client,
    ):
        yield client
    await built.close()


async def asked(browser) -> dict[str, str]:
    answer = await browser.get("/api/auth/google/start?next=/invitation")
    page = urlsplit(answer.headers["location"])
    assert page.path == "/dev/identity"
    return {name: values[0] for name, values in parse_qs(page.query).items()}


async def choose(browser, fields) -> str:
    answer = await browser.post("/api/dev/identity/authorize", data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_whoever_is_chosen_is_signed_in_and_comes_back_as_the_same(browser, database):
    for _ in range(2):
        back = await choose(browser, {**await asked(browser), **ADA})
        assert (await browser.get(back)).headers["location"] == "/invitation"
        browser.cookies.clear()
    async with database.read() as session:
        assert (await session.exec(select(User.email))).all() == ["ada@example.com"]
        assert len((await session.exec(select(Identity))).all()) == 1


async def test_a_no_signs_nobody_in(browser):
    back = await choose(browser, {**await asked(browser), **ADA, "decision": "deny"})
    assert "error=access_denied" in back
    assert "error=google_denied" in (await browser.get(back)).headers["location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"email": ""},
    ],
)
async def test_a_request_that_is_not_ours_gets_no_code(browser, changes):
    fields = {**await asked(browser), **ADA, **changes}
    answer = await browser.post("/api/dev/identity/authorize", data=fields)
    assert answer.status_code == 422


async def test_a_code_is_for_our_client_its_verifier_and_once(browser):
    local = LocalIdentity(resources.get().settings, resources.get().sealer)
    back = urlsplit(await choose(browser, {**await asked(browser), **ADA}))
    right = {
        "grant_type": "authorization_code",
        "code": parse_qs(back.query)["code"][0],
        "redirect_uri": local.redirect_uri,
        "client_id": local.client_id,
        "client_secret": local.client_secret,
    }
    for wrong, status in (
        ({"client_secret": "guess"}, 401),
        ({"client_id": "another"}, 401),
        ({"code": "guess"}, 400),
        ({"code_verifier": "guess"}, 400),
        ({}, 400),
    ):
        answer = await browser.post("/api/dev/identity/token", data={**right, **wrong})
        assert answer.status_code == status


async def test_it_never_serves_in_production(settings, sealer):
    values = settings.model_dump() | {
        "environment": Environment.PRODUCTION,
        "public_url": "https://toolkiln.example",
    }
    values.pop("data_dir")
    production = settings_with(settings.data_dir, **values)
    with pytest.raises(Forbidden):
        LocalIdentity(production, sealer)
    assert resources.build(production).identity_provider is None


def test_production_has_none_of_its_routes(monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    paths = {getattr(route, "path", "") for route in make_api().routes}
    assert not any(path.startswith("/api/dev/identity") for path in paths)
    assert "/api/auth/callback/google" in paths


async def test_over_the_network_nobody_chooses_who_to_be(browser):
    """The same address is the same person, so whoever could choose could be anybody."""
    fields = {**await asked(browser), **ADA}
    transport = httpx2.ASGITransport(app=make_api(), client=("203.0.113.7", 50_000))
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx2.AsyncClient(
        transport=transport, base_url=browser.base_url, headers=headers
    ) as stranger:
        answer = await stranger.post("/api/dev/identity/authorize", data=fields)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    forwarded = {"x-forwarded-for": "203.0.113.7"}
    answer = await browser.post("/api/dev/identity/authorize", data=fields, headers=forwarded)
    assert answer.status_code == 403
