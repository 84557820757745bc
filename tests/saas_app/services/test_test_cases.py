"""Test cases: recorded, run again, and what they prove; as owner, member, viewer and stranger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound, UpstreamUnavailable
from core.models import DraftTool, Evidence, Membership, TestCase
from saas_app.services import test_cases
from saas_app.services.test_cases import (
    NewCase,
    compare_answer,
    delete_case,
    list_cases,
    record_answer,
    rename_case,
    restore_case,
    run_all_cases,
    run_case,
    save_case,
)
from saas_app.services.trying import Tried
from tests.cast import NOW, a_tool, add_tool, make_server
from tests.conftest import settings_with
from tests.saas_app.draft_runtime import answer, refusal, running_runtime

LATER = NOW + timedelta(minutes=5)


def tried(structured, *, status=200, media_type="application/json", is_error=False, at=NOW):
    return Tried(
        content=(),
        structured=structured,
        is_error=is_error,
        exchange={"response": {"status": status, "headers": [["Content-Type", media_type]]}},
        duration_ms=5.0,
        started_at=at,
    )


PARIS = tried({"id": 7, "name": "Paris"})


def paris(name="Paris", **values):
    return NewCase(name=name, arguments={"city_id": "7"}, tried=replace(PARIS, **values))


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def tool(session, server):
    return await add_tool(session, server.id, a_tool())


async def save(session, actor, server, tool, case=None):
    return await save_case(session, actor, server.id, tool.id, case=case or paris(), now=NOW)


async def test_a_saved_call_is_a_passing_case_and_proves_the_tool(session, cast, server, tool):
    await save(session, cast.bob, server, tool)
    (case,) = await list_cases(session, cast.vera, server.id)
    assert (case.name, case.tool_name, case.passed, case.is_exact) == (
        "Paris",
        "get_city",
        True,
        False,
    )
    assert tool.evidence is Evidence.PROVEN


async def test_a_call_made_before_an_edit_does_not_prove_the_tool(session, cast, server, tool):
    tool.updated_at = NOW + timedelta(seconds=1)
    await save(session, cast.bob, server, tool)
    assert tool.evidence is Evidence.CHECKED


async def test_a_call_that_got_no_answer_is_not_saved(session, cast, server, tool):
    for exchange in (None, {"response": None}):
        with pytest.raises(Invalid, match="did not answer"):
            await save(session, cast.bob, server, tool, paris(exchange=exchange))


async def test_names_are_asked_for_unique_and_limited(session, cast, server, tool, monkeypatch):
    monkeypatch.setattr(test_cases, "MAX_CASES_PER_TOOL", 2)
    for name in (" ", "x" * 81):
        with pytest.raises(Invalid) as caught:
            await save(session, cast.bob, server, tool, paris(name))
        assert caught.value.field == "name"
    await save(session, cast.bob, server, tool, paris(" City  of light "))
    with pytest.raises(Conflict, match="“City of light”"):
        await save(session, cast.bob, server, tool, paris("City of light"))
    other = await save(session, cast.bob, server, tool, paris("Other"))
    with pytest.raises(LimitReached):
        await save(session, cast.bob, server, tool, paris("Third"))
    with pytest.raises(Conflict):
        await rename_case(session, cast.bob, server.id, other, name="City of light")
    await rename_case(session, cast.bob, server.id, other, name="Other")
    await rename_case(session, cast.bob, server.id, other, name="Rome")
    assert [c.name for c in await list_cases(session, cast.bob, server.id)] == [
        "City of light",
        "Rome",
    ]


async def test_a_deleted_case_takes_its_proof_along_and_undo_brings_both_back(
    session, cast, server, tool
):
    case_id = await save(session, cast.alice, server, tool)
    deleted = await delete_case(session, cast.bob, server.id, case_id)
    assert await list_cases(session, cast.bob, server.id) == []
    assert tool.evidence is Evidence.CHECKED
    await restore_case(session, cast.bob, server.id, deleted=deleted)
    assert [c.id for c in await list_cases(session, cast.bob, server.id)] == [case_id]
    assert tool.evidence is Evidence.PROVEN


async def test_a_viewer_reads_and_does_not_touch(session, cast, server, tool):
    case_id = await save(session, cast.alice, server, tool)
    with pytest.raises(Forbidden):
        await save(session, cast.vera, server, tool, paris("Other"))
    with pytest.raises(Forbidden):
        await rename_case(session, cast.vera, server.id, case_id, name="Other")
    with pytest.raises(Forbidden):
        await delete_case(session, cast.vera, server.id, case_id)


async def test_a_stranger_finds_no_case(session, cast, server, tool):
    case_id = await save(session, cast.alice, server, tool)
    theirs = await make_server(session, cast.mallory)
    for server_id in (server.id, theirs.id):
        with pytest.raises(NotFound):
            await delete_case(session, cast.mallory, server_id, case_id)
        with pytest.raises(NotFound):
            await rename_case(session, cast.mallory, server_id, case_id, name="Mine")
    with pytest.raises(NotFound):
        await list_cases(session, cast.mallory, server.id)


def test_an_answer_of_the_same_shape_passes():
    recorded = record_answer(PARIS, is_exact=False)
    assert compare_answer(recorded, tried({"id": 9, "name": "Rome"})) == []


@pytest.mark.parametrize(
    ("now", "problems"),
    [
        (
            tried({"id": 7, "name": "Paris"}, status=500, is_error=True),
            ["The status is 500, was 200"],
        ),
        (tried({"id": 7, "name": "Paris"}, is_error=True), ["The tool reports an error"]),
        (
            tried({"id": 7, "name": "Paris"}, media_type="text/html; charset=utf-8"),
            ["The media type is text/html, was application/json"],
        ),
        (tried({"id": "7"}), ["name is missing", "id is string, was number"]),
        (replace(PARIS, exchange=None), ["The service did not answer"]),
    ],
)
def test_what_differs_is_said_in_words(now, problems):
    assert compare_answer(record_answer(PARIS, is_exact=False), now) == problems


def test_an_exact_case_asks_for_equal_values():
    recorded = record_answer(PARIS, is_exact=True)
    assert compare_answer(recorded, PARIS) == []
    assert compare_answer(recorded, tried({"id": 8, "name": "Paris"})) == [
        "The answer has other values than the recorded one"
    ]
    with pytest.raises(Invalid, match="at most 64 KB"):
        record_answer(tried({"text": "x" * 70_000}), is_exact=True)


@pytest.fixture
def runtime():
    with running_runtime() as runtime:
        yield runtime


@pytest.fixture
def at_runtime(runtime, settings):
    return settings_with(
        settings.data_dir, database_url=settings.database_url, runtime_internal_url=runtime.url
    )


@pytest.fixture
async def saved(database, committed_cast):
    """A server with a tool and two cases: ids of the server, the tool and the cases."""
    cast = committed_cast
    async with database.write() as session:
        server = await make_server(session, cast.alice)
        tool = await add_tool(session, server.id, a_tool())
        ids = [
            await save(session, cast.alice, server, tool, paris(name)) for name in ("One", "Two")
        ]
    return server.id, tool.id, ids


async def look(database, kind, row_id):
    async with database.read() as session:
        return await session.get(kind, row_id)


async def test_a_run_stores_how_it_went_and_moves_the_evidence(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, tool_id, (one, _) = saved
    runtime.reply = lambda _: answer({"id": 7})

    async def run(now):
        return await run_case(
            database, at_runtime, sealer,
            actor=committed_cast.bob, server_id=server_id, case_id=one, now=now,
        )  # fmt: skip

    assert not await run(LATER)
    case = await look(database, TestCase, one)
    assert (case.last_passed, case.last_message) == (False, "name is missing.")
    assert case.last_run_at == LATER
    assert (await look(database, DraftTool, tool_id)).evidence is Evidence.CHECKED
    runtime.reply = lambda _: answer({"id": 8, "name": "Rome"})
    assert await run(LATER)
    assert (await look(database, DraftTool, tool_id)).evidence is Evidence.PROVEN
    assert runtime.calls[0]["arguments"] == {"city_id": "7"}


async def test_a_viewer_and_a_stranger_run_nothing(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, _, (one, _) = saved
    for actor, kind in ((committed_cast.vera, Forbidden), (committed_cast.mallory, NotFound)):
        with pytest.raises(kind):
            await run_case(
                database, at_runtime, sealer,
                actor=actor, server_id=server_id, case_id=one, now=LATER,
            )  # fmt: skip
    assert runtime.calls == []


async def run_all(database, settings, sealer, server_id, user_id):
    steps = []

    async def progress(done, total, name):
        steps.append((done, total, name))

    summary = await run_all_cases(
        database, settings, sealer,
        server_id=server_id, user_id=user_id, now=now_utc, progress=progress,
    )  # fmt: skip
    return summary, steps


async def test_all_cases_run_and_report_as_they_go(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, _, _ = saved
    replies = iter([answer({"id": 7, "name": "Rome"}), answer({})])
    runtime.reply = lambda _: next(replies)
    summary, steps = await run_all(
        database, at_runtime, sealer, server_id, committed_cast.bob.user_id
    )
    assert (summary.passed, summary.failed, summary.skipped) == (1, 1, 0)
    assert steps == [(0, 2, "get_city: One"), (1, 2, "get_city: Two"), (2, 2, "")]


async def test_cases_of_tools_that_are_off_are_skipped(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, tool_id, _ = saved
    async with database.write() as session:
        (await session.get(DraftTool, tool_id)).is_enabled = False
    summary, _ = await run_all(database, at_runtime, sealer, server_id, committed_cast.bob.user_id)
    assert (summary.skipped, runtime.calls) == (2, [])


async def test_a_case_deleted_during_the_run_is_passed_over(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, _, (_, two) = saved
    runtime.reply = lambda _: answer({"id": 7, "name": "Rome"})

    async def progress(done, _total, _name):
        if done == 0:
            async with database.write() as session:
                await delete_case(session, committed_cast.alice, server_id, two)

    summary = await run_all_cases(
        database, at_runtime, sealer,
        server_id=server_id, user_id=committed_cast.bob.user_id, now=now_utc, progress=progress,
    )  # fmt: skip
    assert (summary.passed, summary.failed, summary.skipped) == (1, 0, 1)


async def test_a_runtime_that_refuses_stops_the_run_and_blames_no_case(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, _, (one, _) = saved
    runtime.refusal = refusal("Too many calls.", code="too_busy", status=429)
    with pytest.raises(UpstreamUnavailable):
        await run_all(database, at_runtime, sealer, server_id, committed_cast.bob.user_id)
    assert (await look(database, TestCase, one)).last_passed


async def test_a_job_of_somebody_who_left_does_nothing(
    database, committed_cast, sealer, runtime, at_runtime, saved
):
    server_id, _, _ = saved
    async with database.write() as session:
        for membership in await _memberships(session, committed_cast.bob.user_id):
            await session.delete(membership)
    for user in (committed_cast.bob, committed_cast.mallory):
        with pytest.raises(NotFound):
            await run_all(database, at_runtime, sealer, server_id, user.user_id)
    assert runtime.calls == []


async def _memberships(session, user_id):
    return (await session.exec(select(Membership).where(Membership.user_id == user_id))).all()


def ran(structured, *, is_error=False):
    return replace(tried(structured), exchange=None, run={"output": []}, is_error=is_error)


def test_what_code_returns_is_held_to_its_shape_even_if_a_request_answered_before():
    for recorded in (
        record_answer(PARIS, is_exact=False),
        record_answer(ran(PARIS.structured), is_exact=False),
    ):
        assert compare_answer(recorded, ran({"id": 8, "name": "Rome"})) == []
        assert compare_answer(recorded, ran({"id": 8})) == ["name is missing"]
        assert compare_answer(recorded, ran(None, is_error=True)) != []


def test_a_failure_of_code_is_no_answer_to_record():
    with pytest.raises(Invalid):
        record_answer(ran({"id": 7}, is_error=True), is_exact=False)
