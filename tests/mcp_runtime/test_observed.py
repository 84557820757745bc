"""What leaves the runtime: spans of requests and calls, and failures, with ids and nothing else."""

import pytest
from sqlalchemy import text

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


async def test_a_call_that_crashes_reaches_sentry_without_what_it_was_about(
    hosting, upstream, web, sent, monkeypatch
):
    def crash(_tool, arguments, *_args, **_kwargs):
        raise ValueError(f"cannot use {arguments}")

    monkeypatch.setattr("mcp_runtime.tool_runner.http_runner.build_request", crash)
    server_id = await hosting.publish(a_tool(url=upstream.url))
    answer = await web.post(hosting.address(server_id), json=rpc(city_id=SECRET))
    (envelope,) = sent
    event = envelope.get_event()
    assert event["logentry"]["message"] == "tool.crashed"
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert event["tags"]["server_id"] == str(server_id)
    assert event["tags"]["organization_id"] == str(hosting.cast.acme.id)
    assert SECRET.encode() not in envelope.serialize()


@pytest.mark.parametrize(
    ("endpoint", "method", "told"),
    [
        ("token", "POST", "server_error"),
        ("authorize", "GET", "Something went wrong on our side"),
    ],
)
async def test_an_oauth_endpoint_that_crashes_reaches_sentry_without_what_it_was_about(
    hosting, web, sent, endpoint, method, told
):
    server_id = await hosting.publish(a_tool())
    async with hosting.database.write() as session:
        await session.exec(text("ALTER TABLE oauth_client RENAME TO elsewhere"))
    asked = {"client_id": SECRET, "grant_type": "authorization_code", "code": SECRET}
    address = f"{hosting.url}/mcp/{server_id}/oauth/{endpoint}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    if method == "POST":
        answer = await web.post(address, data=asked, headers=form)
    else:
        answer = await web.get(address, params=asked)
    assert answer.status_code == 500
    assert told in answer.text
    (envelope,) = sent
    event = envelope.get_event()
    assert event["logentry"]["message"] == "oauth.crashed"
    assert event["exception"]["values"][0]["type"] == "OperationalError"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert event["tags"]["server_id"] == str(server_id)
    assert SECRET.encode() not in envelope.serialize()
