"""Streams that listen are told of a new version, and end with the right of their caller."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from sqlmodel import select

from core.clock import now_utc
from core.generation import announce_change
from core.models import AccessPolicy, Server, ServerKey, Version
from core.tool_spec import ServerSpec
from mcp_runtime import subscriptions
from tests.cast import NOW, a_tool

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
PRIVATE = AccessPolicy.PRIVATE


@asynccontextmanager
async def connected(hosting, server_id, token):
    """Yield a client that holds a key."""
    headers = {"authorization": f"Bearer {token}"}
    async with (
        create_mcp_http_client(headers=headers) as http,
        Client(streamable_http_client(hosting.address(server_id), http_client=http)) as client,
    ):
        yield client


@asynccontextmanager
async def listening(hosting, server_id, token):
    """Listen for changed tools with a key; yields the stream."""
    async with (
        connected(hosting, server_id, token) as client,
        client.listen(tools_list_changed=True) as stream,
    ):
        yield stream


async def heard(stream) -> str:
    """Return what comes next on a stream: a change, or its end."""
    async with asyncio.timeout(10):
        async for event in stream:
            return type(event).__name__
    return "end"


async def change(hosting, server_id, *, publish=None, revoke=None):
    """Publish a tool and revoke a key, in one transaction."""
    async with hosting.database.write() as session:
        server = await session.get_one(Server, server_id)
        if publish is not None:
            spec = ServerSpec(name="Weather", tools=(publish,))
            version = Version(
                server_id=server_id, number=99, spec=spec.model_dump(mode="json"),
                content_hash=spec.content_hash(), contract_hash=spec.contract_hash(),
                created_at=NOW,
            )  # fmt: skip
            session.add(version)
            await session.flush()
            server.live_version_id = version.id
        if revoke is not None:
            key = await session.get_one(ServerKey, revoke)
            key.revoked_at = now_utc()
        await announce_change(session, server)


async def test_a_new_version_is_announced_to_those_who_may_still_listen(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    (kept, _), (lost, lost_id) = [await hosting.key_for(server_id) for _ in range(2)]
    async with (
        listening(hosting, server_id, kept) as stays,
        listening(hosting, server_id, lost) as goes,
    ):
        await change(hosting, server_id, publish=a_tool("another"), revoke=lost_id)
        assert await heard(stays) == "ToolsListChanged"
        assert await heard(goes) == "end"


async def test_another_change_ends_only_the_streams_that_it_concerns(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    (kept, _), (lost, lost_id) = [await hosting.key_for(server_id) for _ in range(2)]
    async with (
        listening(hosting, server_id, kept) as stays,
        listening(hosting, server_id, lost) as goes,
    ):
        await change(hosting, server_id, revoke=lost_id)
        assert await heard(goes) == "end"
        await change(hosting, server_id, publish=a_tool("another"))
        assert await heard(stays) == "ToolsListChanged"


@pytest.mark.parametrize("values", [{"is_paused": True}, {"deleted_at": NOW}])
async def test_a_server_that_is_not_served_ends_all_streams(hosting, upstream, values):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    token, _ = await hosting.key_for(server_id)
    async with listening(hosting, server_id, token) as stream:
        await hosting.change(server_id, **values)
        assert await heard(stream) == "end"


async def test_a_stream_does_not_outlive_its_token(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    token, _ = await hosting.key_for(server_id)
    dispatcher = hosting.runtime._dispatcher
    async with listening(hosting, server_id, token) as stream:
        async with hosting.database.write() as session:
            key = (await session.exec(select(ServerKey))).one()
            key.expires_at = now_utc() + timedelta(hours=1)
            session.add(key)
        dispatcher._guard._clock = lambda: now_utc() + timedelta(hours=2)
        await dispatcher.subscriptions.look_again()
        assert await heard(stream) == "end"


async def test_a_check_that_fails_ends_the_streams_and_nothing_else(hosting, upstream, monkeypatch):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    token, _ = await hosting.key_for(server_id)
    listen = hosting.runtime._dispatcher.subscriptions

    async def fail(_authorization, _live):
        raise OSError("the database is away")

    async with listening(hosting, server_id, token) as stream:
        monkeypatch.setattr(listen, "_may_use", fail)
        await hosting.change(server_id)
        assert await heard(stream) == "end"
    async with listening(hosting, server_id, token):
        pass  # the runtime still serves


async def test_streams_of_one_server_are_limited(hosting, upstream, monkeypatch):
    monkeypatch.setattr(subscriptions, "MAX_STREAMS_PER_SERVER", 1)
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=PRIVATE)
    token, _ = await hosting.key_for(server_id)
    async with (
        connected(hosting, server_id, token) as client,
        client.listen(tools_list_changed=True),
    ):
        with pytest.raises(MCPError, match="Too many streams"):
            async with client.listen(tools_list_changed=True):
                pass
