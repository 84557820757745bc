"""What leaves the runtime for Logfire: spans of requests and calls, with ids and nothing else."""

import pytest

from core.models import AccessPolicy
from tests.cast import a_tool

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

SECRET = "hunter2-in-an-argument"


def rpc(**arguments):
    params = {"name": "get_city", "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_a_call_is_a_span_within_its_requests(hosting, upstream, web, spans):
    server_id = await hosting.publish(a_tool(url=upstream.url), policy=AccessPolicy.PRIVATE)
    token, _ = await hosting.key_for(server_id)
    headers = {"authorization": f"Bearer {token}"}
    answer = await web.post(hosting.address(server_id), json=rpc(city_id=SECRET), headers=headers)
    call, request = (one for one in spans if one.name in ("tool.call", "runtime.request"))
    assert call.parent.span_id == request.context.span_id
    assert call.attributes["tool"] == "get_city"
    for one in (call, request):
        assert one.attributes["request_id"] == answer.headers["x-request-id"]
        assert one.attributes["server_id"] == str(server_id)
        assert one.attributes["organization_id"] == str(hosting.cast.acme.id)
    assert all(SECRET not in one.to_json() and token not in one.to_json() for one in spans)


async def test_a_call_by_the_way_of_the_sdk_is_a_span_as_well(hosting, upstream, web, spans):
    server_id = await hosting.publish(a_tool(url=upstream.url))
    message = {**rpc(city_id=SECRET), "id": "é"}
    headers = {"mcp-protocol-version": "2025-06-18"}
    await web.post(hosting.address(server_id), json=message, headers=headers)
    call, request = (one for one in spans if one.name in ("tool.call", "runtime.request"))
    assert call.context.trace_id == request.context.trace_id
    assert call.attributes["server_id"] == str(server_id)
