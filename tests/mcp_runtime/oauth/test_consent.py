"""The decision between the two programs, and how it is taken."""

import pytest
from sqlmodel import select

from core.consents import (
    AlreadyDecided,
    MayNotConnect,
    RequestGone,
    WrongBrowser,
    decide,
    pending_request,
)
from core.models import AccessPolicy, AuthorizationCode, Grant, Membership, User
from tests.mcp_runtime.oauth.world import (
    Browser,
    Pkce,
    World,
    answer_in,
    request_token_in,
)


async def asked_for(world: World, client, browser: Browser, **values) -> str:
    question = world.question(client, Pkce(), **values)
    return request_token_in(await world.authorize(question, browser=browser))


async def shown(world: World, token: str, browser: Browser):
    async with world.database.read() as session:
        return await pending_request(session, token, user_id=browser.user_id, now=world.clock())


@pytest.fixture
def alices_browser(world: World) -> Browser:
    return Browser(world.cast.alice.user_id)


async def test_the_page_is_told_what_a_person_needs_to_decide(world: World, alices_browser):
    client = await world.register(client_name="Claude", client_uri="https://claude.example/")
    token = await asked_for(world, client, alices_browser)

    request = await shown(world, token, alices_browser)

    assert request.client_name == "Claude"
    assert request.client_uri == "https://claude.example/"
    assert request.redirect_host == "client.example"
    assert not request.is_loopback
    assert request.scopes == ("tools",)
    assert request.server_id == world.server.id
    assert request.server_name == "Weather"
    assert request.organization_name == "Acme"


@pytest.mark.parametrize(
    ("redirect_uri", "host", "is_loopback"),
    [
        ("http://localhost:5123/callback", "localhost:5123", True),
        ("http://[::1]:5123/callback", "[::1]:5123", True),
        ("cursor://anysphere.cursor-mcp/oauth", "cursor:", False),
    ],
)
async def test_s15_the_page_shows_where_the_answer_really_goes(
    world: World, alices_browser, redirect_uri, host, is_loopback
):
    client = await world.register(redirect_uris=[redirect_uri])
    token = await asked_for(world, client, alices_browser)

    request = await shown(world, token, alices_browser)

    assert (request.redirect_host, request.is_loopback) == (host, is_loopback)
    assert request.client_name == "An unnamed client"


async def test_a_request_ends_after_ten_minutes(world: World, client, alices_browser):
    token = await asked_for(world, client, alices_browser)
    world.clock.pass_(minutes=10)

    with pytest.raises(RequestGone):
        await shown(world, token, alices_browser)
    with pytest.raises(RequestGone):
        await world.decide(token, alices_browser)


async def test_an_unknown_request_is_gone(world: World, alices_browser):
    with pytest.raises(RequestGone):
        await shown(world, "unknown", alices_browser)


async def test_a_deleted_servers_request_is_gone(world: World, client, alices_browser):
    token = await asked_for(world, client, alices_browser)
    await world.change(world.server, deleted_at=world.clock())

    with pytest.raises(RequestGone):
        await world.decide(token, alices_browser)


@pytest.mark.parametrize("cookie", [None, "", "a" * 43])
async def test_s1_a_request_of_another_browser_cannot_be_approved(
    world: World, client, alices_browser, cookie
):
    thief = Browser(world.cast.mallory.user_id)
    token = await asked_for(world, client, thief)
    alices_browser.cookie = cookie

    with pytest.raises(WrongBrowser):
        await world.decide(token, alices_browser)


async def test_s1_a_decision_does_not_count_in_another_browser(
    world: World, client, alices_browser
):
    token = await asked_for(world, client, alices_browser)
    address = await world.decide(token, alices_browser)

    for cookie in (None, "a" * 43):
        stolen = await world.come_back(address, Browser(world.cast.mallory.user_id, cookie))
        assert stolen.status_code == 403
        assert "location" not in stolen.headers
    assert "code" in answer_in(await world.come_back(address, alices_browser))


