"""Schemas of every version become self-contained JSON Schema 2020-12."""

from typing import Any

import pytest

from tests.saas_app.services.intake.openapi.building import (
    accepts,
    only_tool,
    openapi,
    read,
    swagger,
    tool_with,
    with_body,
)


def converted(schema: Any, *, version: str = "3.0.3", **top: Any) -> Any:
    """What the schema of a query parameter becomes."""
    parameter = {"name": "q", "in": "query", "schema": schema}
    document = openapi({"/a": {"get": {"parameters": [parameter]}}}, version=version, **top)
    return only_tool(document).input_schema["properties"]["q"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        (
            {"nullable": True, "allOf": [{"type": "string"}], "description": "d"},
            {"description": "d", "anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]},
        ),
        (
            {"nullable": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        ),
        ({"nullable": True}, {}),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
        ),
        (
            {"type": "integer", "maximum": 9, "exclusiveMaximum": True, "minimum": 0},
            {"type": "integer", "exclusiveMaximum": 9, "minimum": 0},
        ),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": False},
            {"type": "integer", "minimum": 1},
        ),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "exclusiveMinimum": 0}),
        ({"type": "string", "example": "x"}, {"type": "string", "examples": ["x"]}),
        ({"type": "string", "example": "x" * 999}, {"type": "string"}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "examples": ["a", "b"]}),
        ({"type": "string", "examples": {"a": {"value": 1}}}, {"type": "string"}),
        (
            {"type": "string", "format": "byte"},
            {"type": "string", "format": "byte", "contentEncoding": "base64"},
        ),
        (
            {"type": "string", "enum": [1, True, "x"]},
            {"type": "string", "enum": ["1", "true", "x"]},
        ),
        ({"type": "string", "enum": ["a", "a"]}, {"type": "string", "enum": ["a"]}),
        ({"type": "string", "default": 10}, {"type": "string", "default": "10"}),
        ({"type": "string", "enum": []}, {"type": "string"}),
        ({"type": "int"}, {"type": "integer"}),
        ({"type": "any"}, {}),
        ({"type": "file"}, {"type": "string"}),
        (
            {"type": "string", "minLength": "3", "maxLength": 5.0},
            {"type": "string", "maxLength": 5},
        ),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-z]+$"}),
        ({"type": "string", "pattern": "^(?<!x"}, {"type": "string"}),
        ({"type": "number", "multipleOf": 0}, {"type": "number"}),
        ({"type": "string", "required": True}, {"type": "string"}),
        (
            {"type": "string", "xml": {"name": "n"}, "x-thing": 1, "externalDocs": {}},
            {"type": "string"},
        ),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1},) * 2,
        (
            {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        ),
        ({"not": {"type": "string"}}, {"not": {"type": "string"}}),
        (
            {"oneOf": [{"type": "integer"}, {"type": "number"}]},
            {"anyOf": [{"type": "integer"}, {"type": "number"}]},
        ),
        (
            {"oneOf": [{"minimum": 1}], "anyOf": [{"maximum": 9}], "allOf": [{"type": "integer"}]},
            {
                "anyOf": [{"maximum": 9}],
                "allOf": [{"type": "integer"}, {"anyOf": [{"minimum": 1}]}],
            },
        ),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]},) * 2,
        ({"allOf": []}, {}),
        ({"type": "object", "additionalProperties": {"type": "string"}},) * 2,
        ({"type": "object", "additionalProperties": False},) * 2,
        ({"description": "  spaced  \n"}, {"description": "spaced"}),
        (None, {}),
    ],
)
def test_keywords_of_3_0_become_those_of_2020_12(schema, expected):
    assert converted(schema) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"const": 3},
        {"type": "string", "contentMediaType": "application/json"},
        {"type": "object", "patternProperties": {"^x": {"type": "string"}}},
        {"type": "object", "propertyNames": {"pattern": "^a"}},
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}},
        {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "integer"}},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        {"type": "array", "contains": {"type": "string"}, "minContains": 2},
        {"type": "object", "unevaluatedProperties": False},
    ],
)
def test_keywords_of_3_1_are_kept(schema):
    assert converted(schema, version="3.1.0") == schema


