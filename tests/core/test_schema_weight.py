"""A schema whose references multiply is recognised before a validator would try it."""

from typing import Any

import pytest

from core.schema_weight import weight_problem

CHAIN = 40


def doubling(apply: str, *, reference: str = "#/$defs/a{}", **more: Any) -> dict[str, Any]:
    """Return a chain of definitions, each of which applies the one before it twice."""
    definitions: dict[str, Any] = {"a0": {"type": "object"}}
    for number in range(1, CHAIN + 1):
        before = {"$ref": reference.format(number - 1)}
        definitions[f"a{number}"] = {"$anchor": f"a{number}", apply: [before, dict(before)]}
    return {"$defs": definitions, "$ref": reference.format(CHAIN), **more}


@pytest.mark.parametrize(
    "schema",
    [
        *(doubling(keyword) for keyword in ("allOf", "anyOf", "oneOf")),
        doubling("allOf", reference="#/%24defs/a{}"),
        doubling("allOf", reference="json-schema:///#/$defs/a{}"),
        doubling("allOf", reference="#a{}"),
        doubling("allOf", reference="https://x.example/s.json#a{}") | {
            "$id": "https://x.example/s.json"
        },
        {"properties": {"x": {"$ref": "#/$defs/a40"}}, "$defs": doubling("allOf")["$defs"]},
    ],
)  # fmt: skip
def test_references_that_multiply_are_too_much(schema):
    assert "more than 10,000 of its parts" in (weight_problem(schema) or "")


def test_dynamic_references_multiply_too():
    definitions: dict[str, Any] = {"a0": {"$dynamicAnchor": "a0"}}
    for number in range(1, CHAIN + 1):
        before = {"$dynamicRef": f"#a{number - 1}"}
        definitions[f"a{number}"] = {"$dynamicAnchor": f"a{number}", "allOf": [before, before]}
    assert weight_problem({"$defs": definitions, "$dynamicRef": f"#a{CHAIN}"})


def test_what_is_unevaluated_is_gone_through_again():
    definitions: dict[str, Any] = {"a0": {}}
    for number in range(1, 11):
        before = {"$ref": f"#/$defs/a{number - 1}"}
        definitions[f"a{number}"] = {"allOf": [before, before]}
    schema = {"$defs": definitions, "$ref": "#/$defs/a10"}
    assert weight_problem(schema) is None
    for definition in definitions.values():
        definition["unevaluatedProperties"] = False
    assert weight_problem(schema)


def test_a_long_chain_that_does_not_multiply_is_fine():
    definitions: dict[str, Any] = {"a0": {"type": "string"}}
    for number in range(1, 5_000):
        definitions[f"a{number}"] = {"properties": {"next": {"$ref": f"#/$defs/a{number - 1}"}}}
    assert weight_problem({"$defs": definitions, "$ref": "#/$defs/a4999"}) is None


def test_recursion_counts_once():
    names = [f"a{number}" for number in range(30)]
    every = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    schema = {"$defs": {name: {"properties": every} for name in names}, "$ref": "#/$defs/a0"}
    assert weight_problem(schema) is None
    assert weight_problem({"properties": {"child": {"$ref": "#"}}}) is None
    assert weight_problem({"allOf": [{"$ref": "#"}]}) is None


def test_words_that_are_no_schemas_do_not_count():
    assert weight_problem({"type": "object", "properties": {"$ref": True}, "items": False}) is None
    assert weight_problem({"$ref": "http://json-schema.org/draft-07/schema#"}) is None
    assert weight_problem({"$ref": "#/nowhere/at/0/all"}) is None


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "https://x.example/other.json"}, "another document"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$id": "https://x.example/"}}}, "not clear"),
        (
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "$ref": "#/definitions/a",
                "definitions": {"a": {"id": "https://x.example/"}},
            },
            "not clear",
        ),
    ],
)
def test_references_that_cannot_be_followed_are_refused(schema, words):
    assert words in (weight_problem(schema) or "")


def test_an_id_without_references_does_no_harm():
    schema = {"properties": {"a": {"$id": "#/properties/a"}, "b": {"$id": "https://x.example/b"}}}
    assert weight_problem(schema) is None
