"""Request bodies: JSON, forms, multipart, text and files, and what cannot be sent."""

from typing import Any

import pytest

from core.http_request import FILE_SCHEMA
from tests.saas_app.services.intake.openapi.building import (
    accepts,
    openapi,
    read,
    tool_taking,
)

PLAIN = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "Its name."},
        "n": {"type": "integer"},
    },
}
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def json_body(schema: Any, **options: Any) -> Any:
    return tool_taking({"application/json": {"schema": schema}}, **options)


def test_the_properties_of_a_plain_object_are_arguments():
    tool = json_body(PLAIN)
    body = tool.request.body
    assert body.media_type == "application/json"
    assert [(p.argument, p.path) for p in body.properties] == [("name", ("name",)), ("n", ("n",))]
    assert body.is_required
    assert tool.input_schema["required"] == ["name"]
    assert tool.input_schema["properties"] == PLAIN["properties"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "string"},
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {**PLAIN, "additionalProperties": True},
        {**PLAIN, "nullable": True},
        {"oneOf": [PLAIN, {"type": "object", "properties": {"x": {}}}]},
        {**PLAIN, "anyOf": [{"required": ["n"]}, {"required": ["name"]}]},
        {},
    ],
)
def test_every_other_body_is_one_argument(schema):
    tool = json_body(schema)
    assert tool.request.body.argument == "body"
    assert tool.input_schema["required"] == ["body"]
    assert list(tool.input_schema["properties"]) == ["body"]


def test_parts_laid_together_by_all_of_are_plain_as_well():
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        ],
        "description": "Both.",
    }
    tool = json_body(schema, components={"schemas": {"Base": PLAIN}})
    assert set(tool.input_schema["properties"]) == {"name", "n"}
    assert set(tool.input_schema["required"]) == {"name", "n"}


def test_parts_that_disagree_keep_the_body_whole():
    other = {"type": "object", "properties": {"name": {"type": "integer"}}}
    tool = json_body({"allOf": [PLAIN, other]})
    assert tool.request.body.argument == "body"


def test_a_body_that_may_be_left_out_demands_its_parts_only_together():
    tool = json_body(PLAIN, required=False)
    assert not tool.request.body.is_required
    assert accepts(tool, {})
    assert accepts(tool, {"name": "x"})
    assert not accepts(tool, {"n": 1})


def test_an_optional_body_that_may_be_null_is_still_plain():
    schema = {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}
    tool = json_body(
        schema, required=False, version="3.1.0", components={"schemas": {"Thing": PLAIN}}
    )
    assert set(tool.input_schema["properties"]) == {"name", "n"}


def test_a_body_by_reference_is_followed():
    bodies = {"Thing": {"required": True, "content": {"application/json": {"schema": PLAIN}}}}
    paths = {"/a": {"put": {"requestBody": {"$ref": "#/components/requestBodies/Thing"}}}}
    (tool,) = read(openapi(paths, components={"requestBodies": bodies})).tools
    assert tool.request.body.properties[0].argument == "name"


def test_an_argument_called_body_makes_room_for_the_body():
    paths = {
        "/a": {
            "post": {
                "parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}},
            }
        }
    }
    (tool,) = read(openapi(paths)).tools
    assert tool.request.body.argument == "request_body"


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        (["application/xml", "application/json"], "application/json"),
        ([URLENCODED, "application/json"], "application/json"),
        (["application/vnd.api+json", URLENCODED], "application/vnd.api+json"),
        (["application/json; charset=utf-8"], "application/json"),
        (["application/json;odata=verbose"], "application/json;odata=verbose"),
        (
            ["application/json-patch+json", "application/merge-patch+json"],
            "application/merge-patch+json",
        ),
        ([MULTIPART, URLENCODED], URLENCODED),
        (["text/plain", MULTIPART], MULTIPART),
        (["*/*"], "application/json"),
        (["APPLICATION/JSON"], "APPLICATION/JSON"),
    ],
)
def test_the_best_of_several_media_types_is_taken(types, chosen):
    tool = tool_taking({name: {"schema": PLAIN} for name in types})
    assert tool.request.body.media_type == chosen


