"""A server that changed: whatever was asked before is answered, and nothing of it stays."""

import asyncio

import pytest

from core.sandbox_protocol import Share
from tests.sandbox.inside import a_supervisor, binding_of, mark_of
from tests.sandbox.processes import until
from tests.sandbox.test_fairness import SUM, a_host, has_workers


@pytest.fixture
async def pool():
    """What serves the calls of a supervisor."""
    async with a_supervisor() as supervisor:
        yield supervisor.pool


async def test_a_call_whose_worker_is_taking_its_server_is_answered(pool):
    call = asyncio.create_task(mark_of(pool, binding_of("server")))
    while not pool.status()["workers"]:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
    pool.forget("server")
    assert await call > 0
    await until(lambda: not pool.status()["workers"])


async def test_a_call_that_waited_meanwhile_leaves_no_worker_that_is_kept_warm(tmp_path):
    async with a_host(tmp_path, workers=4) as (host, client):
        share = Share(calls=1, waiting=1)
        code = "import time\ndef tool(): print('begun'); time.sleep(1)"
        server = host(code, warm=1, share=share)
        calls = [asyncio.create_task(server.call()) for _ in range(2)]
        await until(lambda: bool(server.heard))
        client.forget(server.binding.lane, 1)
        assert ["error" in answer for answer in await asyncio.gather(*calls)] == [False, False]
        await has_workers(client, server, lambda count: count == 0)
        for _ in range(4):
            await host(SUM).value()
        assert (await client.status(server.binding.server))["workers"] == []


async def test_a_call_that_comes_after_its_server_changed_leaves_nothing_of_it(tmp_path):
    async with a_host(tmp_path, workers=4) as (host, client):
        server, newer = (host(SUM, warm=1, lane="lane", generation=one) for one in (1, 2))
        await server.value()
        client.forget("lane", 2)
        assert await server.value() == 1
        await has_workers(client, server, lambda count: count == 0)
        assert await newer.value() == 1
        for _ in range(4):
            await host(SUM).value()
        [worker] = (await client.status("lane"))["workers"]
        assert worker["revision"] == newer.binding.revision


async def test_a_call_that_comes_late_does_not_end_what_is_newer(pool):
    old, new = (binding_of("server", revision=f"{n}", generation=n, warm=1) for n in (1, 2))
    mark = await mark_of(pool, new)
    assert await mark_of(pool, old) != mark
    assert await mark_of(pool, new) == mark
    await until(lambda: pool.status()["workers"] == 1)
