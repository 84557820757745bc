"""A draft is tried through its own address: with a pass of its builder only, as it stands now."""

from datetime import timedelta

import pytest
from fastmcp import Client
from sqlmodel import select

from core.clock import now_utc
from core.draft_tokens import DraftPass, issue_draft_token
from core.http_request import ValueCredential
from core.models import Call, DraftTool, EnvironmentVariable
from mcp_runtime.tool_runner.exchange import META_KEY
from tests.cast import a_tool
from tests.mcp_runtime.conftest import a_secret

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "get_city", "arguments": {"city_id": "oslo"}},
}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def called(hosting, web, server_id, token=None, *, draft=True):
    headers = bearer(token or hosting.draft_token(server_id)) if draft else {}
    return await web.post(hosting.address(server_id, draft=draft), json=CALL, headers=headers)


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}, bearer("x")]
)
async def test_without_a_pass_the_draft_stays_shut(hosting, upstream, web, headers):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    answer = await web.post(hosting.address(server_id, draft=True), json=CALL, headers=headers)
    assert answer.status_code == 401
    assert upstream.service.received == []


async def test_a_key_of_the_server_does_not_open_its_draft(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    token, _ = await hosting.key_for(server_id)
    assert (await called(hosting, web, server_id, token)).status_code == 401


async def test_a_pass_opens_neither_another_draft_nor_the_live_server(hosting, upstream, web):
    mine = await hosting.draft(a_tool(url=upstream.url))
    other = await hosting.draft(a_tool(url=upstream.url))
    token = hosting.draft_token(mine)

    elsewhere = await called(hosting, web, other, token)
    live = await web.post(hosting.address(mine), json=CALL, headers=bearer(token))

    assert elsewhere.status_code in (401, 404)
    assert live.status_code == 401
    assert upstream.service.received == []


async def test_a_pass_ends(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    draft = DraftPass(server_id, hosting.cast.alice.user_id)
    token = issue_draft_token(hosting.sealer, draft, now=now_utc() - timedelta(days=1))
    assert (await called(hosting, web, server_id, token)).status_code == 401


async def test_a_deleted_server_has_no_draft(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    await hosting.change(server_id, deleted_at=now_utc())
    assert (await called(hosting, web, server_id)).status_code == 404


async def test_the_draft_takes_post_only(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    headers = bearer(hosting.draft_token(server_id))
    assert (
        await web.get(hosting.address(server_id, draft=True), headers=headers)
    ).status_code == 405


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_mcp_client_tries_a_draft_and_sees_the_exchange(hosting, upstream, mode):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    address, token = hosting.address(server_id, draft=True), hosting.draft_token(server_id)

    async with Client(address, auth=token, mode=mode) as client:
        tools = await client.list_tools()
        result = await client.call_tool("get_city", {"city_id": "oslo"})

    assert [tool.name for tool in tools] == ["get_city"]
    assert (result.structured_content or {})["name"] == "Oslo"
    exchange = (result.meta or {})[META_KEY]
    assert exchange["request"]["url"] == f"{upstream.url}/cities/oslo"
    assert exchange["response"]["status"] == 200


async def test_only_the_draft_shows_the_exchange(hosting, upstream, web):
    tool = a_tool(url=upstream.url)
    draft_id, live_id = await hosting.draft(tool), await hosting.publish(tool)
    tried = await called(hosting, web, draft_id)
    live = await called(hosting, web, live_id, draft=False)
    assert META_KEY in tried.json()["result"]["_meta"]
    assert META_KEY not in live.text


async def test_the_exchange_hides_the_values_of_secrets(hosting, upstream, web):
    secret = a_secret()
    credential = ValueCredential(location="query", name="key", value="{{API_KEY}}")
    tool = a_tool(url=upstream.url)
    request = tool.request.model_copy(update={"credentials": ((credential,),)})
    tool = tool.model_copy(update={"request": request})
    server_id = await hosting.draft(tool, values={"API_KEY": secret})

    answer = await called(hosting, web, server_id)

    assert secret in upstream.service.last.target
    assert secret not in answer.text
    assert not answer.json()["result"]["isError"]


async def test_a_failed_try_shows_its_exchange_too(hosting, upstream, web):
    tool = a_tool(url=upstream.url)
    request = tool.request.model_copy(update={"path": "/none/{cityId}"})
    server_id = await hosting.draft(tool.model_copy(update={"request": request}))
    result = (await called(hosting, web, server_id)).json()["result"]
    assert result["isError"]
    assert result["_meta"][META_KEY]["response"]["status"] == 404


async def test_a_tool_that_is_switched_off_can_be_tried(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url), is_enabled=False)
    assert not (await called(hosting, web, server_id)).json()["result"]["isError"]


async def test_a_paused_server_can_still_be_tried(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    await hosting.change(server_id, is_paused=True)
    assert (await called(hosting, web, server_id)).status_code == 200


async def test_what_is_tried_is_what_was_just_typed(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    await called(hosting, web, server_id)
    edited = a_tool(url=f"{upstream.url}/echo")
    async with hosting.database.write() as session:
        row = (await session.exec(select(DraftTool))).one()
        row.spec = edited.model_dump(mode="json")
        session.add(row)
    await called(hosting, web, server_id)
    assert upstream.service.last.target == "/echo/cities/oslo"


async def test_a_tool_that_is_not_finished_does_not_hide_the_others(hosting, upstream, web):
    server_id = await hosting.draft(a_tool("broken"), a_tool(url=upstream.url))
    async with hosting.database.write() as session:
        row = (await session.exec(select(DraftTool).where(DraftTool.name == "broken"))).one()
        row.spec = {**row.spec, "request": {}}
        session.add(row)
    assert not (await called(hosting, web, server_id)).json()["result"]["isError"]


async def test_a_value_that_cannot_be_opened_counts_as_missing(hosting, upstream, web):
    credential = ValueCredential(location="query", name="key", value="{{API_KEY}}")
    tool = a_tool(url=upstream.url)
    request = tool.request.model_copy(update={"credentials": ((credential,),)})
    server_id = await hosting.draft(
        tool.model_copy(update={"request": request}), values={"API_KEY": "x"}
    )
    async with hosting.database.write() as session:
        row = (await session.exec(select(EnvironmentVariable))).one()
        row.sealed_value = b"broken"
        session.add(row)
    answer = await called(hosting, web, server_id)
    assert "API_KEY" in answer.json()["result"]["content"][0]["text"]


async def test_tries_are_not_recorded_as_calls(hosting, upstream, web):
    server_id = await hosting.draft(a_tool(url=upstream.url))
    await called(hosting, web, server_id)
    await hosting.runtime.usage.flush()
    async with hosting.database.read() as session:
        assert (await session.exec(select(Call))).all() == []
