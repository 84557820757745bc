"""The guard of the MCP endpoint: which static keys open a server, and which do not."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from core.models import CallerKind, ServerKey
from mcp_runtime.oauth.bearer import LAST_USED_PRECISION
from tests.cast import NOW
from tests.mcp_runtime.oauth.world import World, make_key, refused


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The guard's questions are asked of both databases by the flow, here once for each forgery."""
    return request.param


async def last_used(world: World, row: ServerKey):
    async with world.database.read() as session:
        return (await session.get_one(ServerKey, row.id)).last_used_at


async def test_a_key_opens_its_server(world: World) -> None:
    key, row = await make_key(world)

    caller = await world.call(key)

    assert (caller.kind, caller.caller, caller.user_id) == (CallerKind.KEY, str(row.id), None)
    assert caller.scopes == {"tools"}


async def test_s2_a_key_of_one_server_is_nothing_to_another(world: World) -> None:
    key, _ = await make_key(world)
    await world.call(key)

    await refused(world, key, server=world.other)


async def test_a_key_ends_when_it_says(world: World) -> None:
    key, _ = await make_key(world, expires_at=NOW + timedelta(seconds=30))
    await world.call(key)
    world.clock.pass_(seconds=30)

    await refused(world, key)


async def test_a_revoked_key_ends_at_once(world: World) -> None:
    key, row = await make_key(world)
    await world.call(key)
    async with world.database.write() as session:
        await session.exec(
            update(ServerKey).where(col(ServerKey.id) == row.id).values(revoked_at=NOW)
        )
    await world.change(world.server)

    await refused(world, key)


async def test_the_use_of_a_key_is_noted_to_some_minutes(world: World) -> None:
    key, row = await make_key(world)
    await world.call(key)
    assert await last_used(world, row) == NOW

    world.clock.pass_(minutes=2)
    await world.call(key)
    assert await last_used(world, row) == NOW

    world.clock.pass_(seconds=LAST_USED_PRECISION.total_seconds())
    await world.call(key)
    assert await last_used(world, row) == world.clock()
