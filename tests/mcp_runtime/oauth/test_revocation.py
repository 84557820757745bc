"""Revocation, by the client and by the owner."""

import pytest
from sqlmodel import select

from core.connection_access import grants_of
from core.grants import revoke_grant
from core.models import Grant, Server
from mcp_runtime.errors import Unauthorized
from tests.mcp_runtime.oauth.world import World


async def revoke(world: World, client, token: str, **form: str):
    body = {**client.body(), "token": token, **form}
    address = world.issuer().endpoint("revoke")
    return await world.http.post(address, data=body, headers=client.headers())


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
async def test_revoking_one_token_ends_them_all(world: World, which: str, method: str) -> None:
    client = await world.register(method=method)
    given = await world.tokens_for(client)
    await world.call(given["access_token"])

    answer = await revoke(world, client, given[which], token_type_hint=which)

    assert answer.status_code == 200
    with pytest.raises(Unauthorized):
        await world.call(given["access_token"])
    refreshed = await world.refresh(client, given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_a_token_that_is_over_still_ends_its_grant(world: World, client) -> None:
    given = await world.tokens_for(client)
    world.clock.pass_(hours=11)

    await revoke(world, client, given["access_token"])

    refreshed = await world.refresh(client, given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("token", ["unknown", "tkr_unknown", "a.b.c"])
async def test_an_unknown_token_is_answered_alike(world: World, client, token: str) -> None:
    assert (await revoke(world, client, token)).status_code == 200


async def test_another_clients_token_is_not_ended(world: World, client) -> None:
    given = await world.tokens_for(client)
    other = await world.register()

    for token in (given["access_token"], given["refresh_token"]):
        answer = await revoke(world, other, token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert await world.call(given["access_token"])


async def test_a_client_authenticates_to_revoke(world: World) -> None:
    client = await world.register(method="client_secret_post")
    given = await world.tokens_for(client)
    client.secret = "wrong"

    answer = await revoke(world, client, given["refresh_token"])

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await world.call(given["access_token"])


async def test_a_token_must_be_named(world: World, client) -> None:
    assert (await revoke(world, client, "")).json()["error"] == "invalid_request"


async def test_the_owner_ends_a_connection(world: World, client) -> None:
    given = await world.tokens_for(client)
    other = await world.tokens_for(client, user=world.cast.bob.user_id)
    await world.call(given["access_token"])

    async with world.database.write() as session:
        server = await session.get_one(Server, world.server.id)
        alices = Grant.user_id == world.cast.alice.user_id
        grant = (await session.exec(select(Grant).where(alices))).one()
        await revoke_grant(session, server, grant, now=world.clock())

    with pytest.raises(Unauthorized):
        await world.call(given["access_token"])
    assert await world.call(other["access_token"])
    async with world.database.read() as session:
        server = await session.get_one(Server, world.server.id)
        left = [grant.user_id for grant, _, _ in await grants_of(session, server)]
    assert left == [world.cast.bob.user_id]
