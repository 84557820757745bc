"""Parameters of every location and style, merged, named and described."""

import pytest

from core.http_request import Parameter
from tests.saas_app.services.intake.openapi.building import (
    accepts,
    only_tool,
    openapi,
    read,
    tool_with,
)

STRINGS = {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("given", "style", "explode"),
    [
        ({"in": "path"}, "simple", False),
        ({"in": "path", "explode": True}, "simple", True),
        ({"in": "path", "style": "label"}, "label", False),
        ({"in": "path", "style": "matrix", "explode": True}, "matrix", True),
        ({"in": "query"}, "form", True),
        ({"in": "query", "explode": False}, "form", False),
        ({"in": "query", "style": "spaceDelimited"}, "spaceDelimited", False),
        ({"in": "query", "style": "pipeDelimited", "explode": False}, "pipeDelimited", False),
        ({"in": "query", "style": "deepObject", "explode": True}, "deepObject", True),
        ({"in": "header"}, "simple", False),
        ({"in": "header", "explode": True}, "simple", True),
        ({"in": "cookie"}, "form", True),
        ({"in": "cookie", "explode": False}, "form", False),
        ({"in": "query", "style": "matrix"}, "form", True),
        ({"in": "header", "style": "form"}, "simple", False),
    ],
)
def test_style_and_explode_are_as_given_or_the_defaults_of_the_place(given, style, explode):
    tool = tool_with({"name": "ids", "schema": STRINGS, **given})
    expected = Parameter(
        argument="ids", name="ids", location=given["in"], style=style, explode=explode
    )
    assert tool.request.parameters == (expected,)
    assert tool.input_schema["properties"]["ids"] == STRINGS


def test_reserved_characters_may_pass_only_where_the_document_lets_them():
    tool = tool_with(
        {"name": "q", "in": "query", "allowReserved": True, "schema": {"type": "string"}},
        {"name": "h", "in": "header", "allowReserved": True, "schema": {"type": "string"}},
    )
    assert [p.allow_reserved for p in tool.request.parameters] == [True, False]


def test_a_parameter_with_content_is_serialised_as_that_media_type():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    content = {"application/json": {"schema": schema}}
    tool = tool_with({"name": "filter", "in": "query", "content": content})
    assert tool.request.parameters[0].media_type == "application/json"
    assert tool.input_schema["properties"]["filter"] == schema


def test_path_parameters_are_required_and_others_as_the_document_says():
    tool = tool_with(
        {"name": "id", "in": "path", "schema": {"type": "string"}},
        {"name": "must", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "may", "in": "header", "schema": {"type": "string"}},
    )
    assert tool.input_schema["required"] == ["id", "must"]
    assert accepts(tool, {"id": "1", "must": "x"})
    assert not accepts(tool, {"must": "x"})


def test_words_and_limits_reach_the_argument():
    schema = {"type": "integer", "format": "int32", "default": 10, "minimum": 1, "maximum": 50}
    tool = tool_with(
        {
            "name": "limit",
            "in": "query",
            "description": "  How many. ",
            "example": 25,
            "deprecated": True,
            "schema": schema,
        }
    )
    assert tool.input_schema["properties"]["limit"] == {
        **schema,
        "description": "How many.",
        "examples": [25],
        "deprecated": True,
    }


def test_the_operations_own_parameters_replace_those_of_the_path():
    item = {
        "parameters": [
            {"name": "id", "in": "path", "schema": {"type": "string"}},
            {"name": "q", "in": "query", "schema": {"type": "string"}},
            {"name": "q", "in": "header", "schema": {"type": "string"}},
        ],
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]},
    }
    tool = only_tool(openapi({"/a/{id}": item}))
    assert [(p.location, p.name, p.argument) for p in tool.request.parameters] == [
        ("path", "id", "id"),
        ("query", "q", "q"),
        ("header", "q", "header_q"),
    ]
    assert tool.input_schema["properties"]["q"] == {"type": "integer"}


def test_the_same_name_in_every_place_gets_readable_arguments():
    body = {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}
            }
        }
    }
    places = ("path", "query", "header", "cookie")
    parameters = [{"name": "id", "in": place, "schema": {"type": "string"}} for place in places]
    operation = {"post": {"parameters": parameters, "requestBody": body}}
    tool = only_tool(openapi({"/a/{id}": operation}))
    assert list(tool.input_schema["properties"]) == [
        "id",
        "query_id",
        "header_id",
        "cookie_id",
        "body_id",
    ]


def test_odd_names_become_valid_arguments_and_travel_as_they_are():
    tool = tool_with(
        {"name": "filter[name]", "in": "query", "schema": {"type": "string"}},
        {"name": "$top", "in": "query", "schema": {"type": "integer"}},
        {"name": "größe", "in": "query", "schema": {"type": "integer"}},
        {"name": "X-Request-ID", "in": "header", "schema": {"type": "string"}},
    )
    assert [(p.argument, p.name) for p in tool.request.parameters] == [
        ("filter_name", "filter[name]"),
        ("top", "$top"),
        ("groe", "größe"),
        ("X-Request-ID", "X-Request-ID"),
    ]


def test_references_to_parameters_are_followed():
    parameters = {
        "Page": {"$ref": "#/components/parameters/Real"},
        "Real": {"name": "page", "in": "query", "schema": {"type": "integer"}},
    }
    paths = {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/Page"}]}}}
    tool = only_tool(openapi(paths, components={"parameters": parameters}))
    assert tool.request.parameters[0].name == "page"


@pytest.mark.parametrize("name", ["Accept", "accept", "Content-Type", "AUTHORIZATION"])
def test_headers_that_openapi_says_otherwise_are_left_out_with_a_note(name):
    parameter = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    proposal = read(openapi({"/a": {"get": {"parameters": [parameter]}}}))
    assert proposal.tools[0].request.parameters == ()
    assert f"The header parameter {name} of 1 operation is left out" in proposal.notes[0]


def test_a_placeholder_without_a_parameter_is_a_required_text():
    tool = only_tool(openapi({"/a/{id}/b/{other}": {"get": {}}}))
    assert tool.input_schema["required"] == ["id", "other"]
    assert tool.input_schema["properties"]["id"] == {"type": "string"}


def test_a_path_parameter_without_a_placeholder_is_left_out_and_told():
    parameter = {"name": "ghost", "in": "path", "required": True, "schema": {"type": "string"}}
    proposal = read(openapi({"/a": {"get": {"parameters": [parameter]}}}))
    assert proposal.tools[0].request.parameters == ()
    assert "no place for its parameter ghost" in proposal.skipped[0].reason


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({"$ref": "params.yaml#/Page"}, "params.yaml#/Page is in another file"),
        ({"$ref": "#/components/parameters/No"}, "does not exist"),
        ({"name": "q", "in": "querystring", "content": {}}, "travels in “querystring”"),
        ({"name": "q"}, "travels at no known place"),
        ({"in": "query"}, "has no name"),
        ("text", "where an object should be"),
    ],
)
def test_a_parameter_that_cannot_be_read_costs_its_operation_alone(parameter, words):
    paths = {"/a": {"get": {"parameters": [parameter]}}, "/b": {"get": {}}}
    proposal = read(openapi(paths))
    assert [tool.name for tool in proposal.tools] == ["get_b"]
    (skipped,) = proposal.skipped
    assert skipped.what == "GET /a"
    assert words in skipped.reason
