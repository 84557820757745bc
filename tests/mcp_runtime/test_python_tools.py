"""Python tools as clients of the runtime meet them: through its addresses, in real workers."""

import asyncio

import httpx2
import pytest
from mcp_types import CallToolResult

from core.models import AccessPolicy, StoreEntry, StoreUsage
from core.plans import PLANS, PlanName
from core.tool_spec import PythonSettings, PythonTool, Variable
from mcp_runtime.bindings import WAITING_FOR_EACH_CALL
from saas_app import doctor
from tests.cast import NOW, a_python_tool, a_tool
from tests.conftest import settings_with
from tests.mcp_runtime.conftest import JSON, a_secret
from tests.sandbox.conftest import start_refusing_supervisor, stop_supervisor

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
ADD = """
async def add(a: int, b: int = 1) -> dict:
    return {"sum": a + b}
"""


def python_tool(source: str = ADD, name: str = "add", **more) -> PythonTool:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}}
    return PythonTool(name=name, function=name, source=source, input_schema=schema, **more)


async def called(web, address, name="add", **arguments) -> dict:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    return (await web.post(address, json=message)).json()["result"]


async def test_a_published_python_tool_is_called(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool())
    result = await called(web, hosting.address(server_id), a=2)
    assert result["structuredContent"] == {"sum": 3}
    assert result["isError"] is False


@SQLITE
async def test_arguments_are_checked_before_anything_runs(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool())
    result = await called(web, hosting.address(server_id), a="two")
    assert result["isError"] is True
    assert "a: " in result["content"][0]["text"]


@SQLITE
async def test_a_failure_is_told_with_its_place_and_no_path_of_the_host(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool("def add(a):\n    return 1 / a\n"))
    result = await called(web, hosting.address(server_id), a=0)
    assert result["isError"] is True
    text = result["content"][0]["text"]
    assert text == "ZeroDivisionError: division by zero\n  line 2 in add: return 1 / a"


@SQLITE
async def test_too_much_memory_is_told_with_the_limit(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool("def add(a):\n    return bytearray(10**9)\n"))
    result = await called(web, hosting.address(server_id), a=0)
    assert result["content"][0]["text"] == (
        "The tool used more memory than it may, which is 256 MiB.\n"
        "  line 2 in add: return bytearray(10**9)"
    )


@SQLITE
async def test_a_refused_connection_is_explained(hosting, supervisor, web):
    source = "async def add(a):\n    return (await http.get('http://169.254.169.254/')).text\n"
    server_id = await hosting.publish(
        python_tool(source), python=PythonSettings(hosts=("169.254.169.254",))
    )
    result = await called(web, hosting.address(server_id), a=1)
    assert result["isError"] is True
    assert "169.254.169.254 is not a public address" in result["content"][0]["text"]


@SQLITE
async def test_a_host_that_is_not_on_the_list_is_named(hosting, supervisor, web):
    source = "async def add(a):\n    return (await http.get('https://example.com/')).text\n"
    server_id = await hosting.publish(python_tool(source))
    result = await called(web, hosting.address(server_id), a=1)
    assert "example.com is not among the hosts" in result["content"][0]["text"]


async def test_what_a_tool_stores_is_there_at_the_next_call(hosting, supervisor, web):
    source = """
async def add(a):
    before = await store.get("sum", 0)
    await store.set("sum", before + a)
    return before + a
"""
    server_id = await hosting.publish(python_tool(source))
    address = hosting.address(server_id)
    assert (await called(web, address, a=2))["structuredContent"] == {"result": 2}
    assert (await called(web, address, a=3))["structuredContent"] == {"result": 5}
    async with hosting.database.read() as session:
        entry = await session.get(StoreEntry, (server_id, "", False, "sum"))
    assert entry is not None
    assert entry.value == b"5"


@SQLITE
async def test_a_store_has_an_end(hosting, supervisor, web):
    source = """
def add(a):
    if a:
        store.delete("one")
    store.set("one", "x" * 100)
    store.set("two", 2)
"""
    server_id = await hosting.publish(python_tool(source))
    address = hosting.address(server_id)
    async with hosting.database.write() as session:
        session.add(StoreUsage(server_id=server_id, keys=999, value_bytes=0))
    result = await called(web, address, a=0)
    assert "The store has 1,000 keys, as many as it may." in result["content"][0]["text"]
    async with hosting.database.write() as session:
        usage = await session.get_one(StoreUsage, server_id)
        assert (usage.keys, usage.value_bytes) == (1_000, 102)
        usage.keys, usage.value_bytes = 1, 1_024 * 1_024
    result = await called(web, address, a=1)
    assert "The store may hold 1,024 KiB" in result["content"][0]["text"]


