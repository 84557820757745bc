"""Workers that are ready before anybody asks: as many as were asked for, of each kind."""

import asyncio

from core.sandbox_protocol import WorkerLimits
from core.sandbox_settings import SandboxSettings
from tests.sandbox.processes import SECONDS_TO_SETTLE, family_of, until

KEPT = SandboxSettings().sandbox_spares
ONE = "def tool(): return 1"


async def has_spares(client, count):
    """Wait until so many are ready, beside those that servers have."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while (await client.status())["spares"] != count:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def test_each_that_is_taken_is_made_up_for(host, client):
    await has_spares(client, KEPT)
    for _ in range(KEPT + 2):
        assert await host(ONE).value() == 1
    await has_spares(client, KEPT)


async def test_spares_are_frozen_until_they_are_taken(host, client, supervisor):
    await has_spares(client, KEPT)
    spares = family_of(supervisor.process.pid).workers
    await until(lambda: all(one.state == "T" for one in family_of(supervisor.process.pid).workers))
    assert len(spares) >= KEPT


async def test_one_that_has_died_is_given_to_nobody(host, client, supervisor):
    await has_spares(client, KEPT)
    dead = family_of(supervisor.process.pid).workers
    for spare in dead:
        spare.kill()
    await until(lambda: not any(spare.is_running for spare in dead))
    assert await host(ONE).value() == 1
    await until(lambda: len(family_of(supervisor.process.pid).workers) > KEPT)


async def test_a_kind_that_was_asked_for_is_kept_ready_too(host, client):
    await has_spares(client, KEPT)
    assert await host(ONE, limits=WorkerLimits(memory_mib=128)).value() == 1
    await has_spares(client, KEPT + 1)
