"""The form of a schema, and the arguments of a form."""

import pytest

from core.errors import Invalid
from core.http_request import FILE_SCHEMA
from saas_app.services.trying_form import (
    arguments_of,
    fields_of,
    read_arguments,
    values_of,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "note": {"type": "string", "maxLength": 5000},
        "city_id": {"type": "string", "description": "The city's id.", "examples": ["7"]},
        "limit": {"type": "integer", "default": 10},
        "ratio": {"type": ["number", "null"]},
        "is_open": {"type": "boolean"},
        "unit": {"enum": ["c", "f", None], "default": "c"},
        "size": {"enum": [1, "1"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "any": {},
        "at": {"$ref": "#/$defs/Place"},
        "upload": FILE_SCHEMA,
    },
    "required": ["city_id", "at"],
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {
                "lat": {"type": "number"},
                "name": {"type": "string"},
                "deep": {"type": "object", "properties": {"x": {"type": "integer"}}},
            },
            "required": ["lat"],
        }
    },
}


def by_path():
    return {one.path: one for one in fields_of(SCHEMA)}


def test_each_argument_has_the_input_that_fits():
    assert {path: one.kind for path, one in by_path().items()} == {
        "city_id": "text",
        "note": "long_text",
        "limit": "integer",
        "ratio": "number",
        "is_open": "boolean",
        "unit": "choice",
        "size": "choice",
        "tags": "json",
        "any": "json",
        "upload": "file",
        "at.lat": "number",
        "at.name": "text",
        "at.deep.x": "integer",
    }


def test_fields_know_what_is_required_and_what_they_start_with():
    fields = by_path()
    assert [path for path, one in fields.items() if one.is_required] == ["city_id", "at.lat"]
    assert (fields["limit"].value, fields["unit"].value) == ("10", '"c"')
    assert (fields["city_id"].help, fields["city_id"].hint) == ("The city's id.", "e.g. 7")
    assert fields["unit"].choices == [['"c"', "c"], ['"f"', "f"]]
    assert fields["at.lat"].group == "at"


def test_required_fields_come_first_and_objects_last():
    assert next(iter(by_path())) == "city_id"
    assert [one.group for one in fields_of(SCHEMA)][-3:] == ["at", "at", "at.deep"]


def test_texts_become_typed_arguments_and_empty_ones_are_left_out():
    typed = {
        "city_id": "7",
        "note": "",
        "limit": " 5 ",
        "ratio": "0.5",
        "is_open": "false",
        "unit": '"f"',
        "size": "1",
        "tags": '["a"]',
        "any": "null",
        "at.lat": "48",
        "at.deep.x": "1",
        "unknown": "ignored",
    }
    assert arguments_of(fields_of(SCHEMA), typed) == {
        "city_id": "7",
        "limit": 5,
        "ratio": 0.5,
        "is_open": False,
        "unit": "f",
        "size": 1,
        "tags": ["a"],
        "any": None,
        "at": {"lat": 48, "deep": {"x": 1}},
    }


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("limit", "5.5", "whole number"),
        ("ratio", "half", "not a number"),
        ("tags", "[", "not JSON"),
        ("unit", "c", "one of the list"),
        ("city_id", " ", "required"),
        ("at.lat", "", "required"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_at_its_field(path, text, words):
    with pytest.raises(Invalid, match=words) as refusal:
        arguments_of(fields_of(SCHEMA), {"city_id": "7", "at.lat": "1", path: text})
    assert refusal.value.field == f"try-{path}"


def test_arguments_fill_the_form_again():
    arguments = {
        "city_id": "7",
        "limit": 5,
        "is_open": True,
        "unit": "f",
        "size": "1",
        "tags": ["a"],
        "at": {"lat": 1.5},
    }
    fields = fields_of(SCHEMA)
    assert arguments_of(fields, values_of(fields, arguments)) == arguments


def test_raw_arguments_are_an_object():
    assert read_arguments('{"a": 1}') == {"a": 1}
    assert read_arguments("") == {}
    for text in ("{", "[1]"):
        with pytest.raises(Invalid) as refusal:
            read_arguments(text)
        assert refusal.value.field == "arguments"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"$ref": "#/$defs/A"}},
        },
    ],
)
def test_odd_schemas_still_make_a_form(schema):
    fields = schema.get("properties", {})
    assert [one.kind for one in fields_of(schema)] == ["json"] * len(fields)