async def test_what_is_stored_at_once_is_counted_once(hosting, supervisor, web):
    source = """
import asyncio
async def add(a):
    await asyncio.gather(*(store.set(str(n % 5), n) for n in range(20)))
    await store.delete("0")
    return await store.keys()
"""
    server_id = await hosting.publish(python_tool(source))
    result = await called(web, hosting.address(server_id), a=1)
    assert result["structuredContent"] == {"result": ["1", "2", "3", "4"]}
    async with hosting.database.read() as session:
        assert (await session.get_one(StoreUsage, server_id)).keys == 4


@SQLITE
async def test_values_reach_the_tool_and_a_change_counts_at_the_next_call(hosting, supervisor, web):
    source = "def add(a):\n    return env['TOKEN']\n"
    server_id = await hosting.publish(
        python_tool(source), values={"TOKEN": "one"}, variables=(Variable(name="TOKEN"),)
    )
    result = await called(web, hosting.address(server_id), a=1)
    assert result["content"][0]["text"] == "one"


CONTENT = (
    {"type": "text", "text": "well"},
    {"type": "resource_link", "uri": "https://example.com/a", "name": "a"},
    {"type": "resource", "resource": {"uri": "file:///a", "text": "a", "mimeType": "text/html"}},
)
NO_CONTENT = (
    {"type": "text", "text": 5},
    {"type": "text", "text": {"type": "text"}},
    {"type": "text", "_meta": {}},
    {"type": "text", "text": "", "annotations": {"audience": ["everyone"]}},
    {"type": "text", "text": "", "annotations": {"priority": 1e300}},
    {"type": "text", "text": "", "_meta": []},
    {"type": "image", "data": 5, "mimeType": "image/png"},
    {"type": "image", "data": "AAAA"},
    {"type": "image", "data": "AAAA", "mimeType": ["text/html"]},
    {"type": "audio", "mimeType": "audio/wav"},
    {"type": "resource", "resource": "file:///etc/shadow"},
    {"type": "resource", "resource": {"uri": "a"}},
    {"type": "resource_link", "uri": 1, "name": "a"},
    {"type": "resource_link", "uri": "https://example.com"},
)


@SQLITE
async def test_content_that_would_break_a_client_is_an_error_that_none_breaks_on(
    hosting, supervisor, web
):
    source = f"CONTENT = {[*CONTENT, *NO_CONTENT]}\ndef add(a):\n    return [CONTENT[a]]\n"
    address = hosting.address(await hosting.publish(python_tool(source)))
    results = [await called(web, address, a=n) for n in range(len(CONTENT) + len(NO_CONTENT))]
    assert [result["isError"] for result in results[: len(CONTENT)]] == [False] * len(CONTENT)
    for made, result in zip(NO_CONTENT, results[len(CONTENT) :], strict=True):
        CallToolResult.model_validate(result)
        assert result["isError"] is True, made
        assert "MCP" in result["content"][0]["text"]


@SQLITE
async def test_a_draft_runs_in_the_same_sandbox_and_shows_its_builder_more(
    hosting, supervisor, web
):
    source = "def add(a):\n    print('seen')\n    return a\n"
    server_id = await hosting.draft(python_tool(source))
    headers = {"authorization": f"Bearer {hosting.draft_token(server_id)}"}
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "add", "arguments": {"a": 1}},
    }
    answer = await web.post(hosting.address(server_id, draft=True), json=message, headers=headers)
    result = answer.json()["result"]
    assert result["structuredContent"] == {"result": 1}
    run = result["_meta"]["toolkiln/run"]
    assert "".join(text for _, text in run["output"]) == "seen\n"
    assert run["is_cold"] is True


@SQLITE
async def test_without_a_sandbox_python_tools_say_so_and_the_others_go_on(hosting, upstream, web):
    server_id = await hosting.publish(python_tool(), a_tool(url=upstream.url))
    result = await called(web, hosting.address(server_id), a=1)
    assert result["isError"] is True
    assert "Python tools cannot run" in result["content"][0]["text"]
    other = await called(web, hosting.address(server_id), name="get_city", city_id="x")
    assert other["isError"] is False
    ready = (await web.get(f"{hosting.url}/ready")).json()
    assert (ready["status"], ready["python_tools"]["state"]) == ("ready", "not running")


