"""The keys of the issuers: one for all replicas, rotated without a gap."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.crypto import CannotOpen, Sealer
from core.database import Database
from core.models import SigningKey
from mcp_runtime.errors import Unauthorized
from mcp_runtime.oauth.signing_keys import (
    VERIFIES_AFTER_RETIREMENT,
    KeyRing,
    ensure_signing_key,
    rotate_signing_key,
)
from tests.mcp_runtime.oauth.world import Clock, Runtime, World


async def rows(database: Database) -> list[SigningKey]:
    async with database.read() as session:
        return list((await session.exec(select(SigningKey))).all())


async def test_replicas_that_start_at_once_make_one_key(settings, database, sealer) -> None:
    databases = [Database(settings) for _ in range(4)]
    clock = Clock()

    pairs = await asyncio.gather(
        *(KeyRing(each, sealer, clock=clock).signing() for each in databases)
    )

    for each in databases:
        await each.close()
    assert len({pair.kid for pair in pairs}) == 1
    assert len(await rows(database)) == 1


async def test_making_the_first_key_twice_makes_it_once(database, sealer) -> None:
    now = Clock().now

    await ensure_signing_key(database, sealer, now=now)
    await ensure_signing_key(database, sealer, now=now)

    assert len(await rows(database)) == 1


async def test_the_private_half_is_sealed_and_bound_to_its_row(database, sealer) -> None:
    pair = await KeyRing(database, sealer, clock=Clock()).signing()

    row = (await rows(database))[0]
    stranger = Sealer((b"s" * 32,))
    assert row.kid == pair.kid
    assert set(row.public_jwk) == {"kty", "use", "alg", "kid", "n", "e"}
    with pytest.raises(CannotOpen):
        stranger.open(row.sealed_private_key, bound_to=row.seal_binding)
    with pytest.raises(CannotOpen):
        sealer.open(row.sealed_private_key, bound_to="signing_key/sealed_private_key/other")


async def test_keys_are_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.keys.signing()
    reads = 0
    read = world.database.read

    def counted():
        nonlocal reads
        reads += 1
        return read()

    monkeypatch.setattr(world.database, "read", counted)
    for _ in range(5):
        await world.keys.signing()
        await world.keys.verifying("unknown")
        await world.keys.published()

    assert reads == 0


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_verifies(
    world: World, client
) -> None:
    sealer = world.runtime.resources.sealer
    old = await world.tokens_for(client)
    world.clock.pass_(minutes=2)
    kid = await rotate_signing_key(world.database, sealer, now=world.clock())
    world.clock.pass_(minutes=2)

    new = await world.tokens_for(client)

    assert (await world.keys.signing()).kid == kid
    assert await world.call(old["access_token"])
    assert await world.call(new["access_token"])
    assert len(await world.keys.published()) == 2


async def test_a_replica_knows_a_new_key_as_soon_as_it_meets_it(world: World, client) -> None:
    replica = Runtime(world.settings, world.database, world.runtime.resources.sealer, world.clock)
    await replica.keys.signing()
    world.clock.pass_(seconds=2)
    await rotate_signing_key(world.database, world.runtime.resources.sealer, now=world.clock())
    world.runtime.keys._loaded = None
    given = await world.tokens_for(client)

    live = await replica.live(world.server.id)
    assert await replica.guard.authenticate(f"Bearer {given['access_token']}", live)
    await replica.http.aclose()


async def test_a_retired_key_ends_after_its_last_token(world: World, client) -> None:
    sealer = world.runtime.resources.sealer
    token = (await world.tokens_for(client))["access_token"]
    first = (await rows(world.database))[0].kid
    await rotate_signing_key(world.database, sealer, now=world.clock())
    world.clock.pass_(seconds=VERIFIES_AFTER_RETIREMENT.total_seconds())

    assert first not in [key["kid"] for key in await world.keys.published()]
    with pytest.raises(Unauthorized):
        await world.call(token)
    await rotate_signing_key(world.database, sealer, now=world.clock())
    assert first not in [row.kid for row in await rows(world.database)]


async def test_rotations_at_once_leave_one_key_that_signs(database, sealer) -> None:
    now = Clock().now
    await ensure_signing_key(database, sealer, now=now)

    await asyncio.gather(
        *(
            rotate_signing_key(database, sealer, now=now + timedelta(seconds=number))
            for number in range(3)
        )
    )

    assert len([row for row in await rows(database) if row.retired_at is None]) == 1
