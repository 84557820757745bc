"""Tools come and go in a draft, and what goes can come back."""

from datetime import timedelta

import pytest

from core.access import cases_of, draft_tools_of
from core.errors import DomainError, Forbidden, Invalid, NotFound
from core.models import TestCase
from saas_app.services.tools import (
    TooManyTools,
    add_tool,
    delete_tools,
    duplicate_tool,
    enable_tools,
    reorder_tools,
    restore_tools,
)
from saas_app.services.tools import rows as tool_rows
from tests.cast import NOW, a_tool, make_server
from tests.cast import add_tool as put_tool

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


async def names(session, server):
    return [row.name for row in await draft_tools_of(session, server)]


async def test_a_tool_is_made_from_a_method_and_an_address(session, cast, server):
    url = "https://api.example.com/cities/{id}/notes"
    view = await add_tool(session, cast.bob, server.id, method="POST", url=url, now=LATER)
    assert view.card.name == "post_cities_id_notes"
    assert [one.name for one in view.arguments] == ["id"]
    assert view.card.problems == []
    assert view.annotations.read_only is False
    again = await add_tool(session, cast.bob, server.id, method="POST", url=url, now=LATER)
    assert again.card.name == "post_cities_id_notes_2"
    assert await names(session, server) == ["post_cities_id_notes", "post_cities_id_notes_2"]


@pytest.mark.parametrize(
    ("method", "url", "field"), [("GET", "x", "url"), ("NO", "https://a.b", "method")]
)
async def test_a_wrong_beginning_is_refused_on_its_field(session, cast, server, method, url, field):
    with pytest.raises(Invalid) as refusal:
        await add_tool(session, cast.alice, server.id, method=method, url=url, now=LATER)
    assert refusal.value.field == field


async def test_a_full_server_takes_no_more(session, cast, server, monkeypatch):
    monkeypatch.setattr(tool_rows, "MAX_TOOLS", 1)
    await put_tool(session, server.id, a_tool())
    with pytest.raises(TooManyTools):
        await add_tool(session, cast.alice, server.id, method="GET", url="https://a.b", now=LATER)


async def test_a_copy_has_a_name_of_its_own(session, cast, server):
    row = await put_tool(session, server.id, a_tool())
    copy = await duplicate_tool(session, cast.alice, server.id, row.id, now=LATER)
    assert copy.card.name == "get_city_copy"
    assert copy.card.id != row.id


async def test_what_was_deleted_comes_back_with_its_test_cases(session, cast, server):
    row = await put_tool(session, server.id, a_tool())
    case = TestCase(tool_id=row.id, name="Oslo", arguments={}, recorded={}, created_at=NOW)
    session.add(case)
    await session.flush()
    deleted = await delete_tools(session, cast.alice, server.id, [row.id], now=LATER)
    assert await names(session, server) == []
    await put_tool(session, server.id, a_tool())
    await restore_tools(session, cast.alice, server.id, deleted, now=LATER)
    assert await names(session, server) == ["get_city", "get_city_2"]
    assert [one.name for one in await cases_of(session, server)] == ["Oslo"]


async def test_tools_are_switched_together(session, cast, server):
    ids = [(await put_tool(session, server.id, a_tool(name))).id for name in ("a", "b", "c")]
    off = {"is_enabled": False, "now": LATER}
    assert await enable_tools(session, cast.alice, server.id, ids[:2], **off) == 2
    assert await enable_tools(session, cast.alice, server.id, ids[:2], **off) == 0
    assert [row.is_enabled for row in await draft_tools_of(session, server)] == [False, False, True]


async def test_tools_are_put_in_order(session, cast, server):
    ids = [(await put_tool(session, server.id, a_tool(name))).id for name in ("a", "b", "c")]
    await reorder_tools(session, cast.alice, server.id, [ids[2]], now=LATER)
    assert await names(session, server) == ["c", "a", "b"]
    with pytest.raises(Invalid):
        await reorder_tools(session, cast.alice, server.id, [ids[2], ids[2]], now=LATER)


ACTS = {
    "add": lambda s, a, i, _t: add_tool(s, a, i, method="GET", url="https://a.b", now=LATER),
    "copy": lambda s, a, i, t: duplicate_tool(s, a, i, t, now=LATER),
    "delete": lambda s, a, i, t: delete_tools(s, a, i, [t], now=LATER),
    "restore": lambda s, a, i, _t: restore_tools(s, a, i, [], now=LATER),
    "switch": lambda s, a, i, t: enable_tools(s, a, i, [t], is_enabled=False, now=LATER),
    "order": lambda s, a, i, t: reorder_tools(s, a, i, [t], now=LATER),
}


@pytest.mark.parametrize(("who", "refusal"), [("vera", Forbidden), ("mallory", NotFound)])
@pytest.mark.parametrize("act", ACTS)
async def test_viewers_and_strangers_change_nothing(session, cast, server, act, who, refusal):
    row = await put_tool(session, server.id, a_tool())
    with pytest.raises(refusal) as refused:
        await ACTS[act](session, getattr(cast, who), server.id, row.id)
    assert isinstance(refused.value, DomainError)
    assert await names(session, server) == ["get_city"]
