"""Pages that not everybody gets, over HTTP and over the socket; and the switches behind doors."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from core.clock import now_utc
from core.models import Identity, User
from core.sessions import cookie_name, start_session
from saas_app.page_doors import PageDoors
from saas_app.services.features import Feature, switch_feature
from saas_app.state.banned import BannedState
from saas_app.state.confirm import ConfirmState
from saas_app.state.landing import LandingState
from saas_app.state.sign_in import SignInState
from saas_app.state.ways import WaysState

COOKIE = cookie_name(is_secure=False)
PAGES = (
    "/admin", "/admin/", "/admin/users", "/admin/users/x", "/admin/features/", "/api/admin",
    "/api/admin/users.csv", "/api/admin/impersonation/start",
)  # fmt: skip
WAY_BACK = "/api/admin/impersonation/end"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about doors."""
    return request.param


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    def page(request):
        is_there = request.url.path.startswith(("/admin", "/api/admin")) or request.url.path == "/"
        return HTMLResponse(request.url.path, status_code=200 if is_there else 404)

    app = Starlette(routes=[Route("/{path:path}", page)])
    transport = httpx2.ASGITransport(app=PageDoors(app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
def switch(database, committed_cast):
    """Returns a function that sets a switch."""

    async def set_switch(feature: Feature, *, is_on: bool) -> None:
        admin_id = committed_cast.alice.user_id
        async with database.write() as session:
            await switch_feature(session, feature, is_on=is_on, admin_id=admin_id, now=now_utc())

    return set_switch


@pytest.mark.parametrize("path", PAGES)
async def test_the_admin_area_is_there_for_admins_and_for_nobody_else(
    browser, database, committed_cast, session_of, path
):
    nowhere = (await browser.get("/nothing/at/all")).status_code
    alice = committed_cast.alice
    token = await session_of(alice)
    assert (await browser.get(path)).status_code == nowhere == 404
    browser.cookies.set(COOKIE, token)
    assert (await browser.get(path)).status_code == 404
    async with database.write() as session:
        (await session.get_one(User, alice.user_id)).is_admin = True
        acting = await start_session(
            session, committed_cast.bob.user_id, now=now_utc(), impersonator_id=alice.user_id
        )
    assert (await browser.get(path)).status_code == 200
    browser.cookies.set(COOKIE, acting)
    assert (await browser.get(path)).status_code == 404
    browser.cookies.set(COOKIE, token)
    async with database.write() as session:
        (await session.get_one(User, alice.user_id)).banned_at = now_utc()
    assert (await browser.get(path)).status_code == 404


async def test_the_way_back_is_there_for_whoever_acts_in_somebodys_name(
    browser, database, committed_cast, session_of
):
    assert (await browser.get(WAY_BACK)).status_code == 404
    browser.cookies.set(COOKIE, await session_of(committed_cast.bob))
    assert (await browser.get(WAY_BACK)).status_code == 404
    async with database.write() as session:
        alice = await session.get_one(User, committed_cast.alice.user_id)
        alice.is_admin = True
        acting = await start_session(
            session, committed_cast.bob.user_id, now=now_utc(), impersonator_id=alice.id
        )
    browser.cookies.set(COOKIE, acting)
    assert (await browser.get(WAY_BACK)).status_code == 200
    browser.cookies.clear()
    browser.cookies.set("toolkiln_own", "tks_whatever")  # the hour is over
    assert (await browser.get(WAY_BACK)).status_code == 200
    assert (await browser.get("/api/admin/users.csv")).status_code == 404


async def test_pages_of_other_names_are_nobodys_business(browser):
    assert (await browser.get("/administer")).status_code == 200


async def test_a_front_page_that_is_off_leads_on_over_http(browser, switch):
    assert (await browser.get("/")).status_code == 200
    await switch(Feature.MARKETING, is_on=False)
    for path in ("/", "/?utm_source=x"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    await switch(Feature.MARKETING, is_on=True)
    assert (await browser.get("/")).status_code == 200


async def test_a_front_page_that_is_off_leads_on_within_the_app(tab, switch):
    await tab.open("/", LandingState.arrive_at_front)
    assert tab.redirects == []
    await switch(Feature.MARKETING, is_on=False)
    await tab.fire(LandingState.arrive_at_front)
    assert tab.redirects == ["/home"]


async def test_a_database_that_fails_opens_no_door_and_closes_no_public_one(
    browser, parts, monkeypatch
):
    def fail():
        raise OSError("no database")

    monkeypatch.setattr(parts.database, "read", fail)
    browser.cookies.set(COOKIE, "tks_anything")
    assert (await browser.get("/admin/users")).status_code == 404
    assert (await browser.get("/")).status_code == 200


async def test_google_that_is_off_is_offered_nowhere(
    tab, switch, database, committed_cast, parts, session_of
):
    alice = committed_cast.alice
    async with database.write() as session:
        (await session.get_one(User, alice.user_id)).password_hash = None
        session.add(
            Identity(
                user_id=alice.user_id,
                issuer=parts.identity_provider.issuer,
                subject="s",
                email="a@g.io",
                created_at=now_utc(),
            )
        )
        an_hour_ago = now_utc() - timedelta(hours=1)
        stale = await start_session(session, alice.user_id, now=an_hour_ago)
    tab.carry(stale)
    for is_on in (True, False):
        await switch(Feature.GOOGLE, is_on=is_on)
        await tab.open("/sign-in", WaysState.look_for_ways)
        assert (await tab.state(WaysState)).has_provider is is_on
        await tab.open("/confirm", ConfirmState.arrive_to_confirm)
        assert ("google" in (await tab.state(ConfirmState)).confirm_ways) is is_on


@pytest.mark.parametrize("intent", ["sign-in", "connect", "confirm"])
async def test_google_that_is_off_is_not_visited(
    visitors, switch, session_of, committed_cast, intent
):
    await switch(Feature.GOOGLE, is_on=False)
    visitor = visitors()
    visitor.client.cookies.set(COOKIE, await session_of(committed_cast.alice))
    headers = {"sec-fetch-site": "same-origin"}
    answer = await visitor.client.get(f"/api/auth/google/start?intent={intent}", headers=headers)
    assert "error=google_off" in answer.headers["location"]


async def test_a_tab_that_a_ban_signed_out_is_told_why(tab, database, committed_cast, session_of):
    tab.carry(await session_of(committed_cast.bob))
    async with database.write() as session:
        bob = await session.get_one(User, committed_cast.bob.user_id)
        bob.banned_at, bob.ban_reason = now_utc(), "Spam."
    await tab.open("/sign-in?next=/o/acme/servers", SignInState.arrive)
    assert tab.redirects == ["/banned"]
    await tab.open("/banned", BannedState.look_at_ban)
    state = await tab.state(BannedState)
    assert (state.is_ban_known, state.ban_reason, state.ban_ends) == (True, "Spam.", "")


async def test_an_admin_whose_hour_is_over_is_shown_the_way_back(
    tab, database, committed_cast, session_of
):
    own = await session_of(committed_cast.alice)
    tab.cookie = f"toolkiln_own={own}"
    await tab.open("/sign-in", SignInState.arrive)
    assert not (await tab.state(SignInState)).is_own_waiting  # alice is no admin
    async with database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).is_admin = True
    await tab.open("/sign-in", SignInState.arrive)
    assert (await tab.state(SignInState)).is_own_waiting
    tab.cookie = f"toolkiln_own={own}; {COOKIE}={own}"
    await tab.open("/sign-in", SignInState.arrive)
    assert not (await tab.state(SignInState)).is_own_waiting
