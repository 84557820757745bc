"""What only Swagger 2.0 has: formats of collections, body and form parameters, media lists."""

from typing import Any

import pytest

from core.tool_spec import HttpTool
from tests.saas_app.services.intake.openapi.building import accepts, only_tool, swagger

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def tool_with(*parameters: Any, method: str = "post", **operation: Any) -> HttpTool:
    names = "".join(f"/{{{p['name']}}}" for p in parameters if p["in"] == "path")
    paths = {f"/things{names}": {method: {"parameters": list(parameters), **operation}}}
    return only_tool(swagger(paths))


def array(place: str, separator: str | None) -> dict[str, Any]:
    parameter = {"name": "ids", "in": place, "type": "array", "items": {"type": "integer"}}
    return {**parameter, "required": place == "path"} | (
        {"collectionFormat": separator} if separator else {}
    )


@pytest.mark.parametrize(
    ("place", "separator", "style", "explode"),
    [
        ("query", None, "form", False),
        ("query", "csv", "form", False),
        ("query", "ssv", "spaceDelimited", False),
        ("query", "pipes", "pipeDelimited", False),
        ("query", "multi", "form", True),
        ("path", None, "simple", False),
        ("path", "csv", "simple", False),
        ("header", "csv", "simple", False),
    ],
)
def test_collection_formats_become_styles(place, separator, style, explode):
    tool = tool_with(array(place, separator))
    (parameter,) = tool.request.parameters
    assert (parameter.style, parameter.explode) == (style, explode)
    assert tool.input_schema["properties"]["ids"] == {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("place", "separator", "words"),
    [("query", "tsv", "tabs"), ("path", "pipes", "the character |"), ("header", "ssv", "spaces")],
)
def test_separators_without_a_style_are_left_to_the_caller(place, separator, words):
    tool = tool_with(array(place, separator))
    schema = tool.input_schema["properties"]["ids"]
    assert schema["type"] == "string"
    assert schema["description"] == f"One text with the values separated by {words}."


def test_a_scalar_parameter_keeps_its_keywords():
    tool = tool_with(
        {
            "name": "n",
            "in": "query",
            "type": "integer",
            "format": "int32",
            "default": 3,
            "maximum": 9,
            "exclusiveMaximum": True,
            "description": "How many.",
        }
    )
    assert tool.input_schema["properties"]["n"] == {
        "type": "integer",
        "format": "int32",
        "default": 3,
        "exclusiveMaximum": 9,
        "description": "How many.",
    }


@pytest.mark.parametrize(
    ("consumes", "media_type"),
    [
        (None, "application/json"),
        (["application/xml", "application/json"], "application/json"),
        (["application/vnd.x+json"], "application/vnd.x+json"),
    ],
)
def test_a_body_parameter_is_sent_as_what_the_operation_consumes(consumes, media_type):
    body = {
        "name": "pet",
        "in": "body",
        "required": True,
        "schema": {"type": "object", "properties": {"n": {"type": "string"}}},
    }
    tool = tool_with(body, **({"consumes": consumes} if consumes else {}))
    assert tool.request.body.media_type == media_type
    assert tool.request.body.is_required


def test_the_documents_consumes_holds_where_the_operation_has_none():
    body = {"name": "t", "in": "body", "schema": {"type": "string"}}
    document = swagger({"/a": {"post": {"parameters": [body]}}}, consumes=["text/plain"])
    tool = only_tool(document)
    assert (tool.request.body.media_type, tool.request.body.argument) == ("text/plain", "body")


def test_form_parameters_are_a_urlencoded_form():
    tool = tool_with(
        {"name": "a", "in": "formData", "type": "string", "required": True},
        {**array("formData", "multi"), "name": "many"},
        {**array("formData", "csv"), "name": "few"},
    )
    body = tool.request.body
    assert body.media_type == URLENCODED
    assert [(p.argument, p.style, p.explode) for p in body.properties] == [
        ("a", "form", True),
        ("many", "form", True),
        ("few", "form", False),
    ]
    assert tool.input_schema["required"] == ["a"]


def test_a_file_makes_the_form_multipart_whatever_it_consumes():
    tool = tool_with(
        {"name": "file", "in": "formData", "type": "file", "required": True, "description": "It."},
        {"name": "note", "in": "formData", "type": "string"},
        {**array("formData", "csv"), "name": "few"},
        consumes=[URLENCODED],
    )
    body = tool.request.body
    assert body.media_type == MULTIPART
    assert [(p.argument, p.is_file) for p in body.properties] == [
        ("file", True),
        ("note", False),
        ("few", False),
    ]
    assert accepts(tool, {"file": {"text": "x"}, "few": "1,2"})


def test_a_form_is_multipart_where_nothing_else_is_consumed():
    tool = tool_with({"name": "a", "in": "formData", "type": "string"}, consumes=[MULTIPART])
    assert tool.request.body.media_type == MULTIPART


def test_what_is_produced_is_asked_for_and_described():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    tool = tool_with(
        method="get",
        produces=["application/xml", "application/json"],
        responses={"200": {"description": "ok", "schema": schema}},
    )
    assert tool.request.fixed[0].value == "application/json"
    assert tool.output_schema == schema


def test_a_file_in_an_answer_has_no_output_schema():
    tool = tool_with(
        method="get",
        produces=["application/pdf"],
        responses={"200": {"description": "ok", "schema": {"type": "file"}}},
    )
    assert tool.output_schema is None


def test_parameters_and_responses_by_reference_are_followed():
    document = swagger(
        {
            "/a": {
                "post": {
                    "parameters": [{"$ref": "#/parameters/Body"}, {"$ref": "#/parameters/Page"}],
                    "responses": {"200": {"$ref": "#/responses/Thing"}},
                }
            }
        },
        parameters={
            "Body": {"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Thing"}},
            "Page": {"name": "page", "in": "query", "type": "integer"},
        },
        responses={"Thing": {"description": "", "schema": {"$ref": "#/definitions/Thing"}}},
        definitions={"Thing": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    )
    tool = only_tool(document)
    assert list(tool.input_schema["properties"]) == ["page", "n"]
    assert tool.output_schema == {"type": "object", "properties": {"n": {"type": "integer"}}}
