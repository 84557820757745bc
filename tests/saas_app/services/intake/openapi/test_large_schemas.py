"""Schemas that are long, or grow as they are written out, stay within their bounds."""

from typing import Any

import pytest

from tests.saas_app.services.intake.openapi.building import (
    openapi,
    read,
    tool_taking,
    with_body,
)


def test_long_chains_of_definitions_take_no_more_than_their_length():
    number = 4000
    schemas: dict[str, Any] = {
        f"S{i}": {"anyOf": [pointer_to(i + 1), {"type": "string"}]} for i in range(number)
    }
    schemas[f"S{number}"] = {"type": "integer"}
    tool = with_body({"type": "array", "items": pointer_to(0)}, schemas)
    assert len(tool.input_schema["$defs"]) > 500


def pointer_to(number: int) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/S{number}"}


def test_references_that_fan_out_are_never_multiplied():
    schemas = {
        f"S{i}": {"type": "object", "properties": {k: pointer_to(i + 1) for k in "abcdefgh"}}
        for i in range(60)
    }
    schemas["S60"] = {"type": "object", "properties": {"x": {"type": "string"}}}
    tool = with_body(pointer_to(0), schemas)
    assert len(tool.input_schema["$defs"]) == 60


def multiplying(first: dict[str, Any], *, times: int = 9) -> dict[str, Any]:
    """Return a chain of definitions, each of which is made of the one before it so many times."""
    schemas: dict[str, Any] = {"a0": first}
    for number in range(1, 31):
        before = {"$ref": f"#/components/schemas/a{number - 1}"}
        schemas[f"a{number}"] = {"allOf": [{**before} for _ in range(times)]}
    return schemas


def test_an_operation_whose_arguments_multiply_is_listed_and_not_made():
    schema = {"oneOf": [{"$ref": "#/components/schemas/a30"}]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    paths = {"/a": {"post": {"requestBody": body}}, "/b": {"get": {}}}
    proposal = read(openapi(paths, components={"schemas": multiplying({})}))
    assert [tool.request.path for tool in proposal.tools] == ["/b"]
    (skipped,) = proposal.skipped
    assert skipped.what == "POST /a"
    assert "references multiply" in skipped.reason


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_arguments_that_are_the_same_each_time_are_read_once(kind):
    schemas = multiplying({"type": "object", "properties": {"q": {"type": "string"}}})
    content = {kind: {"schema": {"$ref": "#/components/schemas/a8"}}}
    tool = tool_taking(content, components={"schemas": schemas})
    assert list(tool.input_schema["properties"]) == ["q"]


@pytest.mark.parametrize("first", [{"type": "object"}, {}])
def test_an_answer_that_multiplies_is_left_undescribed(first):
    schemas = multiplying(first)
    schemas["a30"] = {"anyOf": [{"$ref": "#/components/schemas/a29"}, {"type": "object"}]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/a30"}}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}
    proposal = read(openapi(paths, components={"schemas": schemas}))
    assert proposal.tools[0].output_schema is None
    told = [skipped.reason for skipped in proposal.skipped]
    assert all("What it answers is not described" in reason for reason in told)
    assert bool(told) is bool(first)  # what need not be an object is never described