async def test_s1_nobody_makes_a_code_without_a_decision(world: World, client, alices_browser):
    token = await asked_for(world, client, alices_browser)
    callback = world.issuer().endpoint("callback")

    for query in ("", f"?consent={token}", "?consent=unknown", "?consent=a&consent=b"):
        answer = await world.come_back(callback + query, alices_browser)
        assert answer.status_code == 400
        assert "location" not in answer.headers
    async with world.database.read() as session:
        assert (await session.exec(select(AuthorizationCode))).all() == []


async def test_a_decision_is_made_once(world: World, client, alices_browser):
    token = await asked_for(world, client, alices_browser)
    await world.decide(token, alices_browser, approve=False)

    with pytest.raises(AlreadyDecided):
        await world.decide(token, alices_browser)
    with pytest.raises(AlreadyDecided):
        await shown(world, token, alices_browser)


async def test_a_decision_is_taken_once(world: World, client, alices_browser):
    address = await world.decide(await asked_for(world, client, alices_browser), alices_browser)
    await world.come_back(address, alices_browser)

    again = await world.come_back(address, alices_browser)

    assert again.status_code == 400
    assert "location" not in again.headers


async def test_a_decision_ends_after_a_minute(world: World, client, alices_browser):
    address = await world.decide(await asked_for(world, client, alices_browser), alices_browser)
    world.clock.pass_(seconds=60)

    assert (await world.come_back(address, alices_browser)).status_code == 400


async def test_s2_a_decision_for_one_server_is_nothing_to_another(
    world: World, client, alices_browser
):
    address = await world.decide(await asked_for(world, client, alices_browser), alices_browser)
    elsewhere = address.replace(str(world.server.id), str(world.other.id))

    assert (await world.come_back(elsewhere, alices_browser)).status_code == 400
    assert "code" in answer_in(await world.come_back(address, alices_browser))


async def test_s16_a_stranger_cannot_allow_a_private_server(world: World, client):
    mallory = Browser(world.cast.mallory.user_id)
    token = await asked_for(world, client, mallory)

    for attempt in (shown(world, token, mallory), world.decide(token, mallory)):
        with pytest.raises(MayNotConnect) as refusal:
            await attempt
        assert "Weather" not in refusal.value.message
    address = await world.decide(token, mallory, approve=False)
    assert answer_in(await world.come_back(address, mallory))["error"] == "access_denied"


@pytest.mark.parametrize("who", ["alice", "bob", "vera"])
async def test_every_member_may_allow_a_private_server(world: World, client, who: str):
    browser = Browser(getattr(world.cast, who).user_id)
    token = await asked_for(world, client, browser)

    assert await world.decide(token, browser)


async def test_s16_access_lost_between_decision_and_code_gives_none(world: World, client):
    bob = Browser(world.cast.bob.user_id)
    address = await world.decide(await asked_for(world, client, bob), bob)
    async with world.database.write() as session:
        mine = select(Membership).where(Membership.user_id == bob.user_id)
        await session.delete((await session.exec(mine)).one())

    assert answer_in(await world.come_back(address, bob))["error"] == "access_denied"
    async with world.database.read() as session:
        assert (await session.exec(select(Grant))).all() == []


async def test_a_server_paused_between_decision_and_code_gives_none(
    world: World, client, alices_browser
):
    address = await world.decide(await asked_for(world, client, alices_browser), alices_browser)
    await world.change(world.server, is_paused=True)

    given = answer_in(await world.come_back(address, alices_browser))

    assert given["error"] == "temporarily_unavailable"
    assert given["iss"] == world.issuer().url


async def test_a_decision_for_an_account_that_ended_meanwhile_gives_nothing(world: World, client):
    await world.change(world.server, access_policy=AccessPolicy.SIGNED_IN)
    mallory = Browser(world.cast.mallory.user_id)
    token = await asked_for(world, client, mallory)
    async with world.database.write() as session:
        address = await decide(
            session,
            token,
            user_id=mallory.user_id,
            browser_cookie=mallory.cookie,
            approve=True,
            now=world.clock(),
        )
    async with world.database.write() as session:
        await session.delete(await session.get_one(User, mallory.user_id))

    assert (await world.come_back(address, mallory)).status_code == 400