def test_what_was_passed_over_is_noted_once():
    content = {"application/xml": {"schema": PLAIN}, "application/json": {"schema": PLAIN}}
    body = {"requestBody": {"content": content}}
    proposal = read(openapi({"/a": {"post": body}, "/b": {"put": body}}))
    (note,) = proposal.notes
    assert note.startswith("2 operations could take several kinds of body")
    assert "application/json rather than application/xml" in note


@pytest.mark.parametrize(
    "name", ["application/xml", "text/xml", "application/atom+xml", "multipart/mixed"]
)
def test_a_body_that_tools_do_not_write_costs_the_operation(name):
    body = {"content": {name: {"schema": PLAIN}}}
    proposal = read(openapi({"/a": {"post": {"requestBody": body}}}))
    assert proposal.tools == ()
    assert proposal.skipped[0].reason == f"It takes only {name}, which tools do not write."


@pytest.mark.parametrize(
    "name", ["text/plain", "text/csv", "application/graphql", "application/xml"]
)
def test_text_is_one_argument(name):
    tool = tool_taking({name: {"schema": {"type": "string", "description": "The text."}}})
    assert (tool.request.body.media_type, tool.request.body.argument) == (name, "body")
    assert tool.input_schema["properties"]["body"] == {"type": "string", "description": "The text."}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("application/octet-stream", "application/octet-stream"),
        ("image/png", "image/png"),
        ("image/*", "application/octet-stream"),
        ("application/pdf", "application/pdf"),
        ("*/*", "application/octet-stream"),
    ],
)
def test_bytes_are_a_file(name, sent):
    tool = tool_taking({name: {"schema": {"type": "string", "format": "binary"}}})
    body = tool.request.body
    assert (body.media_type, body.argument, body.is_file) == (sent, "body", True)
    assert accepts(tool, {"body": {"text": "hello"}})
    assert not accepts(tool, {"body": "hello"})


def test_a_urlencoded_form_has_a_field_per_argument():
    schema = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "expand": {"type": "array", "items": {"type": "string"}},
            "blob": {"type": "object", "properties": {"a": {"type": "integer"}}},
        },
    }
    encoding = {
        "metadata": {"style": "deepObject", "explode": True},
        "expand": {"style": "pipeDelimited", "explode": False, "allowReserved": True},
        "tags": {"explode": False},
    }
    tool = tool_taking({URLENCODED: {"schema": schema, "encoding": encoding}})
    fields = {p.argument: p for p in tool.request.body.properties}
    found = {
        name: (p.style, p.explode, p.allow_reserved, p.media_type) for name, p in fields.items()
    }
    assert found == {
        "grant_type": ("form", True, False, None),
        "tags": ("form", False, False, None),
        "metadata": ("deepObject", True, False, None),
        "expand": ("pipeDelimited", False, True, None),
        "blob": ("form", True, False, "application/json"),
    }
    assert tool.input_schema["required"] == ["grant_type"]


def test_a_multipart_form_takes_files_as_text_or_base64():
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "The picture."},
            "pages": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "maxItems": 3,
            },
            "note": {"type": "string"},
            "meta": {"type": "object", "properties": {"a": {"type": "integer"}}},
        },
    }
    encoding = {"file": {"contentType": "image/png"}, "meta": {"contentType": "application/json"}}
    tool = tool_taking({MULTIPART: {"schema": schema, "encoding": encoding}})
    found = {p.argument: (p.is_file, p.media_type) for p in tool.request.body.properties}
    assert found == {
        "file": (True, "image/png"),
        "pages": (True, None),
        "note": (False, None),
        "meta": (False, "application/json"),
    }
    properties = tool.input_schema["properties"]
    assert properties["file"]["description"].startswith("The picture. A file:")
    assert properties["file"]["properties"] == FILE_SCHEMA["properties"]
    assert properties["pages"] == {"type": "array", "maxItems": 3, "items": FILE_SCHEMA}
    assert accepts(tool, {"file": {"base64": "aGk=", "filename": "a.png"}})
    assert not accepts(tool, {"file": "aGk="})


