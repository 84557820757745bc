"""Variables are defined by those who may, and their values go in and never come out."""

from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from core.access import draft_tools_of, variables_of
from core.errors import Forbidden, Invalid, NotFound
from core.generation import current_generation
from core.http_request import FixedValue
from core.models import AuditEntry, Evidence
from saas_app.services import variables
from saas_app.services.variables import (
    TooManyVariables,
    add_variable,
    clear_value,
    delete_variable,
    edit_variable,
    list_variables,
    restore_variable,
    set_value,
)
from tests.cast import NOW, a_tool, add_tool, make_server

LATER = NOW + timedelta(minutes=1)
SECRET = "sk-very-secret-7f3a"
KEY = {"name": "KEY", "description": "The key.", "is_secret": True}


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def key(session, cast, server):
    return await add_variable(session, cast.alice, server.id, definition=KEY, now=NOW)


async def test_a_value_is_sealed_and_only_said_to_be_there(session, cast, server, key, sealer):
    place = (server.id, key.id)
    view = await set_value(session, cast.bob, place, value=SECRET, sealer=sealer, now=LATER)
    assert view.is_set
    assert SECRET not in str(asdict(view))
    (row,) = await variables_of(session, server)
    assert SECRET.encode() not in row.sealed_value
    assert sealer.open(row.sealed_value, bound_to=row.seal_binding).decode() == SECRET
    assert (await list_variables(session, cast.vera, server.id))[0].is_set


async def test_no_value_reaches_the_audit(session, cast, server, key, sealer):
    await set_value(session, cast.alice, (server.id, key.id), value=SECRET, sealer=sealer, now=NOW)
    entries = (await session.exec(select(AuditEntry))).all()
    assert {entry.action for entry in entries} >= {"variable.added", "variable.value_set"}
    assert all(SECRET not in str(entry.details) for entry in entries)


async def test_every_change_is_announced_to_the_runtime(session, cast, server, key, sealer):
    place, before = (server.id, key.id), await current_generation(session)
    await set_value(session, cast.alice, place, value=SECRET, sealer=sealer, now=LATER)
    await clear_value(session, cast.alice, place, now=LATER)
    await edit_variable(session, cast.alice, place, changes={"description": "K"}, now=LATER)
    await delete_variable(session, cast.alice, place, now=LATER)
    assert await current_generation(session) == before + 4
    assert server.updated_at == LATER


async def test_a_cleared_value_is_gone(session, cast, server, key, sealer):
    place = (server.id, key.id)
    await set_value(session, cast.alice, place, value=SECRET, sealer=sealer, now=NOW)
    view = await clear_value(session, cast.alice, place, now=LATER)
    assert not view.is_set
    assert view.is_missing


async def test_a_secret_made_plain_loses_its_value(session, cast, server, key, sealer):
    place = (server.id, key.id)
    await set_value(session, cast.alice, place, value=SECRET, sealer=sealer, now=NOW)
    view = await edit_variable(session, cast.alice, place, changes={"is_secret": False}, now=LATER)
    assert not view.is_set


