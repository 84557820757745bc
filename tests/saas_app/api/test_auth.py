"""Signing up, in and out over HTTP, as browsers and as hostile sites do it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Membership, Organization, User
from core.permissions import Role
from core.sessions import cookie_name, holder_of
from saas_app.api.routes import make_api
from tests.cast import PASSWORD

HERE = {"origin": "http://localhost:3000"}
ALICE = {"name": "Alice Smith", "email": "Alice@Example.com", "password": PASSWORD}


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


async def signed_in(browser, database):
    token = browser.cookies.get(cookie_name(is_secure=False))
    async with database.read() as session:
        return await holder_of(session, token, now=now_utc())


async def test_signing_up_makes_an_account_an_organization_and_a_session(browser, database):
    answer = await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=2592000" in cookie
    assert (await signed_in(browser, database)).email == "Alice@example.com"
    async with database.read() as session:
        organization = (await session.exec(select(Organization))).one()
        assert (organization.slug, organization.is_personal) == ("alice-smith", True)
        assert (await session.exec(select(Membership.role))).one() is Role.OWNER


async def test_the_token_is_stored_as_a_digest_and_the_password_as_argon2id(browser, database):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    async with database.read() as session:
        user = (await session.exec(select(User))).one()
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_an_address_signs_up_once_however_it_is_spelled(browser):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    again = {**ALICE, "email": "aLICE@example.COM"}
    answer = await browser.post("/api/auth/sign-up", data=again, headers=HERE)
    assert "error=email_taken" in answer.headers["location"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 65),
        ("email", "nobody"),
        ("password", "short"),
        ("password", "y" * 129),
        ("password", "alice@example.com"),
    ],
)
async def test_a_bad_field_is_refused_and_nobody_is_signed_in(browser, database, field, value):
    answer = await browser.post("/api/auth/sign-up", data={**ALICE, field: value}, headers=HERE)
    assert answer.headers["location"].startswith("/sign-up?error=invalid")
    assert await signed_in(browser, database) is None


async def test_the_right_password_signs_in_and_the_wrong_one_does_not(browser, database):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    browser.cookies.clear()
    wrong = {"email": ALICE["email"], "password": "wrong password"}
    answer = await browser.post("/api/auth/sign-in", data=wrong, headers=HERE)
    assert "error=wrong_credentials" in answer.headers["location"]
    answer = await browser.post("/api/auth/sign-in", data=ALICE, headers=HERE)
    assert answer.headers["location"] == "/home"
    assert (await signed_in(browser, database)).name == "Alice Smith"


async def test_signing_in_again_ends_the_browsers_old_session(browser, database):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    old = browser.cookies.get(cookie_name(is_secure=False))
    await browser.post("/api/auth/sign-in", data=ALICE, headers=HERE)
    assert browser.cookies.get(cookie_name(is_secure=False)) != old
    async with database.read() as session:
        assert await holder_of(session, old, now=now_utc()) is None


async def test_signing_out_ends_the_session_on_the_server(browser, database):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    token = browser.cookies.get(cookie_name(is_secure=False))
    answer = await browser.post("/api/auth/sign-out", headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    async with database.read() as session:
        assert await holder_of(session, token, now=now_utc()) is None


@pytest.mark.parametrize("path", ["sign-up", "sign-in", "sign-out"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8800"},
        {"sec-fetch-site": "cross-site"},
        {},
    ],
)
async def test_a_form_of_another_site_is_refused(browser, path, headers):
    answer = await browser.post(f"/api/auth/{path}", data=ALICE, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"],
)
async def test_signing_in_never_leads_to_another_site(browser, wanted):
    answer = await browser.post("/api/auth/sign-up", data={**ALICE, "next": wanted}, headers=HERE)
    assert answer.headers["location"] == "/home"


async def test_signing_in_leads_to_the_page_that_was_wanted(browser):
    wanted = "/connect?request=abc"
    answer = await browser.post("/api/auth/sign-up", data={**ALICE, "next": wanted}, headers=HERE)
    assert answer.headers["location"] == wanted


async def test_forms_are_small(browser):
    answer = await browser.post("/api/auth/sign-in", data={"email": "x" * 70_000}, headers=HERE)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/sign-in?next=/invitation%3Ftoken%3Dx", "/sign-in?next=/invitation%3Ftoken%3Dx"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("", "/"),
    ],
)
async def test_signing_out_leads_on_within_this_site(browser, wanted, path):
    await browser.post("/api/auth/sign-up", data=ALICE, headers=HERE)
    answer = await browser.post("/api/auth/sign-out", data={"next": wanted}, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert browser.cookies.get(cookie_name(is_secure=False)) is None
