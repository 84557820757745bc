"""A call that its client no longer waits for ends in the sandbox, however the client left."""

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest
from fastmcp import Client

from mcp_runtime.limits import LONGEST_WAIT_SECONDS, PER_SERVER
from tests.cast import a_python_tool
from tests.mcp_runtime.conftest import JSON

SLOW = "async def forecast(city):\n    import asyncio\n    await asyncio.sleep(60)\n"
CANCEL = {
    "jsonrpc": "2.0",
    "method": "notifications/cancelled",
    "params": {"requestId": 1},
}
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


async def until_running(hosting, server_id, count) -> None:
    async with asyncio.timeout(20):
        while await running(hosting, server_id) != count:  # noqa: ASYNC110 - of a process
            await asyncio.sleep(0.02)


async def running(hosting, server_id) -> int:
    status = await hosting.runtime.sandbox.status(str(server_id))
    return sum(worker["running"] for worker in status["workers"])


async def called_off(hosting, server_id, call) -> None:
    """Wait until a call runs, leave it, and wait until it does not run any more."""
    task = asyncio.ensure_future(call)
    await until_running(hosting, server_id, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_running(hosting, server_id, 0)


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_an_mcp_client_that_cancels(hosting, supervisor, mode):
    server_id = await hosting.publish(a_python_tool(source=SLOW))

    async def hear(*_progress) -> None:
        pass

    async with Client(hosting.address(server_id), mode=mode) as client:
        for more in ({}, {"progress_handler": hear}):
            call = client.call_tool("forecast", {"city": "x"}, **more)
            await called_off(hosting, server_id, call)


async def test_a_client_that_hangs_up(hosting, supervisor):
    server_id = await hosting.publish(a_python_tool(source=SLOW))
    async with httpx2.AsyncClient(headers=JSON, timeout=60) as web:
        for meta in ({}, {"progressToken": 1}):
            message = call_of("forecast", _meta=meta)
            call = web.post(hosting.address(server_id), json=message)
            await called_off(hosting, server_id, call)


async def test_a_call_is_called_off_by_its_own_client_alone(hosting, supervisor):
    server_id = await hosting.publish(a_python_tool(source=SLOW))
    address = hosting.address(server_id)
    async with httpx2.AsyncClient(headers=JSON, timeout=60) as web:
        own, other = {"mcp-session-id": "own"}, {"mcp-session-id": "other"}
        call = asyncio.create_task(web.post(address, json=call_of("forecast"), headers=own))
        await until_running(hosting, server_id, 1)
        for headers in (other, {}):
            assert (await web.post(address, json=CANCEL, headers=headers)).status_code == 202
            assert await running(hosting, server_id) == 1
        assert (await web.post(address, json=CANCEL, headers=own)).status_code == 202
        error = (await call).json()["error"]
    assert (error["code"], error["message"]) == (-32800, "Request cancelled")
    await until_running(hosting, server_id, 0)


@pytest.mark.parametrize("meta", [{}, {"progressToken": 1}])
async def test_a_call_that_waits_for_its_turn_is_called_off(hosting, meta):
    server_id = await hosting.publish(a_python_tool(source=SLOW))
    address, own = hosting.address(server_id), {"mcp-session-id": "own"}
    limits, organization_id = hosting.runtime.limits, hosting.cast.alice.organization_id
    async with AsyncExitStack() as held, httpx2.AsyncClient(headers=JSON, timeout=60) as web:
        for _ in range(PER_SERVER):
            await held.enter_async_context(limits.slot(server_id, organization_id))
        message = call_of("forecast", _meta=meta)
        call = asyncio.create_task(web.post(address, json=message, headers=own))
        async with asyncio.timeout(LONGEST_WAIT_SECONDS / 2):
            while not call.done():
                await web.post(address, json=CANCEL, headers=own)
        assert (await call).json()["error"]["message"] == "Request cancelled"


def call_of(tool: str, **more) -> dict:
    params = {"name": tool, "arguments": {"city": "x"}, **more}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
