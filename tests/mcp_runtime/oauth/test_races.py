"""What is single use stays so when many try at once."""

import asyncio
from collections import Counter

import pytest
from sqlmodel import select

from core.consents import AlreadyDecided
from core.models import AuthorizationCode, Consent, Grant, RefreshToken
from mcp_runtime.errors import Unauthorized
from tests.mcp_runtime.oauth.world import Browser, Pkce, World, request_token_in

AT_ONCE = 6


async def all_of(world: World, kind):
    async with world.database.read() as session:
        return (await session.exec(select(kind))).all()


async def test_a_code_taken_many_times_at_once_gives_one_pair_and_ends_it(
    world: World, client
) -> None:
    pkce = Pkce()
    code = await world.code_for(client, pkce)

    answers = await asyncio.gather(
        *(
            world.exchange(
                client, grant_type="authorization_code", code=code, code_verifier=pkce.verifier
            )
            for _ in range(AT_ONCE)
        )
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert len(await all_of(world, RefreshToken)) == 1
    given = next(answer.json() for answer in answers if answer.status_code == 200)
    with pytest.raises(Unauthorized):
        await world.call(given["access_token"])
    assert (await world.refresh(client, given["refresh_token"])).status_code == 400


async def test_a_refresh_token_used_many_times_at_once_rotates_once_and_ends(
    world: World, client
) -> None:
    first = await world.tokens_for(client)

    answers = await asyncio.gather(
        *(world.refresh(client, first["refresh_token"]) for _ in range(AT_ONCE))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert len(await all_of(world, RefreshToken)) == 2
    assert (await all_of(world, Grant))[0].revoked_at is not None


async def test_a_decision_taken_many_times_at_once_gives_one_code(world: World, client) -> None:
    browser = Browser(world.cast.alice.user_id)
    asked = await world.authorize(world.question(client, Pkce()), browser=browser)
    address = await world.decide(request_token_in(asked), browser)

    answers = await asyncio.gather(*(world.come_back(address, browser) for _ in range(AT_ONCE)))

    assert Counter(answer.status_code for answer in answers) == {302: 1, 400: AT_ONCE - 1}
    assert len(await all_of(world, AuthorizationCode)) == 1
    assert len(await all_of(world, Grant)) == 1


async def test_a_request_decided_many_times_at_once_has_one_decision(world: World, client) -> None:
    browser = Browser(world.cast.alice.user_id)
    asked = await world.authorize(world.question(client, Pkce()), browser=browser)
    token = request_token_in(asked)

    outcomes = await asyncio.gather(
        *(world.decide(token, browser, approve=number % 2 == 0) for number in range(AT_ONCE)),
        return_exceptions=True,
    )

    assert Counter(type(outcome) for outcome in outcomes) == {str: 1, AlreadyDecided: AT_ONCE - 1}
    assert len(await all_of(world, Consent)) == 1
