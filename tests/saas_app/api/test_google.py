"""Google, by a local server of its protocol: the right flow, and every mutation of it refused."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from sqlmodel import select

from core.clock import now_utc
from core.models import AuditEntry, Identity, Mail, SignInChallenge, User
from core.sessions import cookie_name, holder_of, start_session
from core.tokens import digest_of
from saas_app import resources
from saas_app.api.google import state_of
from saas_app.api.routes import make_api
from saas_app.services.features import Feature, switch_feature
from tests.conftest import settings_with
from tests.saas_app.api.forged_identities import MUTATIONS
from tests.saas_app.services.factors.conftest import turn_app_on_for
from tests.upstreams.openid import CLIENT_ID, CLIENT_SECRET, OpenIdServer
from tests.upstreams.serving import free_socket, serving

BASE = "http://localhost:3000"
SAME_SITE = {"sec-fetch-site": "same-origin"}
ADA = {"sub": "g-1", "email": "Ada@Example.com", "email_verified": True, "name": "Ada"}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services behind it are tried on both databases; here it is about the protocol."""
    return request.param


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdServer]:
    sock, port = free_socket()
    server = OpenIdServer(f"http://127.0.0.1:{port}", now_utc, dict(ADA))
    async with serving(server.app(), sock):
        yield server


@pytest.fixture
async def parts(settings, database, monkeypatch, provider):
    values = settings.model_dump() | {
        "google_client_id": CLIENT_ID,
        "google_client_secret": SecretStr(CLIENT_SECRET),
        "google_issuer": provider.issuer,
    }
    values.pop("data_dir")
    built = resources.build(settings_with(settings.data_dir, **values))
    monkeypatch.setattr(resources, "get", lambda: built)
    yield built
    await built.close()


def new_browser() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=make_api()), base_url=BASE, headers=SAME_SITE
    )


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    async with new_browser() as client:
        yield client


async def begin(browser, **query) -> dict[str, str]:
    """Set out, and return what the provider is asked."""
    answer = await browser.get("/api/auth/google/start", params=query)
    assert answer.status_code == 303, answer.text
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
    }


async def arrive(browser, provider, asked, **changes) -> str:
    """Come back with the provider's yes, and return where that leads."""
    answer = {"state": asked["state"], "code": provider.allow(asked), **changes}
    came = await browser.get("/api/auth/callback/google", params=answer)
    assert came.status_code == 303, came.text
    return came.headers["location"]


async def go(browser, provider, **query) -> str:
    return await arrive(browser, provider, await begin(browser, **query))


async def holder(browser, database):
    token = browser.cookies.get(cookie_name(is_secure=False))
    async with database.read() as session:
        return await holder_of(session, token, now=now_utc())


async def enter(browser, database, user_id) -> None:
    """Sign the browser in as a user, freshly."""
    async with database.write() as session:
        token = await start_session(session, user_id, now=now_utc())
    browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")


async def rows(database, table):
    async with database.read() as session:
        return (await session.exec(select(table))).all()


async def test_a_newcomer_gets_an_account_and_comes_back_by_subject(browser, provider, database):
    wanted = "/invitation?token=abc"
    assert await go(browser, provider, next=wanted) == wanted
    assert (await holder(browser, database)).email == "Ada@example.com"
    (user,) = await rows(database, User)
    assert (user.name, user.password_hash, user.email_verified_at is None) == ("Ada", None, False)
    provider.person = {**ADA, "email": "other@example.com", "email_verified": False}
    browser.cookies.clear()
    assert await go(browser, provider) == "/home"
    assert (await holder(browser, database)).user_id == user.id
    assert len(await rows(database, User)) == 1


async def test_what_is_asked_has_state_nonce_and_pkce(browser, provider, database):
    asked = await begin(browser)
    assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
    assert asked["redirect_uri"] == f"{BASE}/api/auth/callback/google"
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    token = browser.cookies.get("toolkiln_google")
    assert asked["state"] == state_of(token) != token
    (row,) = await rows(database, SignInChallenge)
    assert row.token_digest == digest_of(token)
    again = await begin(browser)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_token_that_does_not_hold_signs_nobody_in(browser, provider, database, name):
    for field, value in MUTATIONS[name].items():
        setattr(provider, field, value)
    if provider.claims.get("iss") == "slash":
        provider.claims = {"iss": f"{provider.issuer}/"}
    location = await go(browser, provider)
    assert location.startswith("/sign-in?error=identity_refused")
    assert await holder(browser, database) is None
    assert await rows(database, User) == []


async def test_several_audiences_are_fine_when_we_are_the_party(browser, provider, database):
    provider.claims = {"aud": [CLIENT_ID, "client-2"], "azp": CLIENT_ID}
    assert await go(browser, provider) == "/home"


