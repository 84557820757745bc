"""Properties that hold for every document: references, recursion, names, and plain nonsense."""

import contextlib
import copy
import re
from typing import Any

import jsonschema_rs
import orjson
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.tool_spec import ServerSpec
from saas_app.services.intake.openapi import from_parsed
from saas_app.services.intake.openapi.yaml_events import load_yaml
from tests.saas_app.services.intake.openapi.building import openapi, swagger

NAMES = st.sampled_from(["A", "B", "C/d", "E~f", "G h", "größe", "a", "A_2"])
SCALARS = st.sampled_from(
    [{"type": "string"}, {"type": "integer", "nullable": True}, {"enum": [1, "x"]}, {}]
)


def pointer(name: str) -> dict[str, str]:
    return {"$ref": "#/components/schemas/" + name.replace("~", "~0").replace("/", "~1")}


REFERENCES = NAMES.map(pointer)
SCHEMAS = st.recursive(
    SCALARS | REFERENCES,
    lambda inner: st.one_of(
        st.builds(lambda s: {"type": "array", "items": s}, inner),
        st.builds(lambda s: {"additionalProperties": s}, inner),
        st.builds(lambda s: {"not": s}, inner),
        st.builds(lambda s: {**s, "nullable": True, "readOnly": True}, inner),
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["allOf", "anyOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(
            lambda parts, need: {"type": "object", "properties": parts, "required": need},
            st.dictionaries(st.sampled_from(["x", "y", "$ref", "not", "properties"]), inner),
            st.lists(st.sampled_from(["x", "y"])),
        ),
    ),
    max_leaves=8,
)
VERSIONS = st.sampled_from(["3.0.3", "3.1.0"])
INSTANCES: list[Any] = [{}, {"x": {}}, {"body": {"x": [1, None]}}, {"body": [[]]}, {"y": "s"}]


