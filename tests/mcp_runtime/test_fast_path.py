"""The short way for plain calls answers exactly as the SDK does, on plain and on odd inputs."""

import json

import orjson
import pytest

from core.http_request import BaseUrl, Body, BodyProperty, HttpRequest, Parameter
from core.tool_spec import HttpTool
from mcp_runtime.bodies import MAX_NESTING
from mcp_runtime.fast_path import FastPath

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT = "io.modelcontextprotocol/clientInfo"
META = {VERSION: "2026-07-28", CAPABILITIES: {}}
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
CALL = {"name": "echo", "arguments": {"text": "hi"}}


def message(**changes) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL, **changes}


def params(**changes) -> dict:
    return message(params={**CALL, **changes})


def modern(**changes) -> dict:
    return params(_meta={**META, **changes})


LEGACY_BODIES = {
    "plain": message(),
    "text id": message(id="abc"),
    "zero id": message(id=0),
    "negative id": message(id=-3),
    "empty id": message(id=""),
    "float id": message(id=1.5),
    "whole float id": message(id=1.0),
    "true id": message(id=True),
    "null id": message(id=None),
    "big id": message(id=2**70),
    "list id": message(id=[1]),
    "no id": {"jsonrpc": "2.0", "method": "tools/call", "params": CALL},
    "old jsonrpc": message(jsonrpc="1.0"),
    "no jsonrpc": {"id": 1, "method": "tools/call", "params": CALL},
    "extra member": message(extra=1),
    "no params": {"jsonrpc": "2.0", "id": 1, "method": "tools/call"},
    "list params": message(params=[1]),
    "null params": message(params=None),
    "no name": message(params={"arguments": {}}),
    "number name": params(name=5),
    "unknown name": params(name="nothing"),
    "empty name": params(name=""),
    "no arguments": message(params={"name": "echo"}),
    "null arguments": params(arguments=None),
    "list arguments": params(arguments=[1]),
    "wrong type": params(arguments={"text": 5}),
    "unknown argument": params(arguments={"text": "x", "other": 1}),
    "unicode": params(arguments={"text": "grüße 🎈 \u2028"}),
    "control characters": params(arguments={"text": "a\x00\x1f"}),
    "nested": params(arguments={"text": "x", "value": {"a": [1, None, {"b": True}]}}),
    "null argument": params(arguments={"text": "x", "value": None}),
    "big number": params(arguments={"text": "x", "value": 12345678901234567890123}),
    "huge float": params(arguments={"text": "x", "value": 1e308}),
    "negative zero": params(arguments={"text": "x", "value": -0.0}),
    "extra param": params(other=1),
    "input responses": params(inputResponses={}),
    "request state": params(requestState="x"),
    "empty meta": params(_meta={}),
    "null meta": params(_meta=None),
    "list meta": params(_meta=[]),
    "meta": params(_meta={"a": 1, "b": {"c": None}}),
    "progress": params(_meta={"progressToken": "p"}),
    "odd progress": params(_meta={"progressToken": {}}),
    "null progress": params(_meta={"progressToken": None}),
    "task": params(task={"ttl": 5}),
    "other method": message(method="tools/list"),
    "upper-case method": message(method="Tools/Call"),
    "batch": [message()],
    "number": 5,
    "text": "x",
    "null": None,
    "error": params(arguments={"text": "fail"}),
}
RAW_BODIES = {
    "empty": b"",
    "not json": b"{",
    "NaN": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo",'
    b'"arguments":{"text":"x","value":NaN}}}',
    "lone surrogate": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo",'
    b'"arguments":{"text":"\\ud800"}}}',
    "byte order mark": b"\xef\xbb\xbf" + orjson.dumps(message()),
    "utf-16": orjson.dumps(message()).decode().encode("utf-16"),
    "invalid utf-8": orjson.dumps(message()).replace(b"hi", b"\xff\xfe"),
    "blanks": b"  \n" + orjson.dumps(message()) + b"\n ",
    "trailing": orjson.dumps(message()) + b"x",
    "doubled key": b'{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":'
    + orjson.dumps(CALL)
    + b"}",
    "deep": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":'
    b'{"text":"x","value":' + b"[" * 300 + b"]" * 300 + b"}}}",
}
MODERN_BODIES = {
    "plain": modern(),
    "text id": {**modern(), "id": "x"},
    "client info": modern(**{CLIENT: {"name": "c", "version": "1"}}),
    "null client info": modern(**{CLIENT: None}),
    "broken client info": modern(**{CLIENT: {"name": 5}}),
    "client info text": modern(**{CLIENT: "c"}),
    "capabilities": modern(**{CAPABILITIES: {"sampling": {}, "elicitation": {"form": {}}}}),
    "broken capabilities": modern(**{CAPABILITIES: {"sampling": 5}}),
    "list capabilities": modern(**{CAPABILITIES: []}),
    "other version": modern(**{VERSION: "2025-11-25"}),
    "no meta": message(),
    "half a meta": params(_meta={VERSION: "2026-07-28"}),
    "progress": modern(progressToken=1),
    "log level": modern(**{"io.modelcontextprotocol/logLevel": "debug"}),
    "broken log level": modern(**{"io.modelcontextprotocol/logLevel": "loud"}),
    "unknown meta": modern(**{"example.com/x": {"deep": [1]}}),
    "unknown name": {**modern(), "params": {**CALL, "name": "nothing", "_meta": META}},
    "extra param": params(_meta=META, other=1),
    "input responses": params(_meta=META, inputResponses={}),
    "broken input responses": params(_meta=META, inputResponses=5),
    "no arguments": message(params={"name": "echo", "_meta": META}),
    "wrong type": params(_meta=META, arguments={"text": 5}),
    "error": params(_meta=META, arguments={"text": "fail"}),
}
LEGACY_HEADERS = {
    "absent": {},
    "2024-11-05": {"mcp-protocol-version": "2024-11-05"},
    "2025-03-26": {"mcp-protocol-version": "2025-03-26"},
    "2025-06-18": {"mcp-protocol-version": "2025-06-18"},
    "2025-11-25": {"mcp-protocol-version": "2025-11-25"},
    "unknown": {"mcp-protocol-version": "2099-01-01"},
    "empty": {"mcp-protocol-version": ""},
    "session": {"mcp-session-id": "x"},
    "accept json": {"accept": "application/json"},
    "accept all": {"accept": "*/*"},
    "accept upper": {"accept": "APPLICATION/JSON"},
    "accept quality": {"accept": "application/json;q=0.5"},
    "accept family": {"accept": "application/*"},
    "accept sse": {"accept": "text/event-stream"},
    "accept sse first": {"accept": "text/event-stream, application/json"},
    "accept like json": {"accept": "application/jsonp"},
    "content charset": {"content-type": "application/json; charset=utf-8"},
    "content upper": {"content-type": "Application/JSON"},
    "content like json": {"content-type": "application/jsonp"},
    "content text": {"content-type": "text/plain"},
}
ROUTING = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "echo"}
MODERN_HEADERS = {
    "no method": {"mcp-method": None},
    "other method": {"mcp-method": "tools/list"},
    "no name": {"mcp-name": None},
    "other name": {"mcp-name": "other"},
    "encoded name": {"mcp-name": "=?base64?ZWNobw==?="},
    "broken encoding": {"mcp-name": "=?base64?!!?="},
    "parameter header": {"mcp-param-text": "x"},
    "session": {"mcp-session-id": "x"},
    "last event": {"last-event-id": "x"},
}