def test_what_is_read_only_is_not_asked_for():
    schema = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "owner": {"$ref": "#/components/schemas/Owner"},
            "etag": {"$ref": "#/components/schemas/Etag"},
        },
    }
    owner = {"type": "object", "properties": {"id": {"readOnly": True}, "mail": {"type": "string"}}}
    tool = with_body(schema, {"Owner": owner, "Etag": {"type": "string", "readOnly": True}})
    assert set(tool.input_schema["properties"]) == {"name", "owner"}
    assert tool.input_schema["required"] == ["name"]
    assert tool.input_schema["$defs"]["Owner"]["properties"] == {"mail": {"type": "string"}}


def test_a_read_only_property_is_gone_even_where_another_part_requires_it():
    base = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}}
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"type": "object", "required": ["id", "n"], "properties": {"n": {"type": "integer"}}},
        ]
    }
    tool = with_body(schema, {"Base": base})
    assert tool.input_schema["required"] == ["n"]
    assert accepts(tool, {"n": 1})


def test_what_is_write_only_is_not_answered():
    schema = {
        "type": "object",
        "required": ["secret", "name"],
        "properties": {"secret": {"type": "string", "writeOnly": True}, "name": {"type": "string"}},
    }
    answer = {"200": {"content": {"application/json": {"schema": schema}}}}
    tool = tool_with(responses=answer)
    assert tool.output_schema == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }


def test_recursion_stays_recursion():
    node = {
        "type": "object",
        "properties": {
            "label": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    tool = with_body({"$ref": "#/components/schemas/Node"}, {"Node": node})
    assert tool.input_schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert accepts(tool, {"children": [{"label": "a", "children": [{"label": "b"}]}]})
    assert not accepts(tool, {"children": [{"children": [{"label": 1}]}]})


def test_only_what_can_be_reached_is_carried_along():
    object_with = lambda ref: {"type": "object", "properties": {"x": {"$ref": ref}}}  # noqa: E731
    schemas = {
        "A": object_with("#/components/schemas/B"),
        "B": {"type": "object", "properties": {"y": {"type": "string"}}},
        "Unused": object_with("#/components/schemas/A"),
    }
    tool = with_body({"$ref": "#/components/schemas/A"}, schemas)
    assert set(tool.input_schema["$defs"]) == {"B"}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_chains_of_references_are_followed_to_their_end(version):
    schemas = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/C"},
        "C": {"type": "integer", "maximum": 3},
    }
    found = converted(
        {"$ref": "#/components/schemas/A"}, version=version, components={"schemas": schemas}
    )
    assert found == {"type": "integer", "maximum": 3}


def test_pointers_are_unescaped():
    schemas = {"a/b~c d": {"type": "integer"}}
    ref = "#/components/schemas/a~1b~0c%20d"
    assert converted({"$ref": ref}, components={"schemas": schemas}) == {"type": "integer"}


def test_references_into_lists_and_operations_are_followed():
    paths = {
        "/a": {
            "get": {"parameters": [{"name": "n", "in": "query", "schema": {"type": "integer"}}]}
        },
        "/b": {
            "get": {
                "parameters": [
                    {
                        "name": "m",
                        "in": "query",
                        "schema": {"$ref": "#/paths/~1a/get/parameters/0/schema"},
                    }
                ]
            }
        },
    }
    tool = read(openapi(paths)).tools[1]
    assert tool.input_schema["properties"]["m"] == {"type": "integer"}


def test_siblings_of_a_reference_count_in_3_1():
    schemas = {"Name": {"type": "string", "description": "old"}}
    ref = {"$ref": "#/components/schemas/Name", "description": "new", "maxLength": 3}
    tool = with_body({"type": "object", "properties": {"name": ref}}, schemas, version="3.1.0")
    assert tool.input_schema["properties"]["name"]["description"] == "new"
    assert accepts(tool, {"name": "abc"})
    assert not accepts(tool, {"name": "abcd"})
    assert not accepts(tool, {"name": 3})


def test_siblings_of_a_reference_are_only_words_before_3_1():
    schemas = {"Name": {"type": "string", "description": "old"}}
    ref = {"$ref": "#/components/schemas/Name", "description": "new", "maxLength": 3}
    found = converted(ref, components={"schemas": schemas})
    assert found == {"type": "string", "description": "new"}


def test_a_nullable_reference_also_takes_null():
    schemas = {"Size": {"type": "object", "properties": {"w": {"type": "integer"}}}}
    ref = {"$ref": "#/components/schemas/Size", "nullable": True}
    found = converted(ref, components={"schemas": schemas})
    assert found == {"anyOf": [{"$ref": "#/$defs/Size"}, {"type": "null"}]}


@pytest.mark.parametrize(
    "ref",
    ["other.yaml#/Thing", "https://example.com/schema.json", "#/components/schemas/No", "#anchor"],
)
def test_a_schema_that_cannot_be_had_is_left_open_and_told(ref):
    schema = {
        "type": "object",
        "required": ["thing"],
        "properties": {"thing": {"$ref": ref}, "n": {"type": "integer"}},
    }
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    proposal = read(openapi({"/a": {"post": {"requestBody": body}}}))
    (tool,) = proposal.tools
    assert accepts(tool, {"thing": {"whatever": True}, "n": 1})
    (skipped,) = proposal.skipped
    assert skipped.what == "POST /a"
    assert ref in skipped.reason


def test_alternatives_with_a_lost_branch_let_the_others_through():
    schema = {
        "type": "object",
        "properties": {"x": {"oneOf": [{"type": "integer"}, {"$ref": "other.yaml"}]}},
    }
    assert accepts(with_body(schema), {"x": 3})


def test_a_lost_part_of_a_body_keeps_the_body_whole():
    schema = {"allOf": [{"$ref": "other.yaml"}, {"properties": {"a": {"type": "string"}}}]}
    tool = with_body(schema)
    assert accepts(tool, {"body": {"a": "x", "unknown": 1}})


def test_two_definitions_of_one_name_are_kept_apart():
    paths = {
        "/a": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "x": {"$ref": "#/components/schemas/Item"},
                                    "y": {"$ref": "#/x-more/Item"},
                                },
                            }
                        }
                    }
                }
            }
        }
    }
    schemas = {"Item": {"type": "object", "properties": {"i": {"type": "integer"}}}}
    more = {"Item": {"type": "object", "properties": {"s": {"type": "string"}}}}
    tool = only_tool(openapi(paths, components={"schemas": schemas}, **{"x-more": more}))
    assert set(tool.input_schema["$defs"]) == {"Item", "Item_2"}


