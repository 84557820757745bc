"""Browsers without a window: they keep cookies and follow nothing by themselves."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from core.clock import now_utc
from core.sessions import cookie_name, holder_of, start_session
from saas_app.api.routes import make_api

BASE = "http://localhost:3000"
HERE = {"origin": BASE}


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=HERE) as client:
        yield client


@pytest.fixture
def enter(browser, database):
    """Returns a function that signs the browser in as a user."""

    async def sign_in(user_id, *, ago=None, **options) -> str:
        async with database.write() as session:
            began = now_utc() - ago if ago else now_utc()
            token = await start_session(session, user_id, now=began, **options)
        browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")
        return token

    return sign_in


@pytest.fixture
def holder(browser, database):
    """Returns a function that says who is signed in with the browser, if somebody is."""

    async def look():
        token = browser.cookies.get(cookie_name(is_secure=False))
        async with database.read() as session:
            return await holder_of(session, token, now=now_utc())

    return look
