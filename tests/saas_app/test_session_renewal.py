"""Loading a page pushes the end of a session away, in the database and in the browser."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
import time_machine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from core.models import WebSession
from core.sessions import LIFETIME, cookie_name, start_session
from saas_app.session_renewal import SessionRenewal
from tests.cast import NOW

PAGE = {"accept": "text/html,application/xhtml+xml"}
COOKIE = cookie_name(is_secure=False)


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    page = Route("/{path:path}", lambda _request: HTMLResponse("<p>A page</p>"))
    transport = httpx2.ASGITransport(app=SessionRenewal(Starlette(routes=[page])))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
async def token(committed_cast, database):
    async with database.write() as session:
        return await start_session(session, committed_cast.alice.user_id, now=NOW)


async def expiry(database):
    async with database.read() as session:
        return (await session.exec(select(WebSession.expires_at))).one()


async def test_a_page_renews_the_session_and_its_cookie(browser, database, token):
    browser.cookies.set(COOKIE, token)
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        answer = await browser.get("/o/acme/servers", headers=PAGE)
        assert await expiry(database) == NOW + timedelta(days=10) + LIFETIME
    cookie = answer.headers["set-cookie"]
    assert f"{COOKIE}={token}" in cookie
    assert "Max-Age=2592000" in cookie
    assert "HttpOnly" in cookie
    # A page is everybody's and may be kept; the answer that carries somebody's cookie may not.
    assert answer.headers["cache-control"] == "no-store"


async def test_near_the_absolute_end_the_cookie_lives_no_longer_than_the_session(
    browser, database, token
):
    browser.cookies.set(COOKIE, token)
    for day in (25, 50, 75):
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            answer = await browser.get("/", headers=PAGE)
    assert f"Max-Age={15 * 24 * 3600};" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "headers"), [("/", PAGE), ("/assets/a.js", {"accept": "*/*"}), ("/api/x", PAGE)]
)
async def test_nothing_is_renewed_too_early_or_by_what_is_no_page(browser, token, path, headers):
    browser.cookies.set(COOKIE, token)
    wait = timedelta(minutes=1) if path == "/" else timedelta(days=10)
    with time_machine.travel(NOW + wait, tick=False):
        answer = await browser.get(path, headers=headers)
    assert "set-cookie" not in answer.headers


async def test_an_ended_session_is_not_renewed(browser, token):
    browser.cookies.set(COOKIE, token)
    with time_machine.travel(NOW + LIFETIME + timedelta(days=1), tick=False):
        assert "set-cookie" not in (await browser.get("/", headers=PAGE)).headers
