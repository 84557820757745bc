"""Each field of a tool is taken or refused on its own, and the request follows its arguments."""

import orjson
import pytest

from core.errors import Invalid
from core.http_request import Body, BodyProperty
from core.tool_spec import HttpTool
from saas_app.services.tools.arguments import rows_of
from saas_app.services.tools.fields import change_field
from tests.cast import a_tool


def with_body() -> HttpTool:
    tool = a_tool()
    body = Body(
        media_type="application/json",
        properties=(BodyProperty(argument="note", path=("details", "note")),),
    )
    schema = tool.input_schema | {
        "properties": {"city_id": {"type": "string"}, "note": {"type": "string", "maxLength": 9}}
    }
    return tool.model_copy(
        update={
            "input_schema": schema,
            "request": tool.request.model_copy(update={"method": "POST", "body": body}),
        }
    )


def row(tool: HttpTool, name: str):
    return next(one for one in rows_of(tool) if one.name == name)


def test_arguments_are_shown_with_where_they_travel():
    city, note = rows_of(with_body())
    assert (city.location, city.wire_name, city.is_required) == ("path", "cityId", True)
    assert (note.location, note.wire_name, note.is_required) == ("body", "details.note", False)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "get city", "1 to 64"),
        ("name", "x" * 65, "1 to 64"),
        ("description", "x" * 8_001, "8,000"),
        ("method", "FETCH", "GET"),
        ("select", "items[", "character"),
        ("select", "a" * 2_001, "2,000"),
        ("select", "!" * 1_500 + "a", "nested too deeply"),
        ("max_bytes", "10", "1,000"),
        ("max_bytes", "many", "number"),
        ("timeout_seconds", "0", "more than 0"),
        ("timeout_seconds", "nan", "more than 0"),
        ("headers", "no colon", "Name: value"),
        ("headers", "Host: example.org", "connection"),
        ("input_schema", "{", "line 1"),
        ("input_schema", "[]", "JSON object"),
        ("input_schema", '{"type": "string"}', '"type": "object"'),
        ("input_schema", '{"properties": {"city_id": {"type": "text"}}}', "properties/city_id"),
        ("input_schema", '{"properties": {}}', "path needs city_id"),
        ("remove_argument", "city_id", "path needs city_id"),
        ("arguments.city_id.is_required", False, "path needs city_id"),
        ("arguments.city_id.location", "query", "path needs city_id"),
        ("arguments.city_id.kind", "text", "type is one of"),
        ("arguments.city_id.name", "a b", "1 to 64"),
        ("arguments.nobody.name", "a", "does not exist"),
        ("arguments.city_id.colour", "red", "no such setting"),
        ("colour", "red", "no such setting"),
    ],
)
def test_a_wrong_value_is_refused_on_its_field(field, value, words):
    with pytest.raises(Invalid, match=words) as refusal:
        change_field(a_tool(), field, value)
    assert refusal.value.field == field


def test_a_schema_whose_references_multiply_is_refused():
    definitions = {"a0": {}}
    for number in range(1, 31):
        before = {"$ref": f"#/$defs/a{number - 1}"}
        definitions[f"a{number}"] = {"allOf": [before, before]}
    schema = {"properties": {"city_id": {"$ref": "#/$defs/a30"}}, "$defs": definitions}
    with pytest.raises(Invalid, match="references multiply"):
        change_field(a_tool(), "input_schema", orjson.dumps(schema).decode())


def test_an_argument_is_renamed_everywhere():
    tool = change_field(a_tool(), "arguments.city_id.name", "id")
    assert list(tool.input_schema["properties"]) == ["id"]
    assert tool.input_schema["required"] == ["id"]
    assert tool.request.parameters[0].argument == "id"
    assert tool.request.parameters[0].name == "cityId"


def test_an_address_brings_and_takes_its_arguments():
    tool = change_field(a_tool(), "url", "https://api.example.com/a/{id}?format=json")
    assert [(one.name, one.location, one.is_required) for one in rows_of(tool)] == [
        ("id", "path", True)
    ]
    assert tool.request.fixed[0].value == "json"


def test_a_new_argument_takes_the_query_or_the_body():
    assert row(change_field(a_tool(), "add_argument", "limit"), "limit").location == "query"
    assert row(change_field(with_body(), "add_argument", "limit"), "limit").location == "body"
    again = change_field(change_field(a_tool(), "add_argument", "limit"), "add_argument", "limit")
    assert row(again, "limit_2")


def test_an_argument_moves_between_query_header_and_body():
    tool = change_field(with_body(), "arguments.note.location", "query")
    assert tool.request.body is None
    assert row(tool, "note").location == "query"
    tool = change_field(tool, "arguments.note.wire_name", "text.note")
    tool = change_field(tool, "arguments.note.location", "body")
    assert tool.request.body is not None
    assert tool.request.body.properties[0].path == ("text", "note")


def test_a_get_has_no_body():
    tool = change_field(a_tool(), "add_argument", "limit")
    with pytest.raises(Invalid, match="no body"):
        change_field(tool, "arguments.limit.location", "body")
    with pytest.raises(Invalid, match="no body"):
        change_field(with_body(), "method", "GET")


def test_values_are_read_as_the_argument_type():
    tool = change_field(a_tool(), "add_argument", "limit")
    tool = change_field(tool, "arguments.limit.kind", "integer")
    tool = change_field(tool, "arguments.limit.default", "20")
    tool = change_field(tool, "arguments.limit.choices", "10, 20")
    part = tool.input_schema["properties"]["limit"]
    assert part == {"type": "integer", "default": 20, "enum": [10, 20]}
    with pytest.raises(Invalid, match="whole number"):
        change_field(tool, "arguments.limit.default", "twenty")
    tool = change_field(tool, "arguments.limit.kind", "string")
    assert tool.input_schema["properties"]["limit"] == {"type": "string"}


def test_what_the_form_does_not_know_stays():
    tool = change_field(with_body(), "arguments.note.description", "A note.")
    assert tool.input_schema["properties"]["note"]["maxLength"] == 9


def test_a_schema_may_drop_what_the_path_does_not_need():
    schema = {"type": "object", "properties": {"city_id": {"type": "integer"}}}
    tool = change_field(with_body(), "input_schema", orjson.dumps(schema).decode())
    assert tool.request.body is None
    assert row(tool, "city_id").kind == "integer"


def test_headers_are_lines():
    tool = change_field(a_tool(), "headers", "Accept: text/csv\n\nX-Key: {{KEY}}")
    assert [(one.name, one.value) for one in tool.request.fixed] == [
        ("Accept", "text/csv"),
        ("X-Key", "{{KEY}}"),
    ]