def test_a_discriminator_is_told_in_words_and_any_match_is_enough():
    cat = {"type": "object", "properties": {"kind": {"type": "string"}}}
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "Dog"}},
    }
    tool = with_body(schema, {"Cat": cat, "Dog": cat})
    body = tool.input_schema["properties"]["body"]
    assert "“kind” tells the kinds apart: cat, dog." in body["description"]
    assert accepts(tool, {"body": {"kind": "cat"}})


def test_a_schema_too_long_for_a_tool_is_cut_where_it_is_deepest():
    def level(number: int) -> dict[str, Any]:
        names = {f"a_rather_long_property_{i}": {"type": "string"} for i in range(200)}
        return {
            "type": "object",
            "properties": {**names, "next": {"$ref": f"#/components/schemas/L{number + 1}"}},
        }

    schemas = {f"L{number}": level(number) for number in range(12)}
    schemas["L12"] = {"type": "string"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/L0"}}}}
    proposal = read(
        openapi({"/a": {"post": {"requestBody": body}}}, components={"schemas": schemas})
    )
    (tool,) = proposal.tools
    kept = [name for name, schema in tool.input_schema["$defs"].items() if "properties" in schema]
    assert kept[0] == "L1"
    assert 4 < len(kept) < 11
    assert "too long" in proposal.skipped[0].reason


def test_swagger_two_definitions_are_reached():
    document = swagger(
        {
            "/a": {
                "post": {
                    "parameters": [
                        {
                            "name": "b",
                            "in": "body",
                            "required": True,
                            "schema": {"$ref": "#/definitions/B"},
                        }
                    ]
                }
            }
        },
        definitions={
            "B": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
        },
    )
    tool = only_tool(document)
    assert tool.input_schema["properties"] == {"n": {"type": "integer"}}
    assert tool.input_schema["required"] == ["n"]


def test_input_schemas_are_closed():
    tool = with_body({"type": "object", "properties": {"a": {"type": "string"}}})
    assert tool.input_schema["additionalProperties"] is False
    assert not accepts(tool, {"b": 1})
