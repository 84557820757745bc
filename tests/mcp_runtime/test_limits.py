"""Calls at once are bounded per server and per organization, with a short, fair queue behind."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from core.http_request import BaseUrl, HttpRequest
from core.tool_spec import HttpTool
from mcp_runtime.errors import TooBusy
from mcp_runtime.limits import Limits
from tests.cast import a_tool

ACME, EVIL = uuid4(), uuid4()
ONE, OTHER = uuid4(), uuid4()


class Call:
    """A call that holds its place until told to end."""

    def __init__(self, limits: Limits, server=ONE, organization=ACME) -> None:
        self.is_running = False
        self._end = asyncio.Event()
        self.task = asyncio.create_task(self._run(limits, server, organization))

    async def _run(self, limits, server, organization) -> None:
        async with limits.slot(server, organization):
            self.is_running = True
            await self._end.wait()
            self.is_running = False

    async def end(self) -> None:
        self._end.set()
        await self.task


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def end_all(*calls: Call) -> None:
    for call in calls:
        await call.end()


async def test_a_server_runs_so_many_calls_and_lets_the_rest_wait_in_order():
    limits = Limits(per_server=2)
    calls = [Call(limits) for _ in range(4)]
    await settled()
    assert [call.is_running for call in calls] == [True, True, False, False]
    await calls[1].end()
    await settled()
    assert [call.is_running for call in calls] == [True, False, True, False]
    await end_all(calls[0], calls[2], calls[3])
    assert limits.running == 0


async def test_an_organization_is_bounded_over_all_of_its_servers():
    limits = Limits(per_server=2, per_organization=3)
    calls = [Call(limits, server) for server in (ONE, ONE, OTHER, OTHER)]
    await settled()
    assert [call.is_running for call in calls] == [True, True, True, False]
    assert limits.running == 3
    await end_all(*calls)


async def test_one_organization_does_not_hold_up_another():
    limits = Limits(per_server=1, per_organization=1, queue=0)
    mine, theirs = Call(limits), Call(limits, OTHER, EVIL)
    await settled()
    assert mine.is_running
    assert theirs.is_running
    await end_all(mine, theirs)


async def test_a_full_server_does_not_hold_up_the_others_in_the_queue():
    limits = Limits(per_server=1, per_organization=3)
    calls = [Call(limits, server) for server in (ONE, ONE, OTHER)]
    await settled()
    assert [call.is_running for call in calls] == [True, False, True]
    await end_all(*calls)


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_back():
    limits = Limits(per_server=1, queue=1)
    calls = [Call(limits), Call(limits)]
    await settled()
    with pytest.raises(TooBusy) as caught:
        async with limits.slot(ONE, ACME):
            pass
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 2)
    await end_all(*calls)


async def test_nobody_waits_for_ever():
    limits = Limits(per_server=1, longest_wait_seconds=0.01)
    call = Call(limits)
    await settled()
    with pytest.raises(TooBusy):
        async with limits.slot(ONE, ACME):
            pass
    await call.end()
    async with limits.slot(ONE, ACME):
        assert limits.running == 1


async def test_a_caller_who_goes_away_leaves_the_queue():
    limits = Limits(per_server=1, queue=1)
    first, gone = Call(limits), Call(limits)
    await settled()
    gone.task.cancel()
    await asyncio.gather(gone.task, return_exceptions=True)
    after = Call(limits)
    await settled()
    assert not after.is_running
    await first.end()
    await settled()
    assert after.is_running
    await after.end()
    assert limits.running == 0


async def test_a_turn_that_comes_as_its_caller_goes_is_passed_on():
    limits = Limits(per_server=1)
    first, gone, after = Call(limits), Call(limits), Call(limits)
    await settled()
    first._end.set()
    await first.task  # gives `gone` its turn, which it has not taken up yet
    gone.task.cancel()
    await asyncio.gather(gone.task, return_exceptions=True)
    await settled()
    assert after.is_running
    await after.end()
    assert limits.running == 0


async def test_a_call_that_fails_gives_its_place_back():
    limits = Limits(per_server=1, queue=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"):
            async with limits.slot(ONE, ACME):
                raise ValueError("x")
    assert limits.running == 0


async def test_organizations_without_calls_are_forgotten():
    limits = Limits()
    async with AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(limits.slot(uuid4(), uuid4()))
        assert len(limits._organizations) == 5
    assert limits._organizations == {}


async def test_an_organization_is_forgotten_when_all_who_waited_went_away():
    limits = Limits(per_server=1)
    first, waiting = Call(limits), Call(limits)
    await settled()
    waiting.task.cancel()
    await asyncio.gather(waiting.task, return_exceptions=True)
    await first.end()
    assert limits._organizations == {}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_busy_server_answers_429_to_calls_and_still_lists_its_tools(hosting, upstream, web):
    tool = a_tool(url=upstream.url)
    request = HttpRequest(method="GET", base=BaseUrl(url=upstream.url), path="/held")
    held = HttpTool(name="held", input_schema={"type": "object"}, request=request)
    server_id = await hosting.publish(tool, held)
    hosting.runtime.limits._per_server, hosting.runtime.limits._queue = 1, 0
    address = hosting.address(server_id)

    def rpc(method, **params):
        return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}

    under_way = asyncio.create_task(web.post(address, json=rpc("tools/call", name="held")))
    await asyncio.wait_for(upstream.service.arrived.wait(), 10)
    refused = await web.post(address, json=rpc("tools/call", name="held"))
    listed = await web.post(address, json=rpc("tools/list"))
    upstream.service.gate.set()

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert "busy" in refused.json()["error"]["message"]
    assert listed.status_code == 200
    assert not (await under_way).json()["result"]["isError"]
    assert hosting.runtime.limits.running == 0