@SQLITE
async def test_where_nothing_can_be_isolated_python_tools_refuse_and_the_others_go_on(
    hosting, upstream, web, settings, tmp_path
):
    elsewhere = settings_with(tmp_path / "web", runtime_internal_url=hosting.url)
    refusing = start_refusing_supervisor(settings.data_dir)
    try:
        server_id = await hosting.publish(python_tool(), a_tool(url=upstream.url))
        address = hosting.address(server_id)
        result = await called(web, address, a=1)
        other = await called(web, address, name="get_city", city_id="x")
        ready = (await web.get(f"{hosting.url}/ready")).json()
        with pytest.raises(doctor.Broken, match="namespaces: bwrap: No permissions"):
            await doctor._sandbox(elsewhere)
    finally:
        stop_supervisor(refusing)
    assert result["isError"] is True
    assert "Python tools cannot be isolated on this host." in result["content"][0]["text"]
    assert other["isError"] is False
    assert ready["status"] == "ready"
    assert ready["python_tools"]["probe"] == "namespaces"
    assert ready["python_tools"]["reason"] == "bwrap: No permissions"
    assert "docs/sandbox.md" in ready["python_tools"]["remedy"]


@SQLITE
async def test_a_private_server_runs_nothing_for_strangers(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool(), policy=AccessPolicy.PRIVATE)
    answer = await web.post(hosting.address(server_id), json={})
    assert answer.status_code == 401


@SQLITE
@pytest.mark.parametrize("change", [{"deleted_at": NOW}, {}], ids=["deleted", "another value"])
@pytest.mark.parametrize("is_draft", [False, True], ids=["live", "draft"])
async def test_a_changed_server_ends_its_workers_though_nobody_calls(
    hosting, supervisor, web, is_draft, change
):
    """They hold values that may be revoked. A value is no part of the row: its stamp tells."""
    server_id = await (hosting.draft if is_draft else hosting.publish)(python_tool())
    if is_draft:
        web.headers["authorization"] = f"Bearer {hosting.draft_token(server_id)}"
    sandbox = hosting.runtime.sandbox
    async with asyncio.timeout(20):
        # The runtime may learn only after a call that the server was made, and end what it started.
        while len((await sandbox.status(str(server_id)))["workers"]) != 1:
            await called(web, hosting.address(server_id, draft=is_draft), a=1)
    await hosting.change(server_id, **change)
    async with asyncio.timeout(20):
        while (await sandbox.status(str(server_id)))["workers"]:  # noqa: ASYNC110 - of a process
            await asyncio.sleep(0.02)


@SQLITE
async def test_who_calls_too_much_is_told_so_by_http(hosting, supervisor, web):
    source = "import asyncio\nasync def add(a):\n    await asyncio.sleep(1)\n"
    server_id = await hosting.publish(python_tool(source))
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "add", "arguments": {"a": 1}},
    }
    limits = PLANS[PlanName.FREE].python
    many = limits.calls * (1 + WAITING_FOR_EACH_CALL) + 4
    async with httpx2.AsyncClient(headers=JSON, timeout=60) as patient:
        answers = await asyncio.gather(
            *(patient.post(hosting.address(server_id), json=message) for _ in range(many))
        )
    busy = [answer for answer in answers if answer.status_code == 429]
    assert len(busy) == 4
    assert busy[0].headers["retry-after"] == "2"
    assert "wait already" in busy[0].json()["error"]["message"]


@SQLITE
async def test_a_server_whose_process_dies_in_a_loop_says_so_by_http(hosting, supervisor, web):
    server_id = await hosting.publish(python_tool("import os\ndef add(a): os._exit(1)\n"))
    for _ in range(3):
        result = await called(web, hosting.address(server_id), a=1)
        assert "crashed (exit 1)" in result["content"][0]["text"]
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "add", "arguments": {"a": 1}},
    }
    answer = await web.post(hosting.address(server_id), json=message)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "crashed, 3 times in a row" in answer.json()["error"]["message"]


@SQLITE
async def test_no_secret_is_in_content_that_code_puts_together(hosting, supervisor, web):
    source = """
def forecast(city):
    key = env["API_KEY"]
    inside = {"uri": "a:b", "text": key}
    return [
        {"type": "text", "text": key, "data": key, "_meta": {key: key}},
        {"type": "image", "data": "AAAA", "mimeType": "image/png", "_meta": {"a": key}},
        {"type": "resource", "resource": inside},
    ]
"""
    secret = a_secret()
    server_id = await hosting.publish(a_python_tool(source=source), values={"API_KEY": secret})
    result = await called(web, hosting.address(server_id), name="forecast", city="x")
    assert [block["type"] for block in result["content"]] == ["text", "image", "resource"]
    assert result["content"][1]["data"] == "AAAA"
    assert secret not in repr(result)
