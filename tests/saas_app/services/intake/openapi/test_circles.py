"""Schemas that are made of themselves: where that means something, and where nothing could."""

from typing import Any

import pytest

from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.openapi.building import accepts, openapi, read


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$ref": "#/components/schemas/A"}},
        {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
        {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}},
        {"A": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/A"}]}},
        {
            "A": {"anyOf": [{"$ref": "#/components/schemas/B"}]},
            "B": {"not": {"$ref": "#/components/schemas/A"}},
        },
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_schema_made_of_itself_is_left_open_and_told(schemas, version):
    paths = {
        "/a": {
            "get": {
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/A"}}
                ]
            }
        }
    }
    proposal = read(openapi(paths, version=version, components={"schemas": schemas}))
    assert accepts(proposal.tools[0], {"q": {"anything": 1}})
    assert [skipped.what for skipped in proposal.skipped] == ["GET /a"]


def a_family(**parent: Any) -> dict[str, Any]:
    """A parent that lists its kinds, each of which includes the parent."""

    def kind(name, **properties):
        own = {"type": "object", "required": list(properties), "properties": properties}
        return {name: {"allOf": [{"$ref": "#/components/schemas/Pet"}, own]}}

    kinds = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "oneOf": kinds,
        "discriminator": {"propertyName": "kind"},
        **parent,
    }
    return {
        "Pet": pet,
        **kind("Cat", lives={"type": "integer"}),
        **kind("Dog", barks={"type": "boolean"}),
    }


def taking(name: str, schemas: dict[str, Any]) -> Proposal:
    schema = {"type": "object", "properties": {"pet": {"$ref": f"#/components/schemas/{name}"}}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return read(
        openapi({"/pets": {"post": {"requestBody": body}}}, components={"schemas": schemas})
    )


@pytest.mark.parametrize(
    ("name", "pet", "fits"),
    [
        ("Pet", {"kind": "cat", "lives": 9}, True),
        ("Pet", {"kind": "dog", "barks": True}, True),
        ("Pet", {"kind": "cat"}, False),
        ("Pet", {"lives": 9}, False),
        ("Cat", {"kind": "cat", "lives": 9}, True),
        ("Cat", {"lives": 9}, False),
        ("Cat", {"kind": "dog", "barks": True}, False),
    ],
)
def test_kinds_that_include_the_parent_that_lists_them_keep_what_both_say(name, pet, fits):
    proposal = taking(name, a_family())
    assert not proposal.skipped
    assert accepts(proposal.tools[0], {"pet": pet}) is fits


def test_a_kind_of_such_a_parent_is_a_plain_body():
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cat"}}},
    }
    document = openapi(
        {"/cats": {"post": {"requestBody": body}}}, components={"schemas": a_family()}
    )
    (tool,) = read(document).tools
    assert set(tool.input_schema["properties"]) == {"kind", "lives"}


def test_a_parent_that_includes_one_of_its_kinds_is_left_open_as_far_and_told():
    schemas = a_family(allOf=[{"$ref": "#/components/schemas/Cat"}])
    proposal = taking("Pet", schemas)
    assert accepts(proposal.tools[0], {"pet": {"kind": "cat", "anything": 1}})
    assert proposal.skipped
    assert all("made of itself" in skipped.reason for skipped in proposal.skipped)
