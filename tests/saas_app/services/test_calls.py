"""The last calls: paged, filtered, counted; as owner, member, viewer and stranger."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Invalid, NotFound
from core.models import Call, CallerKind, CallStatus
from saas_app.services import calls
from saas_app.services.calls import call_stats, list_calls
from tests.cast import NOW, make_server


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


async def add_calls(session, server, *durations, **values):
    for number, duration in enumerate(durations):
        fields = {
            "tool_name": "get_city",
            "caller_kind": CallerKind.KEY,
            "status": CallStatus.OK,
            "started_at": NOW - timedelta(seconds=number),
            **values,
        }
        session.add(Call(id=uuid4(), server_id=server.id, duration_ms=duration, **fields))
    await session.flush()


async def test_calls_come_newest_first_in_pages(session, cast, server, monkeypatch):
    monkeypatch.setattr(calls, "PAGE_SIZE", 2)
    await add_calls(session, server, 1.0, 2.0, 3.0)
    first = await list_calls(session, cast.vera, server.id)
    assert ([call.duration_ms for call in first.calls], first.has_more) == ([1.0, 2.0], True)
    last = await list_calls(session, cast.vera, server.id, page=2)
    assert ([call.duration_ms for call in last.calls], last.has_more) == ([3.0], False)
    assert (await list_calls(session, cast.vera, server.id, page=-5)).page == 1


async def test_calls_are_filtered_by_tool_and_status(session, cast, server):
    await add_calls(session, server, 1.0)
    await add_calls(session, server, 2.0, tool_name="other", status=CallStatus.TOOL_ERROR)
    page = await list_calls(session, cast.bob, server.id, tool_name="other")
    assert [call.duration_ms for call in page.calls] == [2.0]
    assert page.tools == ["get_city", "other"]
    page = await list_calls(session, cast.bob, server.id, status="ok")
    assert [call.duration_ms for call in page.calls] == [1.0]
    page = await list_calls(session, cast.bob, server.id, tool_name="get_city", status="crashed")
    assert page.calls == []
    with pytest.raises(Invalid):
        await list_calls(session, cast.bob, server.id, status="odd")


async def test_stats_count_clients_of_the_last_day(session, cast, server):
    await add_calls(session, server, *[float(n) for n in range(1, 101)])
    await add_calls(session, server, 900.0, caller_kind=CallerKind.DRAFT)
    await add_calls(session, server, 900.0, started_at=NOW - timedelta(hours=25))
    await add_calls(session, server, 101.0, status=CallStatus.TOOL_ERROR)
    stats = await call_stats(session, cast.alice, server.id, now=NOW)
    assert (stats.count, stats.errors, stats.p50_ms, stats.p95_ms) == (101, 1, 51.0, 96.0)


async def test_stats_tell_how_the_hours_of_the_day_went(session, cast, server):
    await add_calls(session, server, 1.0, 2.0, status=CallStatus.REFUSED)
    await add_calls(session, server, 3.0, 4.0, started_at=NOW - timedelta(hours=24))
    await add_calls(session, server, 5.0, started_at=NOW - timedelta(minutes=90))
    await add_calls(session, server, 6.0, caller_kind=CallerKind.DRAFT)
    stats = await call_stats(session, cast.alice, server.id, now=NOW)
    assert stats.per_hour == (2, *[0] * 21, 1, 2)
    assert stats.errors_per_hour == (*[0] * 23, 2)


async def test_stats_of_nothing_are_nothing(session, cast, server):
    stats = await call_stats(session, cast.alice, server.id, now=NOW)
    assert (stats.count, stats.errors, stats.p50_ms, stats.p95_ms) == (0, 0, None, None)


async def test_a_stranger_sees_no_calls_and_no_stats(session, cast, server):
    await add_calls(session, server, 1.0)
    with pytest.raises(NotFound):
        await list_calls(session, cast.mallory, server.id)
    with pytest.raises(NotFound):
        await call_stats(session, cast.mallory, server.id, now=NOW)
    theirs = await make_server(session, cast.mallory)
    assert (await list_calls(session, cast.mallory, theirs.id)).calls == []