@pytest.fixture
async def both_ways(hosting, upstream, web, monkeypatch):
    """Send a request down the fast path and down the SDK's; return both answers."""
    request = HttpRequest(
        method="POST",
        base=BaseUrl(url=upstream.url),
        path="/echo",
        parameters=(Parameter(argument="text", name="text", location="query", style="form"),),
        body=Body(
            media_type="application/json",
            properties=(BodyProperty(argument="value", path=("value",)),),
        ),
    )
    failing = request.model_copy(update={"path": "/nowhere"})
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "value": {}},
        "required": ["text"],
        "additionalProperties": False,
    }
    server_id = await hosting.publish(
        HttpTool(name="echo", input_schema=schema, request=request),
        HttpTool(name="fail", input_schema=schema, request=failing),
    )
    read, taken = FastPath.read, []

    def noting(self, headers, message, body):
        call = read(self, headers, message, body)
        taken.append(call is not None)
        return call

    async def send(body, headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answers = []
        for reading in (noting, lambda *_: None):
            monkeypatch.setattr(FastPath, "read", reading)
            answer = await web.post(hosting.address(server_id), content=content, headers=headers)
            answers.append((answer.status_code, *_comparable(answer)))
        return *answers, bool(taken and taken[-1])

    return send


def _comparable(answer):
    kind = answer.headers.get("content-type", "").partition(";")[0]
    try:
        return kind, orjson.loads(answer.content)
    except ValueError:
        return kind, answer.content


@pytest.mark.parametrize("name", LEGACY_BODIES)
async def test_older_bodies_are_answered_alike(both_ways, name):
    fast, slow, _ = await both_ways(LEGACY_BODIES[name], {})
    assert fast == slow


@pytest.mark.parametrize("name", RAW_BODIES)
async def test_odd_bytes_are_answered_alike(both_ways, name):
    fast, slow, _ = await both_ways(RAW_BODIES[name], {})
    assert fast == slow


@pytest.mark.parametrize("headers", [{}, ROUTING])
@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 400), (100, 400), (800, 400)])
async def test_json_may_be_nested_equally_deep_on_both_ways(both_ways, headers, over, status):
    around = 3  # the message, its params, the arguments
    value = None
    for _ in range(MAX_NESTING + over - around):
        value = [value]
    body = modern() if headers else message()
    body["params"] = {**body["params"], "arguments": {"text": "x", "value": value}}

    fast, slow, _ = await both_ways(json.dumps(body).encode(), headers)

    assert fast == slow
    assert fast[0] == status


@pytest.mark.parametrize("name", LEGACY_HEADERS)
async def test_headers_are_read_alike(both_ways, name):
    fast, slow, _ = await both_ways(message(), LEGACY_HEADERS[name])
    assert fast == slow


@pytest.mark.parametrize("name", MODERN_BODIES)
async def test_newer_bodies_are_answered_alike(both_ways, name):
    fast, slow, _ = await both_ways(MODERN_BODIES[name], ROUTING)
    assert fast == slow


@pytest.mark.parametrize("name", MODERN_HEADERS)
async def test_routing_headers_are_read_alike(both_ways, name):
    changed = {**ROUTING, **MODERN_HEADERS[name]}
    headers = {key: value for key, value in changed.items() if value is not None}
    fast, slow, _ = await both_ways(modern(), headers)
    assert fast == slow


@pytest.mark.parametrize("headers", [{}, LEGACY_HEADERS["2025-11-25"]])
async def test_a_plain_older_call_takes_the_short_way(both_ways, headers):
    assert (await both_ways(message(), headers))[2]


async def test_a_plain_newer_call_takes_the_short_way(both_ways):
    body = modern(**{CLIENT: {"name": "c", "version": "1"}})
    assert (await both_ways(body, ROUTING))[2]
