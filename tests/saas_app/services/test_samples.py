"""Sample arguments are values that the schema itself accepts."""

import jsonschema_rs
import pytest

from saas_app.services.samples import sample_arguments

SCHEMAS = {
    "plain": {"type": "string"},
    "short": {"type": "string", "maxLength": 2},
    "long": {"type": "string", "minLength": 20},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
    "email": {"type": "string", "format": "email"},
    "choice": {"enum": ["a", "b"]},
    "constant": {"const": 3},
    "low": {"type": "integer", "minimum": 10, "maximum": 12},
    "above": {"type": "number", "exclusiveMinimum": 4},
    "below": {"type": "integer", "maximum": -3},
    "step": {"type": "integer", "minimum": 7, "multipleOf": 5},
    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
    "nullable": {"type": ["null", "boolean"]},
    "either": {"oneOf": [{"type": "null"}, {"type": "integer"}]},
    "all": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ]
    },
    "reference": {"$ref": "#/$defs/city"},
}
DEFS = {
    "city": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "twin": {"$ref": "#/$defs/city"}},
        "required": ["name"],
    }
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_sample_fits_its_schema(name):
    schema = {
        "type": "object",
        "properties": {"value": SCHEMAS[name]},
        "required": ["value"],
        "$defs": DEFS,
    }
    sample = sample_arguments(schema)
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(sample)


def test_examples_and_defaults_come_first():
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "examples": ["Oslo"]},
            "limit": {"type": "integer", "default": 20, "minimum": 1},
            "page": {"type": "integer"},
        },
        "required": ["city"],
    }
    assert sample_arguments(schema) == {"city": "Oslo", "limit": 20}
    assert sample_arguments(schema, with_optional=True)["page"] == 1


def test_a_schema_that_needs_itself_ends():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}, "required": ["next"]}
    assert sample_arguments(node | {"$defs": {"n": node}})["next"]


def test_an_odd_schema_gives_no_arguments():
    assert sample_arguments({"type": "object", "properties": []}) == {}
