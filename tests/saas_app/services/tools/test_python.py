"""Python tools of a draft: added, edited, converted, and what they may reach."""

from datetime import timedelta

import pytest

from core.access import draft_tools_of
from core.errors import Forbidden, Invalid, NotFound
from core.models import Evidence
from core.tool_spec import PythonSettings, PythonTool, read_tool
from saas_app.services.tools import (
    ToolChanges,
    delete_tools,
    duplicate_tool,
    edit_tool,
    put_back_tool,
    restore_tools,
)
from saas_app.services.tools import read_tool as read_view
from saas_app.services.tools.named import put_tool, tool_named
from saas_app.services.tools.python.drafting import (
    add_python_tool,
    convert_tool,
    write_signature,
)
from saas_app.services.tools.python.settings import (
    allow_host,
    change_python_settings,
    read_python_settings,
)
from saas_app.services.tools.python.signatures import parameters_of, with_parameters
from saas_app.services.variables import add_variable
from tests.cast import NOW, a_tool, add_tool, make_server

LATER = NOW + timedelta(minutes=1)
SOURCE = "async def forecast(city: str) -> dict:\n    return {'key': env['WEATHER_KEY']}\n"


def python_tool(source: str = SOURCE, **schema) -> PythonTool:
    properties = schema or {"city": {"type": "string"}}
    return PythonTool(
        name="forecast",
        function="forecast",
        source=source,
        input_schema={"type": "object", "properties": properties, "required": list(properties)},
    )


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


@pytest.fixture
async def row(session, server):
    return await add_tool(session, server.id, python_tool())


async def edit(session, actor, server, row, **values):
    changes = ToolChanges(values)
    return await edit_tool(session, actor, server.id, row.id, changes, now=LATER)


async def test_a_new_tool_works_and_waits_to_be_looked_at(session, cast, server):
    view = await add_python_tool(session, cast.bob, server.id, name="My forecast", now=LATER)
    assert (view.card.kind, view.card.name, view.function) == (
        "python", "My_forecast", "My_forecast",
    )  # fmt: skip
    assert view.card.evidence is Evidence.UNCHECKED
    assert view.card.problems == []
    again = await add_python_tool(session, cast.bob, server.id, name="My forecast", now=LATER)
    assert again.card.name == "My_forecast_2"


async def test_it_takes_a_name_and_the_right_to_edit(session, cast, server):
    with pytest.raises(Invalid) as refusal:
        await add_python_tool(session, cast.bob, server.id, name=" ", now=LATER)
    assert refusal.value.field == "name"
    with pytest.raises(Forbidden):
        await add_python_tool(session, cast.vera, server.id, name="x", now=LATER)
    with pytest.raises(NotFound):
        await add_python_tool(session, cast.mallory, server.id, name="x", now=LATER)


async def test_code_that_changes_waits_to_be_looked_at_again(session, cast, server, row):
    await add_variable(session, cast.bob, server.id, definition={"name": "WEATHER_KEY"}, now=LATER)
    row.evidence = Evidence.CHECKED
    await edit(session, cast.bob, server, row, description="Tells the weather.")
    assert row.evidence is Evidence.CHECKED
    row.evidence = Evidence.PROVEN
    await edit(session, cast.bob, server, row, timeout_seconds="5")
    assert row.evidence is Evidence.CHECKED
    edited = await edit(session, cast.bob, server, row, source=SOURCE + "\n")
    assert edited.tool.source.endswith("\n\n")
    assert row.evidence is Evidence.UNCHECKED


async def test_a_variable_that_the_code_names_must_be_there(session, cast, server, row):
    view = await read_view(session, cast.vera, server.id, row.id)
    assert view.card.problems == ["The variable WEATHER_KEY is used and not defined."]


@pytest.mark.parametrize("field", ["method", "url", "headers", "select", "max_bytes"])
async def test_what_belongs_to_a_request_is_no_setting_of_code(session, cast, server, row, field):
    edited = await edit(session, cast.bob, server, row, **{field: "GET"})
    assert edited.refused == {field: "A tool has no such setting."}


async def test_code_is_no_setting_of_a_request(session, cast, server):
    request = await add_tool(session, server.id, a_tool())
    edited = await edit(session, cast.bob, server, request, source="x = 1")
    assert edited.refused == {"source": "A tool has no such setting."}


async def test_arguments_are_edited_without_a_request(session, cast, server, row):
    added = await edit(session, cast.bob, server, row, add_argument="days")
    assert [(one.name, one.location) for one in added.tool.arguments] == [
        ("city", "unused"), ("days", "unused"),
    ]  # fmt: skip
    moved = await edit(session, cast.bob, server, row, **{"arguments.days.location": "query"})
    assert list(moved.refused) == ["arguments.days.location"]
    renamed = await edit(session, cast.bob, server, row, **{"arguments.days.name": "hours"})
    assert renamed.refused == {}
    removed = await edit(session, cast.bob, server, row, remove_argument="hours")
    assert [one.name for one in removed.tool.arguments] == ["city"]


@pytest.mark.parametrize("value", ["", "a b", "class", "1a"])
async def test_a_function_has_the_name_of_one(session, cast, server, row, value):
    edited = await edit(session, cast.bob, server, row, function=value)
    assert "A function's name" in edited.refused["function"]