@pytest.mark.parametrize("changes", [{"state": "wrong"}, {"state": ""}, {"state": "ü"}])
async def test_a_wrong_state_is_refused(browser, provider, database, changes):
    location = await arrive(browser, provider, await begin(browser), **changes)
    assert location.startswith("/sign-in?error=challenge_over")
    assert provider.asked == ["discovery"]


async def test_an_answer_in_another_browser_is_refused_asvs_10_1_2(
    browser, provider, database, parts
):
    asked = await begin(browser)
    async with new_browser() as victim:
        assert "challenge_over" in await arrive(victim, provider, asked)
        await begin(victim)
        assert "challenge_over" in await arrive(victim, provider, asked)
        assert await holder(victim, database) is None


async def test_a_state_is_used_once(browser, provider, database):
    asked = await begin(browser)
    token = browser.cookies.get("toolkiln_google")
    assert await arrive(browser, provider, asked) == "/home"
    browser.cookies.set("toolkiln_google", token, domain="localhost.local")
    assert "challenge_over" in await arrive(browser, provider, asked)


async def test_a_code_is_used_once_and_only_with_its_verifier(browser, provider, database):
    asked = await begin(browser)
    code = provider.allow(asked)
    assert await arrive(browser, provider, asked, code=code) == "/home"
    for reused in (code, provider.allow({**asked, "code_challenge": "x" * 43})):
        fresh = await begin(browser)
        location = await arrive(browser, provider, fresh, code=reused)
        assert "identity_refused" in location


async def test_another_issuers_answer_is_refused_rfc_9207(browser, provider, database):
    asked = await begin(browser)
    location = await arrive(browser, provider, asked, iss="https://evil.example")
    assert "challenge_over" in location
    assert await arrive(browser, provider, await begin(browser), iss=provider.issuer) == "/home"


async def test_a_no_over_there_is_said_here(browser, provider, database):
    asked = await begin(browser, next="/o/acme/servers")
    answer = {"state": asked["state"], "error": "access_denied"}
    came = await browser.get("/api/auth/callback/google", params=answer)
    assert came.headers["location"] == "/sign-in?error=google_denied&next=/o/acme/servers"


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_an_outage_is_a_clear_message_and_passes(browser, provider, database, status):
    provider.status = status
    answer = await browser.get("/api/auth/google/start")
    assert "error=google_unavailable" in answer.headers["location"]
    provider.status = 200
    asked = await begin(browser)
    provider.status = status
    assert "google_unavailable" in await arrive(browser, provider, asked)
    provider.status = 200
    assert await go(browser, provider) == "/home"


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "ftp://x"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_discovery_document_that_is_not_ours_is_refused(browser, provider, document):
    provider.document = document
    answer = await browser.get("/api/auth/google/start")
    assert "error=google_unavailable" in answer.headers["location"]


async def test_documents_and_keys_are_kept_and_a_new_key_is_found(browser, provider, database):
    for _ in range(3):
        await go(browser, provider)
    assert provider.asked.count("discovery") == provider.asked.count("jwks") == 1


async def test_an_address_with_an_account_is_never_connected_by_itself(
    browser, provider, database, committed_cast
):
    provider.person = {**ADA, "email": "alice@example.com"}
    location = await go(browser, provider, next="/o/acme/servers")
    assert location == "/sign-in?error=connect_first&next=/o/acme/servers"
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).email_verified_at = None
    assert "error=address_unconfirmed" in await go(browser, provider)
    assert await rows(database, Identity) == []
    assert await holder(browser, database) is None


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_unverified_address_makes_no_account_and_learns_of_none(
    browser, provider, database, committed_cast, verified
):
    outcomes = []
    for email in ("alice@example.com", "nobody@example.com"):
        provider.person = {"sub": email, "email": email, "email_verified": verified}
        outcomes.append(await go(browser, provider))
        assert await holder(browser, database) is None
    assert outcomes == ["/sign-in?error=address_unverified&next=/home"] * 2
    assert await rows(database, Identity) == []
    assert len(await rows(database, User)) == 4


async def test_the_second_factor_is_asked_after_google_too(browser, provider, database, parts):
    await go(browser, provider)
    (user,) = await rows(database, User)
    await turn_app_on_for(parts, user.id)
    browser.cookies.clear()
    assert await go(browser, provider, next="/o/acme/servers") == "/verify"
    assert await holder(browser, database) is None


async def test_a_banned_person_does_not_get_in_by_google(browser, provider, database):
    await go(browser, provider)
    (user,) = await rows(database, User)
    async with database.write() as session:
        (await session.get_one(User, user.id)).banned_at = now_utc()
    browser.cookies.clear()
    assert await go(browser, provider) == "/banned"
    assert await holder(browser, database) is None


