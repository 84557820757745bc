"""What one organization takes of the host leaves the others theirs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.sandbox_protocol import Share
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from tests.sandbox.conftest import Host, HostedCode, hosting, start_supervisor, stop_supervisor
from tests.sandbox.processes import SECONDS_TO_SETTLE

pytestmark = pytest.mark.timeout(240)
WIDE = Share(calls=64, waiting=1_000)
REMEMBERS = """
    import os, random
    mark = random.random()
    def tool(): return mark
    def end(): os._exit(0)
"""
SUM = "async def tool(): return 1"


@asynccontextmanager
async def a_host(folder: Path, *, workers: int) -> AsyncIterator[tuple[Host, SandboxClient]]:
    """A supervisor of so many workers, without spares."""
    running = start_supervisor(folder, SANDBOX_WORKERS=str(workers), SANDBOX_SPARES="0")
    client = SandboxClient(running.folder)
    try:
        yield hosting(client), client
    finally:
        await client.close()
        stop_supervisor(running)
    assert "ERROR" not in running.log.read_text()


async def has_workers(client: SandboxClient, server: HostedCode, holds: Callable[[int], bool]):
    """Wait until a server has as many workers as it should."""
    async with asyncio.timeout(SECONDS_TO_SETTLE):
        while True:
            workers = (await client.status(server.binding.server))["workers"]
            if holds(len([one for one in workers if one["lane"] == server.binding.lane])):
                return
            await asyncio.sleep(0.02)


async def test_a_worker_that_is_kept_warm_is_there_again_before_anybody_calls(tmp_path):
    async with a_host(tmp_path, workers=4) as (host, client):
        server = host(REMEMBERS, "tool", "end", warm=1)
        await server.value()
        await server.error("end")
        await has_workers(client, server, lambda count: count == 1)
        answer = await server.call()
        assert answer["is_cold"] is False


async def test_what_is_forgotten_is_not_kept_warm(tmp_path):
    async with a_host(tmp_path, workers=4) as (host, client):
        server = host(REMEMBERS, warm=2)
        await server.value()
        await has_workers(client, server, lambda count: count == 2)
        client.forget(server.binding.lane, 1)
        await has_workers(client, server, lambda count: count == 0)
        for _ in range(4):
            await host(SUM).value()
        assert (await client.status(server.binding.server))["workers"] == []


async def test_who_is_kept_warm_leaves_room_for_those_who_are_not(tmp_path):
    async with a_host(tmp_path, workers=4) as (host, client):
        for _ in range(5):
            await host(SUM, warm=1).value()
        for _ in range(3):
            assert await host(SUM).value() == 1
        assert (await client.status())["workers"] <= 4


async def test_who_has_most_workers_loses_one_first(tmp_path):
    async with a_host(tmp_path, workers=3) as (host, _):
        modest = host(REMEMBERS, tenant="modest")
        mark = await modest.value()
        for _ in range(6):
            await host(REMEMBERS, tenant="greedy").value()
        assert await modest.value() == mark


async def test_who_has_a_worker_waits_for_it_where_there_is_no_room_for_another(tmp_path):
    async with a_host(tmp_path, workers=1) as (host, _):
        server = host("import time\ndef tool(): time.sleep(0.1)", workers=2, share=WIDE)
        await server.value()
        answers = await asyncio.gather(*(server.call() for _ in range(20)))
        assert [answer for answer in answers if "error" in answer] == []


async def test_many_starts_of_one_delay_the_start_of_another_by_few(tmp_path):
    async with a_host(tmp_path, workers=60) as (host, _):
        many = host(SUM, isolation="per_call", share=WIDE)
        await many.value()
        calls = [asyncio.create_task(many.value()) for _ in range(32)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        before = sum(call.done() for call in calls)
        assert await host(SUM).value() == 1
        assert sum(call.done() for call in calls) - before < 12
        await asyncio.gather(*calls)


async def test_looking_at_code_takes_a_turn_like_a_call(tmp_path):
    async with a_host(tmp_path, workers=60) as (_, client):
        asked = {"source": "def tool(): pass", "function": "tool", "schema": None}
        answers = await asyncio.gather(
            *(client.check(asked, tenant="hasty") for _ in range(60)),
            client.check(asked, tenant="other"),
        )
        refused = [answer for answer in answers if "error" in answer]
        assert {answer["error"]["kind"] for answer in refused} == {"Busy"}
        assert len(refused) == 60 - Share().calls - Share().waiting
        assert "problems" in answers[-1]


async def test_a_worker_that_was_starting_as_its_lane_was_forgotten_ends_with_its_call(tmp_path):
    """It holds values that are old, like those that were there already."""
    async with a_host(tmp_path, workers=4) as (host, client):
        server = host(SUM, env={"TOKEN": "old"})
        call = asyncio.create_task(server.value())
        async with asyncio.timeout(SECONDS_TO_SETTLE):
            while not (await client.status())["running"]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
        client.forget(server.binding.lane, 1)
        assert await call == 1
        await has_workers(client, server, lambda count: count == 0)
