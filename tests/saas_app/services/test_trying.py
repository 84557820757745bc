"""Trying a draft tool: who may, what is sent, and what is said when it fails."""

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import now_utc
from core.draft_tokens import read_draft_token
from core.errors import Forbidden, NotFound, UpstreamUnavailable
from saas_app.services.trying import start_trial, try_tool
from tests.cast import a_tool, add_tool, make_server
from tests.conftest import settings_with
from tests.saas_app.draft_runtime import answer, refusal, running_runtime


@pytest.fixture
def runtime():
    with running_runtime() as runtime:
        yield runtime


@pytest.fixture
def at_runtime(runtime, tmp_path):
    return settings_with(tmp_path, runtime_internal_url=runtime.url)


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def tool(session, server):
    return await add_tool(session, server.id, a_tool())


@pytest.fixture
async def trial(session, cast, server, tool, sealer):
    return await start_trial(session, cast.bob, server.id, tool.id, sealer=sealer, now=now_utc())


async def test_owner_and_member_get_a_pass_for_their_server(session, cast, server, tool, sealer):
    for actor in (cast.alice, cast.bob):
        trial = await start_trial(session, actor, server.id, tool.id, sealer=sealer, now=now_utc())
        held = read_draft_token(sealer, trial.token)
        assert (held.server_id, held.user_id) == (server.id, actor.user_id)
        assert trial.token not in repr(trial)


async def test_a_viewer_may_not_try(session, cast, server, tool, sealer):
    with pytest.raises(Forbidden):
        await start_trial(session, cast.vera, server.id, tool.id, sealer=sealer, now=now_utc())


async def test_a_stranger_finds_no_server_to_try(session, cast, server, tool, sealer):
    with pytest.raises(NotFound):
        await start_trial(session, cast.mallory, server.id, tool.id, sealer=sealer, now=now_utc())


async def test_a_tool_of_another_server_is_not_tried(session, cast, server, sealer):
    theirs = await make_server(session, cast.mallory)
    tool = await add_tool(session, theirs.id, a_tool())
    with pytest.raises(NotFound):
        await start_trial(session, cast.alice, server.id, tool.id, sealer=sealer, now=now_utc())


async def test_one_request_goes_to_the_draft_address_with_the_pass(runtime, at_runtime, trial):
    tried = await try_tool(at_runtime, trial, {"city_id": "7"})
    assert [call["method"] for call in runtime.calls] == ["tools/call"]
    call = runtime.calls[0]
    assert call["server"] == str(trial.server_id)
    assert call["authorization"] == f"Bearer {trial.token}"
    assert (call["name"], call["arguments"]) == ("get_city", {"city_id": "7"})
    assert (tried.structured, tried.is_error, tried.status) == ({"id": 7}, False, 200)
    assert tried.media_type == "application/json"
    assert tried.started_at == trial.started_at
    assert tried.duration_ms > 0


async def test_a_tools_error_is_an_answer_not_a_failure(runtime, at_runtime, trial):
    runtime.reply = lambda _: answer({"error": "gone"}, status=404, is_error=True)
    tried = await try_tool(at_runtime, trial, {"city_id": "7"})
    assert (tried.is_error, tried.status) == (True, 404)


async def test_a_call_that_was_never_sent_has_no_exchange(runtime, at_runtime, trial):
    runtime.reply = lambda _: {
        "resultType": "complete",
        "content": [{"type": "text", "text": "city_id is required."}],
        "isError": True,
    }
    tried = await try_tool(at_runtime, trial, {})
    assert (tried.exchange, tried.response, tried.status, tried.media_type) == (
        None,
        None,
        None,
        "",
    )


@pytest.mark.parametrize(
    ("code", "status", "can_retry"),
    [("server_paused", 503, False), ("too_busy", 429, True), ("unauthorized", 401, True)],
)
async def test_a_refusal_of_the_runtime_is_told_in_its_words(
    runtime, at_runtime, trial, code, status, can_retry
):
    runtime.refusal = refusal("This is why.", code=code, status=status)
    with pytest.raises(UpstreamUnavailable, match="This is why") as caught:
        await try_tool(at_runtime, trial, {})
    assert caught.value.can_retry is can_retry


async def test_a_runtime_that_is_down_is_said_to_be(trial, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = settings_with(tmp_path, runtime_internal_url=f"http://localhost:{port}")
    with pytest.raises(UpstreamUnavailable, match="does not answer") as caught:
        await try_tool(settings, trial, {})
    assert caught.value.can_retry


async def test_an_answer_that_is_no_mcp_is_a_neighbours_fault(runtime, at_runtime, trial):
    runtime.reply = lambda _: {"content": "not a list"}
    with pytest.raises(UpstreamUnavailable):
        await try_tool(at_runtime, trial, {})


async def test_a_runtime_that_hangs_is_given_up(runtime, at_runtime, trial, monkeypatch):
    monkeypatch.setattr("saas_app.services.trying.GRACE_SECONDS", 0.1)
    runtime.hangs = True
    with pytest.raises(UpstreamUnavailable, match="No answer within"):
        await try_tool(at_runtime, replace(trial, timeout_seconds=0.1), {})


async def test_stopping_the_try_ends_the_call(runtime, at_runtime, trial):
    runtime.hangs = True
    task = asyncio.create_task(try_tool(at_runtime, trial, {}))
    assert await asyncio.to_thread(runtime.called.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(runtime.ended.wait, 5)


async def test_the_pass_ends_within_two_minutes(session, cast, server, tool, sealer):
    earlier = now_utc() - timedelta(minutes=2)
    trial = await start_trial(session, cast.bob, server.id, tool.id, sealer=sealer, now=earlier)
    with pytest.raises(Exception, match="has ended"):
        read_draft_token(sealer, trial.token)