def references_in(schema: Any) -> set[str]:
    """Every reference of a converted schema; a property may be called $ref as well."""
    if isinstance(schema, list):
        return set().union(*map(references_in, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return found.union(*map(references_in, schema.values()))


@settings(max_examples=150, deadline=None)
@given(components=st.dictionaries(NAMES, SCHEMAS), body=SCHEMAS, version=VERSIONS)
def test_any_graph_of_schemas_ends_in_schemas_that_stand_on_their_own(components, body, version):
    content = {"application/json": {"schema": body}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
    document = openapi(
        {"/a": {"post": operation}}, version=version, components={"schemas": components}
    )
    before = copy.deepcopy(document)
    (tool,) = from_parsed(document).tools
    assert document == before
    for schema in (tool.input_schema, tool.output_schema or {}):
        defined = {f"#/$defs/{name}" for name in schema.get("$defs", {})}
        assert references_in(schema) <= defined
        validator = jsonschema_rs.Draft202012Validator(schema)
        for instance in INSTANCES:
            validator.is_valid(instance)


TEXTS = st.text(max_size=12)
PLACES = st.sampled_from(["query", "header", "cookie"])


@settings(max_examples=100, deadline=None)
@given(
    parameters=st.lists(st.tuples(PLACES, TEXTS.filter(bool)), unique=True, max_size=8),
    fields=st.lists(TEXTS, unique=True, max_size=6),
    operation_ids=st.lists(TEXTS, min_size=1, max_size=4),
)
def test_names_are_valid_and_unique_and_what_travels_keeps_its_own(
    parameters, fields, operation_ids
):
    listed = [{"in": place, "name": name, "schema": {}} for place, name in parameters]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    body = {"content": {"application/json": {"schema": schema}}}
    paths = {
        f"/{number}": {"post": {"operationId": wanted, "parameters": listed, "requestBody": body}}
        for number, wanted in enumerate(operation_ids)
    }
    proposal = from_parsed(openapi(paths))
    ServerSpec(name="s", tools=proposal.tools, variables=proposal.variables)
    for tool in proposal.tools:
        arguments = list(tool.input_schema["properties"])
        assert len({name.lower() for name in arguments}) == len(arguments)
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in arguments)
        assert tool.request.arguments() == set(arguments)
        ignored = ("accept", "authorization", "content-type")
        assert [(p.location, p.name) for p in tool.request.parameters] == sorted(
            (p for p in parameters if not (p[0] == "header" and p[1].lower() in ignored)),
            key=lambda p: ["query", "header", "cookie"].index(p[0]),
        )
        if fields:
            assert [p.path[0] for p in tool.request.body.properties] == fields


# YAML allows no control characters, not even in quotes.
PRINTABLE = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUES)
def test_json_written_as_yaml_is_read_back_the_same(value):
    as_json = orjson.dumps(value).decode()
    assert load_yaml(as_json) == value
    for style in (None, '"', "'"):
        assert load_yaml(yaml.safe_dump(value, default_style=style, allow_unicode=True)) == value


RICH_3 = openapi(
    {
        "/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
            "servers": [{"url": "https://{r}.example.com", "variables": {"r": {"default": "eu"}}}],
            "post": {
                "operationId": "x",
                "summary": "s",
                "tags": ["t"],
                "security": [{"key": []}, {}],
                "parameters": [{"name": "q", "in": "query", "content": {"a/json": {"schema": {}}}}],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "properties": {
                                    "f": {"type": "string", "format": "binary"},
                                    "l": {
                                        "type": "array",
                                        "items": {"$ref": "#/components/schemas/S"},
                                    },
                                }
                            },
                            "encoding": {"f": {"contentType": "image/png"}},
                        },
                        "application/x-www-form-urlencoded": {"schema": {"allOf": [{}]}},
                    }
                },
                "responses": {"200": {"content": {"application/json": {"schema": {"enum": [1]}}}}},
                "callbacks": {"c": {}},
            },
        },
        "/b": {"$ref": "#/components/pathItems/B"},
    },
    version="3.1.0",
    components={
        "schemas": {
            "S": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": ["string", "null"], "pattern": "a", "minLength": 1}},
                "discriminator": {"propertyName": "a", "mapping": {"x": "y"}},
            }
        },
        "securitySchemes": {
            "key": {"type": "oauth2", "flows": {"implicit": {"scopes": {"a": "b"}}}},
        },
        "pathItems": {"B": {"get": {"responses": {"2XX": {"$ref": "#/x"}}}}},
    },
    security=[{"key": []}],
)
RICH_2 = swagger(
    {
        "/a": {
            "post": {
                "consumes": ["application/json"],
                "produces": ["application/json"],
                "parameters": [
                    {"name": "q", "in": "query", "type": "array", "collectionFormat": "multi"},
                    {"name": "f", "in": "formData", "type": "file"},
                    {"name": "g", "in": "formData", "type": "array", "items": {"type": "string"}},
                ],
                "responses": {"200": {"schema": {"$ref": "#/definitions/S"}}},
            },
            "put": {"parameters": [{"name": "b", "in": "body", "schema": {"type": "string"}}]},
        }
    },
    definitions={"S": {"type": "object"}},
    securityDefinitions={"k": {"type": "apiKey", "in": "header", "name": "K"}},
    security=[{"k": []}],
)
JUNK = st.sampled_from(
    [
        *(None, [], {}, "", "x", 3, -1.5, True, [None], [{}], {"x": None}, [["x"]], {"a": [1]}),
        *({"$ref": to} for to in ("#/nope", 5, "#", "#/paths", "other.json", "#/paths/0", [])),
    ]
)


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside of a document."""
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at] + [place for key, inner in steps for place in places_in(inner, (*at, key))]


@settings(max_examples=600, deadline=None)
@given(data=st.data(), base=st.sampled_from([RICH_3, RICH_2]))
def test_nonsense_anywhere_in_a_document_is_refused_or_survived_never_a_crash(data, base):
    document = copy.deepcopy(base)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([p for p in places_in(document) if p]))
        target = document
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = copy.deepcopy(data.draw(JUNK))
    with contextlib.suppress(Invalid):
        for tool in from_parsed(document, source_url="https://x.example.com/o.json").tools:
            jsonschema_rs.Draft202012Validator(tool.input_schema)