@pytest.mark.parametrize(
    ("feature", "code"), [(Feature.GOOGLE, "google_off"), (Feature.SIGN_UP, "feature_off")]
)
async def test_a_switch_that_is_off_is_off_on_the_server(
    browser, provider, database, committed_cast, feature, code
):
    asked = await begin(browser)
    async with database.write() as session:
        await switch_feature(
            session, feature, is_on=False, admin_id=committed_cast.alice.user_id, now=now_utc()
        )
    assert f"error={code}" in await arrive(browser, provider, asked)
    assert await holder(browser, database) is None


async def test_google_is_connected_in_the_same_fresh_session_and_told(
    browser, provider, database, committed_cast
):
    await enter(browser, database, committed_cast.alice.user_id)
    assert await go(browser, provider, intent="connect") == "/account/connections?connected=1"
    (identity,) = await rows(database, Identity)
    assert (identity.user_id, identity.subject) == (committed_cast.alice.user_id, "g-1")
    assert [mail.template for mail in await rows(database, Mail)] == ["factor_changed"]
    again = await go(browser, provider, intent="connect")
    assert again == "/account/connections?error=conflict"


async def test_connecting_needs_a_session_that_is_fresh_and_the_same(
    browser, provider, database, committed_cast
):
    answer = await browser.get("/api/auth/google/start", params={"intent": "connect"})
    assert answer.headers["location"].startswith("/sign-in?error=signed_out")
    async with database.write() as session:
        token = await start_session(
            session, committed_cast.alice.user_id, now=now_utc() - timedelta(hours=1)
        )
    browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")
    answer = await browser.get("/api/auth/google/start", params={"intent": "connect"})
    assert answer.headers["location"] == "/confirm?next=/account/connections"
    browser.cookies.clear()
    await enter(browser, database, committed_cast.alice.user_id)
    asked = await begin(browser, intent="connect")
    browser.cookies.delete(cookie_name(is_secure=False), domain="localhost.local")
    await enter(browser, database, committed_cast.mallory.user_id)
    assert "challenge_over" in await arrive(browser, provider, asked)
    assert await rows(database, Identity) == []


async def test_an_identity_of_another_user_is_not_taken_over(
    browser, provider, database, committed_cast
):
    await enter(browser, database, committed_cast.alice.user_id)
    await go(browser, provider, intent="connect")
    browser.cookies.clear()
    await enter(browser, database, committed_cast.mallory.user_id)
    assert "connected_elsewhere" in await go(browser, provider, intent="connect")


async def test_google_confirms_who_is_signed_in_and_the_token_rotates(browser, provider, database):
    await go(browser, provider)
    before = browser.cookies.get(cookie_name(is_secure=False))
    asked = await begin(browser, intent="confirm", next="/account/security")
    assert asked["max_age"] == "600"
    assert json.loads(asked["claims"]) == {"id_token": {"auth_time": {"essential": True}}}
    assert await arrive(browser, provider, asked) == "/account/security"
    assert browser.cookies.get(cookie_name(is_secure=False)) != before
    assert "session.confirmed" in [one.action for one in await rows(database, AuditEntry)]
    provider.person = {**ADA, "sub": "g-2"}
    assert "error=another_person" in await go(browser, provider, intent="confirm")
    provider.person = {**ADA, "auth_time": int(now_utc().timestamp()) - 86_400}
    assert "error=proof_too_old" in await go(browser, provider, intent="confirm")


async def test_an_impersonator_neither_connects_nor_confirms(
    browser, provider, database, committed_cast
):
    async with database.write() as session:
        (await session.get_one(User, committed_cast.bob.user_id)).is_admin = True
        token = await start_session(
            session,
            committed_cast.alice.user_id,
            now=now_utc(),
            impersonator_id=committed_cast.bob.user_id,
        )
    browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")
    for intent in ("connect", "confirm"):
        answer = await browser.get("/api/auth/google/start", params={"intent": intent})
        assert "error=forbidden" in answer.headers["location"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_a_link_of_another_site_begins_nothing(browser, provider, site):
    answer = await browser.get("/api/auth/google/start", headers={"sec-fetch-site": site})
    assert answer.headers["location"].startswith("/sign-in?error=forbidden")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_google_never_leads_to_another_site(browser, provider, database, wanted):
    assert await go(browser, provider, next=wanted) == "/home"


async def test_without_keys_production_has_no_google(browser, parts, monkeypatch):
    without = replace(parts, identity_provider=None)
    monkeypatch.setattr(resources, "get", lambda: without)
    answer = await browser.get("/api/auth/google/start")
    assert answer.headers["location"].startswith("/sign-in?error=google_off")
