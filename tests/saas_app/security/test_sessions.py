"""V7, V8: sessions and rights at the moments when they change."""

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Membership, User, WebSession
from core.permissions import Role
from core.sessions import holder_of
from core.tokens import digest_of, new_token
from saas_app.state.server import ServerState
from tests.cast import PASSWORD, make_server

ALICE = {"name": "Alice", "email": "alice@example.com", "password": PASSWORD}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases."""
    return request.param


def test_v7_2_3_tokens_are_long_random_and_kept_as_digests():
    tokens = {new_token("tks_") for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(len(token) >= 4 + 43 for token in tokens)  # 256 bits in base64url
    assert all(len(digest_of(token)) == 64 for token in tokens)


async def test_v7_2_4_a_token_from_before_signing_in_opens_nothing_after_it(browser, database):
    await browser.sign_up(ALICE)
    first = browser.client.cookies["toolkiln_session"]
    await browser.post("sign-in", {"email": ALICE["email"], "password": PASSWORD})
    second = browser.client.cookies["toolkiln_session"]
    assert first != second
    async with database.read() as session:
        held = [await holder_of(session, one, now=now_utc()) for one in (first, second)]
    assert [one is not None for one in held] == [False, True]


async def test_v7_2_4_a_confirmed_session_has_another_token_and_is_the_same_session(
    browser, database
):
    await browser.sign_up(ALICE)
    before = browser.client.cookies["toolkiln_session"]
    await browser.post("confirm", {"way": "password", "password": PASSWORD, "next": "/home"})
    after = browser.client.cookies["toolkiln_session"]
    assert before != after
    async with database.read() as session:
        assert await holder_of(session, before, now=now_utc()) is None
        rows = (await session.exec(select(WebSession))).all()
    assert [row.token_digest for row in rows] == [digest_of(after)]


async def test_v8_3_2_a_role_that_was_taken_counts_at_the_next_event(
    tab, database, committed_cast, session_of
):
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
    tab.carry(await session_of(committed_cast.bob))
    await tab.open(f"/o/acme/servers/{server.id}", ServerState.enter_server)
    await tab.fire(ServerState.pause)
    assert (await tab.state(ServerState)).is_paused
    async with database.write() as session:
        mine = Membership.user_id == committed_cast.bob.user_id
        (await session.exec(select(Membership).where(mine))).one().role = Role.VIEWER
    await tab.fire(ServerState.resume)
    state = await tab.state(ServerState)
    assert state.is_paused
    assert "Your role (viewer)" in state.notices[-1]["text"]


async def test_v8_2_3_nothing_that_a_browser_posts_makes_an_admin_or_ends_a_ban(browser, database):
    """The predecessor let browsers write such fields of the user (S30)."""
    extra = {"is_admin": "true", "role": "admin", "banned_at": "", "onboarded_at": "2020-01-01",
             "email_verified_at": "2020-01-01", "organization_role": "owner"}  # fmt: skip
    await browser.post("sign-up", ALICE | extra)
    async with database.read() as session:
        user = (await session.exec(select(User))).one()
    assert (user.is_admin, user.email_verified_at, user.onboarded_at) == (False, None, None)
