"""What was called is written in batches beside the calls, and never with what."""

import asyncio
from uuid import uuid4

import pytest
from mcp_types import CLIENT_INFO_META_KEY
from sqlmodel import select

from core.clock import now_utc
from core.http_request import BaseUrl, HttpRequest
from core.models import AccessPolicy, Call, CallerKind, CallStatus, Server, ServerKey
from core.tool_spec import HttpTool
from mcp_runtime.usage import BATCH, CallRow, Usage
from tests.cast import NOW, a_tool, make_server

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def a_call(server_id, **values) -> CallRow:
    row = CallRow(
        id=uuid4(),
        server_id=server_id,
        version_number=1,
        tool_name="get_city",
        caller_kind=CallerKind.KEY,
        caller="k",
        client="c 1",
        status=CallStatus.OK,
        error_code="",
        upstream_status=200,
        duration_ms=1.5,
        started_at=NOW,
    )
    return CallRow(**{**row, **values})  # pyright: ignore[reportArgumentType]


async def calls_in(database) -> list[Call]:
    async with database.read() as session:
        return list(await session.exec(select(Call)))


async def a_server(database, cast) -> Server:
    async with database.write() as session:
        return await make_server(session, cast.alice)


def rpc(arguments, name="get_city"):
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_calls_are_written_in_batches_and_all_of_them(database, committed_cast):
    server = await a_server(database, committed_cast)
    usage = Usage(database)
    for _ in range(BATCH + 3):
        usage.record(a_call(server.id))
    assert await calls_in(database) == []
    await usage.flush()
    written = await calls_in(database)
    assert len(written) == BATCH + 3
    assert written[0].model_dump() == {**a_call(server.id), "id": written[0].id}


async def test_what_waits_is_written_when_the_writer_stops(database, committed_cast):
    server = await a_server(database, committed_cast)
    usage = Usage(database, every_seconds=3600)
    usage.start()
    usage.record(a_call(server.id))
    await usage.stop()
    assert len(await calls_in(database)) == 1


async def test_the_writer_writes_by_itself(database, committed_cast):
    server = await a_server(database, committed_cast)
    usage = Usage(database, every_seconds=0.01)
    written = asyncio.Event()
    write = usage._write

    async def noting(batch):
        await write(batch)
        written.set()

    usage._write = noting
    usage.start()
    usage.record(a_call(server.id))
    await asyncio.wait_for(written.wait(), 10)
    await usage.stop()
    assert len(await calls_in(database)) == 1


async def test_calls_of_a_server_that_is_gone_do_not_cost_the_others_theirs(
    database, committed_cast
):
    server = await a_server(database, committed_cast)
    usage = Usage(database)
    usage.record(a_call(uuid4()))
    usage.record(a_call(server.id))
    usage.record(a_call(uuid4()))
    await usage.flush()
    assert [call.server_id for call in await calls_in(database)] == [server.id]


async def test_a_call_that_the_database_refuses_costs_no_other_its_own(
    database, committed_cast, logged
):
    server = await a_server(database, committed_cast)
    usage = Usage(database)
    written_before = a_call(server.id)
    usage.record(written_before)
    await usage.flush()
    calls = [a_call(server.id) for _ in range(7)]
    for call in [*calls[:3], written_before, *calls[3:]]:
        usage.record(call)
    await usage.flush()
    written = {call.id for call in await calls_in(database)}
    assert written == {written_before["id"], *(call["id"] for call in calls)}
    assert [event["event"] for event in logged].count("usage.row_dropped") == 1


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_text_that_postgresql_does_not_take_costs_no_other_call_its_record(
    database, committed_cast
):
    server = await a_server(database, committed_cast)
    usage = Usage(database)
    calls = [a_call(server.id), a_call(server.id, client="a\0b"), a_call(server.id)]
    for call in calls:
        usage.record(call)
    await usage.flush()
    assert {call.id for call in await calls_in(database)} == {calls[0]["id"], calls[2]["id"]}
    usage.record(a_call(server.id))
    await usage.flush()
    assert len(await calls_in(database)) == 3


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_client_with_a_crooked_name_is_recorded_by_what_shows_of_it(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    message = rpc({"city_id": "x"})
    named = {"name": "Cu\0r\u202esor\n", "version": "1\0"}
    message["params"]["_meta"] = {CLIENT_INFO_META_KEY: named}
    await web.post(hosting.address(server_id), json=message)
    await hosting.runtime.usage.flush()
    (call,) = await calls_in(hosting.database)
    assert call.client == "Cursor 1"


@SQLITE
async def test_calls_wait_while_the_database_is_away(database, committed_cast, monkeypatch):
    server = await a_server(database, committed_cast)
    usage = Usage(database)

    async def away(_batch):
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "_insert", away)
        usage.record(a_call(server.id))
        await usage.flush()
    usage.record(a_call(server.id))
    await usage.flush()
    assert len(await calls_in(database)) == 2