async def test_a_secret_keeps_no_default(session, cast, server):
    definition = KEY | {"default": SECRET, "choices": (SECRET,)}
    view = await add_variable(session, cast.alice, server.id, definition=definition, now=NOW)
    assert (view.default, view.choices) == ("", ())


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        ({"name": "key"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "1KEY"}, "name"),
        ({"name": "KEY"}, "name"),
        ({"name": "A", "description": "x" * 501}, "description"),
        ({"name": "A", "is_secret": False, "choices": ("a",), "default": "b"}, "default"),
    ],
)
async def test_a_wrong_definition_is_refused_on_its_field(
    session, cast, server, key, definition, field
):
    with pytest.raises(Invalid) as refusal:
        await add_variable(session, cast.alice, server.id, definition=definition, now=NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize("value", ["", "x" * 32_001])
async def test_a_wrong_value_is_refused(session, cast, server, key, sealer, value):
    with pytest.raises(Invalid) as refusal:
        await set_value(
            session, cast.alice, (server.id, key.id), value=value, sealer=sealer, now=NOW
        )
    assert refusal.value.field == "value"


async def test_all_values_of_a_server_have_their_room(session, cast, server, key, sealer):
    value = "x" * variables.MAX_VALUE_BYTES
    fitting = variables.MAX_VALUES_BYTES // (variables.MAX_VALUE_BYTES + 100)
    for number in range(fitting):
        view = await add_variable(
            session, cast.alice, server.id, definition={"name": f"N{number}"}, now=NOW
        )
        place = (server.id, view.id)
        for _ in range(2):  # its own value leaves the room to the one that takes its place
            await set_value(session, cast.alice, place, value=value, sealer=sealer, now=NOW)
    with pytest.raises(Invalid, match="256,000 bytes together"):
        await set_value(
            session, cast.alice, (server.id, key.id), value=value, sealer=sealer, now=NOW
        )


async def test_a_value_is_one_of_the_choices(session, cast, server, sealer):
    definition = {"name": "REGION", "is_secret": False, "choices": ("eu", "us"), "default": "eu"}
    view = await add_variable(session, cast.alice, server.id, definition=definition, now=NOW)
    assert not view.is_missing
    with pytest.raises(Invalid, match="eu, us"):
        await set_value(
            session, cast.alice, (server.id, view.id), value="asia", sealer=sealer, now=NOW
        )


async def test_tools_follow_the_variables_that_they_use(session, cast, server):
    tool = a_tool()
    header = FixedValue(location="header", name="X-Key", value="{{KEY}}")
    request = tool.request.model_copy(update={"fixed": (header,)})
    tool = tool.model_copy(update={"request": request})
    await add_tool(session, server.id, tool)
    key = await add_variable(session, cast.alice, server.id, definition=KEY, now=NOW)
    assert key.used_by == ("get_city",)
    with pytest.raises(Invalid, match="get_city"):
        await edit_variable(
            session, cast.alice, (server.id, key.id), changes={"name": "OTHER"}, now=NOW
        )
    deleted = await delete_variable(session, cast.alice, (server.id, key.id), now=NOW)
    assert (await draft_tools_of(session, server))[0].evidence is Evidence.UNCHECKED
    restored = await restore_variable(session, cast.alice, server.id, deleted, now=NOW)
    assert (await draft_tools_of(session, server))[0].evidence is Evidence.CHECKED
    assert restored.description == "The key."
    assert not restored.is_set


async def test_a_full_server_takes_no_more(session, cast, server, key, monkeypatch):
    monkeypatch.setattr(variables, "MAX_VARIABLES", 1)
    with pytest.raises(TooManyVariables):
        await add_variable(session, cast.alice, server.id, definition={"name": "B"}, now=NOW)


ACTS = {
    "add": lambda s, a, p, _x: add_variable(s, a, p[0], definition={"name": "B"}, now=NOW),
    "edit": lambda s, a, p, _x: edit_variable(s, a, p, changes={}, now=NOW),
    "set": lambda s, a, p, x: set_value(s, a, p, value="v", sealer=x, now=NOW),
    "clear": lambda s, a, p, _x: clear_value(s, a, p, now=NOW),
    "delete": lambda s, a, p, _x: delete_variable(s, a, p, now=NOW),
}


@pytest.mark.parametrize(("who", "refusal"), [("vera", Forbidden), ("mallory", NotFound)])
@pytest.mark.parametrize("act", ACTS)
async def test_viewers_and_strangers_change_nothing(
    session, cast, server, key, sealer, act, who, refusal
):
    with pytest.raises(refusal):
        await ACTS[act](session, getattr(cast, who), (server.id, key.id), sealer)


async def test_a_stranger_sees_no_variables(session, cast, server, key, sealer):
    with pytest.raises(NotFound):
        await list_variables(session, cast.mallory, server.id)
    place = (server.id, uuid4())
    with pytest.raises(NotFound):
        await set_value(session, cast.alice, place, value="v", sealer=sealer, now=NOW)
