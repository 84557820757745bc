"""The MCP address: who is let in, what is answered, and in which protocol revisions."""

import pytest
from fastmcp import Client
from mcp import types
from mcp.client import Client as SdkClient
from mcp.shared.exceptions import MCPError

from core.clock import now_utc
from core.models import AccessPolicy
from core.tool_spec import Annotations
from mcp_runtime.bodies import MAX_BODY_BYTES
from tests.cast import a_tool

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")


def rpc(method: str, params: dict | None = None, *, number: int | str = 1) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_of_either_era_lists_and_calls_the_published_tools(hosting, upstream, mode):
    tool = a_tool(url=upstream.url).model_copy(
        update={"annotations": Annotations(read_only=True, destructive=False)}
    )
    other = a_tool("another_city", url=upstream.url)
    server_id = await hosting.publish(tool, other, instructions="Ask for one city at a time.")

    async with Client(hosting.address(server_id), mode=mode) as client:
        tools = await client.list_tools()
        result = await client.call_tool("get_city", {"city_id": "oslo"})

    assert [t.name for t in tools] == ["get_city", "another_city"]
    assert tools[0].title == "Get a city"
    assert tools[0].description == "Returns one city."
    assert tools[0].input_schema == tool.input_schema
    assert tools[0].annotations.read_only_hint is True
    assert tools[0].annotations.destructive_hint is False
    assert result.structured_content["name"] == "Oslo"
    assert upstream.service.last.target == "/cities/oslo"


async def test_the_sdk_client_sees_the_instructions_and_empty_lists(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url), instructions="One at a time.")

    async with SdkClient(hosting.address(server_id)) as client:
        assert client.instructions == "One at a time."
        assert (await client.list_prompts()).prompts == []
        assert (await client.list_resources()).resources == []
        assert (await client.list_resource_templates()).resource_templates == []


@pytest.mark.parametrize("version", HANDSHAKE)
async def test_every_older_revision_is_negotiated(hosting, upstream, web, version):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    client = {"name": "old", "version": "1"}
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": client}

    answer = await web.post(hosting.address(server_id), json=rpc("initialize", params))

    result = answer.json()["result"]
    assert result["protocolVersion"] == version
    assert result["serverInfo"]["name"] == "Weather"


async def test_a_client_that_introduces_itself_gets_a_name_of_its_own(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x"}}
    params["clientInfo"]["version"] = "1"
    names = set()
    for _ in range(2):
        answer = await web.post(hosting.address(server_id), json=rpc("initialize", params))
        names.add(answer.headers["mcp-session-id"])
    assert len(names) == 2
    assert (
        "mcp-session-id"
        not in (await web.post(hosting.address(server_id), json=rpc("tools/list"))).headers
    )


async def test_the_newest_revision_discovers_the_server(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), instructions="Hello.")
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover"}

    answer = await web.post(
        hosting.address(server_id), json=rpc("server/discover", {"_meta": meta}), headers=headers
    )

    result = answer.json()["result"]
    assert result["supportedVersions"] == ["2026-07-28"]
    assert result["instructions"] == "Hello."
    assert result["capabilities"]["tools"] == {"listChanged": True}
    assert (result["ttlMs"], result["cacheScope"]) == (500, "private")


async def test_an_unknown_server_and_an_odd_identifier_are_not_found(hosting, web):
    missing = "00000000-0000-0000-0000-000000000000"
    for name in (missing, "nonsense", "..%2f"):
        answer = await web.post(f"{hosting.url}/mcp/{name}/mcp", json=rpc("tools/list"))
        assert answer.status_code == 404