@SQLITE
async def test_the_oldest_are_dropped_when_too_many_wait(database, committed_cast):
    server = await a_server(database, committed_cast)
    usage = Usage(database, max_waiting=10)
    for number in range(11):
        usage.record(a_call(server.id, duration_ms=float(number)))
    await usage.flush()
    assert [call.duration_ms for call in await calls_in(database)] == [6.0, 7.0, 8.0, 9.0, 10.0]


@SQLITE
async def test_a_call_is_recorded_without_its_arguments_and_answer(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, key_id = await hosting.key_for(server_id)
    headers = {"authorization": f"Bearer {token}", "user-agent": "agent/2 (x)"}
    address = hosting.address(server_id)
    before = now_utc()

    await web.post(address, json=rpc({"city_id": "confidential"}), headers=headers)
    await web.post(address, json=rpc({"city_id": 5}), headers=headers)
    await hosting.runtime.usage.flush()

    ok, refused = sorted(await calls_in(hosting.database), key=lambda call: call.started_at)
    assert (ok.status, ok.upstream_status, ok.error_code) == (CallStatus.OK, 200, "")
    assert (refused.status, refused.error_code) == (CallStatus.REFUSED, "invalid")
    assert (ok.caller_kind, ok.caller, ok.client) == (CallerKind.KEY, str(key_id), "agent/2")
    assert (ok.server_id, ok.version_number) == (server_id, 1)
    assert ok.started_at >= before
    assert ok.duration_ms > 0
    assert "confidential" not in str([ok.model_dump(), refused.model_dump()])


@SQLITE
async def test_a_failing_service_is_recorded_with_its_status(hosting, upstream, web):
    tool = a_tool(url=upstream.url)
    tool = tool.model_copy(
        update={"request": tool.request.model_copy(update={"path": "/none/{cityId}"})}
    )
    server_id = await hosting.publish(tool)
    await web.post(hosting.address(server_id), json=rpc({"city_id": "x"}))
    await hosting.runtime.usage.flush()
    (call,) = await calls_in(hosting.database)
    assert (call.status, call.upstream_status) == (CallStatus.TOOL_ERROR, 404)
    assert call.caller_kind is CallerKind.PUBLIC


@SQLITE
async def test_a_key_remembers_when_it_was_last_used(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, key_id = await hosting.key_for(server_id)
    before = now_utc()
    headers = {"authorization": f"Bearer {token}"}
    await web.post(hosting.address(server_id), json=rpc({"city_id": "x"}), headers=headers)
    async with hosting.database.read() as session:
        key = await session.get_one(ServerKey, key_id)
    assert key.last_used_at is not None
    assert key.last_used_at >= before


@SQLITE
async def test_a_call_whose_caller_leaves_is_broken_off_and_recorded(hosting, upstream, web):
    request = HttpRequest(method="GET", base=BaseUrl(url=upstream.url), path="/held")
    tool = HttpTool(name="held", input_schema={"type": "object"}, request=request)
    server_id = await hosting.publish(tool)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "held"}}
    under_way = asyncio.create_task(web.post(hosting.address(server_id), json=message))
    await asyncio.wait_for(upstream.service.arrived.wait(), 10)

    under_way.cancel()
    async with asyncio.timeout(10):
        while hosting.runtime.limits.running:  # noqa: ASYNC110 - the runtime tells nobody
            await asyncio.sleep(0.01)
    await hosting.runtime.usage.flush()

    (call,) = await calls_in(hosting.database)
    assert (call.tool_name, call.error_code) == ("held", "cancelled")