async def test_it_is_copied_deleted_and_brought_back(session, cast, server, row):
    copy = await duplicate_tool(session, cast.bob, server.id, row.id, now=LATER)
    assert copy.source == SOURCE
    deleted = await delete_tools(session, cast.bob, server.id, [copy.card.id], now=LATER)
    (back,) = await restore_tools(session, cast.bob, server.id, deleted, now=LATER)
    assert (await read_view(session, cast.bob, server.id, back)).function == "forecast"


async def test_programs_write_it_whole(session, cast, server):
    await put_tool(session, cast.bob, server.id, python_tool(), now=LATER)
    named = await tool_named(session, cast.vera, server.id, "forecast")
    assert named.spec == python_tool()
    assert (named.card.method, named.card.address) == ("", "forecast")


async def test_a_request_is_converted_and_taken_back(session, cast, server):
    request = await add_tool(session, server.id, a_tool())
    edited = await convert_tool(session, cast.bob, server.id, request.id, now=LATER)
    assert edited.tool.card.kind == "python"
    assert "async def get_city(city_id: str):" in edited.tool.source
    assert server.python_settings["hosts"] == ["api.example.com"]
    assert request.evidence is Evidence.UNCHECKED
    with pytest.raises(Invalid):
        await convert_tool(session, cast.bob, server.id, request.id, now=LATER)
    await put_back_tool(session, cast.bob, server.id, request.id, before=edited.before, now=LATER)
    assert read_tool(request.spec) == a_tool()
    assert request.evidence is Evidence.CHECKED


async def test_the_signature_follows_the_arguments(session, cast, server, row):
    await edit(session, cast.bob, server, row, add_argument="days")
    edited = await write_signature(session, cast.bob, server.id, row.id, now=LATER)
    assert edited.tool.source.startswith(
        "async def forecast(city: str, days: str | None = None) -> dict:\n    return"
    )
    request = await add_tool(session, server.id, a_tool())
    with pytest.raises(Invalid):
        await write_signature(session, cast.bob, server.id, request.id, now=LATER)


@pytest.mark.parametrize(
    ("schema", "parameters"),
    [
        ({}, "()"),
        ({"properties": {"a": {}, "b": {"type": "integer"}}, "required": ["b"]},
         "(b: int, a=None)"),
        ({"properties": {"a": {"type": "number", "default": 1.5}}}, "(a: float = 1.5)"),
        ({"properties": {"a": {"type": ["string", "null"]}}}, "(a: str | None = None)"),
        ({"properties": {"a": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]},
         "(a: list[str])"),
        ({"properties": {"a-b": {}, "class": {}, "others": {}}}, "(**others)"),
        ({"properties": {"x": {"type": "string", "default": "it's \"a\" ("}}},
         "(x: str = 'it\\'s \"a\" (')"),
    ],
)  # fmt: skip
def test_parameters_follow_a_schema(schema, parameters):
    assert parameters_of(schema) == parameters


@pytest.mark.parametrize(
    "old",
    ["()", "(a, b=(1, 2))", "(\n    a: str = ')',  # not here: )\n    b: dict = {'x': [')']},\n)"],
)
def test_parameters_are_replaced_to_their_end(old):
    source = f"def other(x): ...\n\nasync def forecast{old} -> dict:\n    return (1)\n"
    assert with_parameters(python_tool(source)) == source.replace(old, "(city: str)", 1)


@pytest.mark.parametrize(
    "source", ["", "def forecasts(a): ...", "def forecast(a", "#def forecast()"]
)
def test_code_without_the_function_gets_no_parameters(source):
    with pytest.raises(Invalid) as refusal:
        with_parameters(python_tool(source))
    assert refusal.value.field == "source"


async def test_hosts_that_the_code_names_are_suggested_until_they_are_listed(session, cast, server):
    source = 'A = "https://api.example.com:8443/x"\nB = f"wss://{host}/"\nC = "http://b.test"\n'
    await add_tool(session, server.id, python_tool(source))
    view = await read_python_settings(session, cast.vera, server.id)
    assert (view.has_python, view.suggested) == (True, ("api.example.com", "b.test"))
    await allow_host(session, cast.bob, server.id, host="*.example.com", now=LATER)
    view = await read_python_settings(session, cast.vera, server.id)
    assert view.suggested == ("b.test",)
    assert view.settings.hosts == ("*.example.com",)


async def test_settings_are_changed_by_those_who_edit(session, cast, server):
    changes = {"hosts": "A.example.com, *.b.test\n", "ports": "8443 9000", "isolation": "per_call"}
    settings = await change_python_settings(
        session, cast.bob, server.id, changes=changes, now=LATER
    )
    assert settings == PythonSettings(
        hosts=("a.example.com", "*.b.test"), ports=(8443, 9000), isolation="per_call"
    )
    assert server.updated_at == LATER
    with pytest.raises(Forbidden):
        await change_python_settings(session, cast.vera, server.id, changes={}, now=LATER)
    with pytest.raises(NotFound):
        await read_python_settings(session, cast.mallory, server.id)


@pytest.mark.parametrize(
    ("field", "value"),
    [("hosts", "https://a.b"), ("hosts", "a..b"), ("hosts", "*.*"), ("hosts", "a b/c"),
     ("hosts", "x" * 254), ("ports", "0"), ("ports", "70000"), ("ports", "x"),
     ("isolation", "none"), ("store", "x")],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_on_its_field(session, cast, server, field, value):
    with pytest.raises(Invalid) as refusal:
        await change_python_settings(
            session, cast.bob, server.id, changes={field: value}, now=LATER
        )
    assert refusal.value.field == field
    assert await draft_tools_of(session, server) == []