async def test_a_deleted_server_is_not_found(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    assert (await web.post(hosting.address(server_id), json=rpc("tools/list"))).status_code == 200

    await hosting.change(server_id, deleted_at=now_utc())
    await hosting.runtime.resources.catalog.poll()

    assert (await web.post(hosting.address(server_id), json=rpc("tools/list"))).status_code == 404


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "initialize"])
async def test_a_paused_server_says_so_whatever_is_asked(hosting, upstream, web, method):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    await hosting.change(server_id, is_paused=True)
    await hosting.runtime.resources.catalog.poll()

    params = {"name": "get_city", "arguments": {"city_id": "x"}}
    answer = await web.post(hosting.address(server_id), json=rpc(method, params))

    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "Weather is paused by its owner. Try again later."
    assert upstream.service.received == []


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_is_told_in_words_that_a_server_is_paused(hosting, upstream, mode):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    async with SdkClient(hosting.address(server_id), mode=mode) as client:
        await hosting.change(server_id, is_paused=True)
        await hosting.runtime.resources.catalog.poll()
        with pytest.raises(MCPError, match="paused by its owner"):
            await client.call_tool("get_city", {"city_id": "oslo"})


async def test_a_server_with_nothing_published_says_so(hosting, web):
    server_id = await hosting.draft()
    await hosting.change(server_id, access_policy=AccessPolicy.PUBLIC)

    answer = await web.post(hosting.address(server_id), json=rpc("tools/list"))

    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "Weather has nothing published yet."


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_other_methods_are_refused_and_told_which_one_works(hosting, upstream, web, method):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    answer = await web.request(method, hosting.address(server_id))

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_a_body_over_the_limit_is_refused(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    async def chunks():
        for _ in range(5):
            yield b"x" * (MAX_BODY_BYTES // 4)

    declared = await web.post(hosting.address(server_id), content=b"x" * (MAX_BODY_BYTES + 1))
    streamed = await web.post(hosting.address(server_id), content=chunks())

    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert "4 MiB" in declared.json()["error"]["message"]


async def test_a_foreign_host_and_a_foreign_origin_are_kept_out(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    address = hosting.address(server_id)

    rebound = await web.post(address, json=rpc("tools/list"), headers={"host": "evil.example"})
    foreign = await web.post(
        address, json=rpc("tools/list"), headers={"origin": "https://evil.example"}
    )
    own = await web.post(address, json=rpc("tools/list"), headers={"origin": hosting.url})

    assert (rebound.status_code, foreign.status_code, own.status_code) == (421, 403, 200)


async def test_a_private_server_asks_for_a_token_and_takes_a_key(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, _ = await hosting.key_for(server_id)
    address = hosting.address(server_id)

    without = await web.post(address, json=rpc("tools/list"))
    with_key = await web.post(
        address, json=rpc("tools/list"), headers={"authorization": f"Bearer {token}"}
    )

    assert without.status_code == 401
    assert "resource_metadata=" in without.headers["www-authenticate"]
    assert with_key.status_code == 200


async def test_a_key_of_one_server_does_not_open_another(hosting, upstream, web):
    one = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    other = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, _ = await hosting.key_for(one)

    answer = await web.post(
        hosting.address(other),
        json=rpc("tools/list"),
        headers={"authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 401


async def test_an_unknown_tool_is_a_protocol_error(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    async with SdkClient(hosting.address(server_id)) as client:
        with pytest.raises(MCPError, match="Unknown tool: nothing") as caught:
            await client.call_tool("nothing", {})

    assert caught.value.error.code == types.INVALID_PARAMS


async def test_wrong_arguments_never_reach_the_service_and_are_named(hosting, upstream):
    server_id = await hosting.publish(a_tool(url=upstream.url))

    async with SdkClient(hosting.address(server_id)) as client:
        result = await client.call_tool("get_city", {"city_id": 7})

    assert result.is_error
    assert "city_id: 7 is not of type" in result.content[0].text
    assert upstream.service.received == []


async def test_nothing_of_the_callers_headers_reaches_the_service(hosting, upstream, web):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, _ = await hosting.key_for(server_id)
    headers = {"authorization": f"Bearer {token}", "x-secret": "leak", "cookie": "a=b"}
    call = rpc("tools/call", {"name": "get_city", "arguments": {"city_id": "x"}})

    answer = await web.post(hosting.address(server_id), json=call, headers=headers)

    assert answer.status_code == 200
    names = {name for name, _ in upstream.service.last.headers}
    assert names == {"host", "accept", "accept-encoding", "user-agent"}