@pytest.mark.parametrize(
    ("schema", "encoding", "media_type"),
    [
        (
            {"type": "string", "contentMediaType": "application/octet-stream"},
            {},
            "application/octet-stream",
        ),
        ({"contentMediaType": "image/png"}, {}, "image/png"),
        ({"contentMediaType": "image/png"}, {"contentType": "image/gif"}, "image/gif"),
        ({"type": "array", "items": {"contentMediaType": "image/png"}}, {}, "image/png"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Picture"}}, {}, "image/png"),
        ({"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]}, {}, None),
        ({"type": ["string", "null"], "format": "binary"}, {}, None),
        ({"format": "binary"}, {"contentType": "image/*, image/png, image/jpeg"}, "image/png"),
        ({"format": "binary"}, {"contentType": "image/*"}, None),
        ({}, {"contentType": "image/png, image/jpeg"}, "image/png"),
        ({"$ref": "#/components/schemas/Upload"}, {}, None),
    ],
)
def test_files_are_recognised_as_3_1_says_them(schema, encoding, media_type):
    form = {"type": "object", "properties": {"f": schema}}
    tool = tool_taking(
        {MULTIPART: {"schema": form, "encoding": {"f": encoding}}},
        version="3.1.0",
        components={
            "schemas": {
                "Upload": {"type": "string", "format": "binary"},
                "Picture": {"type": "string", "contentMediaType": "image/png"},
            }
        },
    )
    (part,) = tool.request.body.properties
    assert part.is_file
    assert part.media_type == media_type


@pytest.mark.parametrize(
    ("schema", "media_type"),
    [
        ({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}, None),
        ({"type": "string", "contentMediaType": "application/json"}, None),
        ({"type": "string", "contentMediaType": "text/csv"}, "text/csv"),
        ({"type": "string", "format": "byte"}, None),
        ({"type": "string"}, None),
    ],
)
def test_text_fields_of_a_form_are_no_files(schema, media_type):
    form = {"type": "object", "properties": {"f": schema}}
    (part,) = tool_taking({MULTIPART: {"schema": form}}, version="3.1.0").request.body.properties
    assert not part.is_file
    assert part.media_type == media_type


def test_a_form_lays_alternatives_together():
    one = {"type": "object", "required": ["kind", "a"], "properties": {"kind": {}, "a": {}}}
    two = {"type": "object", "required": ["kind", "b"], "properties": {"kind": {}, "b": {}}}
    tool = tool_taking({URLENCODED: {"schema": {"oneOf": [one, two]}}})
    assert set(tool.input_schema["properties"]) == {"kind", "a", "b"}
    assert tool.input_schema["required"] == ["kind"]


def test_a_form_without_named_fields_costs_the_operation():
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    body = {"content": {URLENCODED: {"schema": schema}}}
    proposal = read(openapi({"/a": {"post": {"requestBody": body}}}))
    assert "does not name its fields" in proposal.skipped[0].reason


def test_a_multipart_form_with_files_is_preferred_to_one_without():
    file = {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}}}
    tool = tool_taking({URLENCODED: {"schema": PLAIN}, MULTIPART: {"schema": file}})
    assert tool.request.body.media_type == MULTIPART


@pytest.mark.parametrize("method", ["get", "delete", "head"])
def test_a_body_the_author_gave_is_sent_with_any_method(method):
    body = {"content": {"application/json": {"schema": PLAIN}}}
    (tool,) = read(openapi({"/a": {method: {"requestBody": body}}})).tools
    assert tool.request.body is not None


def test_trace_never_has_a_body():
    body = {"content": {"application/json": {"schema": PLAIN}}}
    (tool,) = read(openapi({"/a": {"trace": {"requestBody": body}}})).tools
    assert tool.request.body is None


def test_a_body_in_another_file_costs_the_operation():
    proposal = read(openapi({"/a": {"post": {"requestBody": {"$ref": "bodies.yaml#/X"}}}}))
    assert (
        "Its body cannot be read: bodies.yaml#/X is in another file" in proposal.skipped[0].reason
    )


@pytest.mark.parametrize("name", ["application/json", URLENCODED, MULTIPART])
def test_odd_field_names_become_valid_arguments_and_travel_as_they_are(name):
    schema = {"type": "object", "properties": {"items[]": {"type": "string"}}}
    (field,) = tool_taking({name: {"schema": schema}}).request.body.properties
    assert (field.argument, field.path) == ("items", ("items[]",))
