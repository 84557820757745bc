"""What each keyword of an OpenAPI schema becomes in JSON Schema 2020-12, one value at a time."""

import functools
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import orjson

from saas_app.services.intake.openapi.wording import MAX_ARGUMENT_DESCRIPTION, shortened

Schema = dict[str, Any]
MISSING: Any = object()


class Unknown(dict[str, Any]):
    """A schema that stands for anything, since what the document says of it cannot be had."""


MAX_EXAMPLE_BYTES = 400

_TYPES = frozenset(("string", "number", "integer", "boolean", "object", "array", "null"))
# Types that documents use although no version of OpenAPI has them.
_MISTAKEN_TYPES = {
    "file": "string",
    "str": "string",
    "date": "string",
    "datetime": "string",
    "date-time": "string",
    "uuid": "string",
    "int": "integer",
    "int32": "integer",
    "int64": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
}


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number; Python counts booleans as integers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> Any:
    return value if isinstance(value, str) and value else MISSING


def _description(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return MISSING
    return shortened(value, MAX_ARGUMENT_DESCRIPTION)


def _number(value: Any) -> Any:
    return value if is_number(value) else MISSING


def _positive(value: Any) -> Any:
    return value if is_number(value) and value > 0 else MISSING


def _count(value: Any) -> Any:
    return int(value) if is_number(value) and value >= 0 and value == int(value) else MISSING


def _flag(value: Any) -> Any:
    return True if value is True else MISSING


def _anything(value: Any) -> Any:
    return value


def _enum(values: Any) -> Any:
    if not isinstance(values, list) or not values:
        return MISSING
    return list({orjson.dumps(value): value for value in values}.values())


def _names(values: Any) -> Any:
    names = [name for name in values if isinstance(name, str)] if isinstance(values, list) else []
    return list(dict.fromkeys(names)) or MISSING


def _names_by_name(value: Any) -> Any:
    if not isinstance(value, dict):
        return MISSING
    return {name: list(dict.fromkeys(_list_of_text(names))) for name, names in value.items()}


def _list_of_text(values: Any) -> list[str]:
    return [v for v in values if isinstance(v, str)] if isinstance(values, list) else []


def _type(value: Any) -> Any:
    if isinstance(value, list):
        known = [t for t in map(_known_type, value) if t is not None]
        return list(dict.fromkeys(known)) if len(known) == len(value) and known else MISSING
    return _known_type(value) or MISSING


def _known_type(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value if value in _TYPES else _MISTAKEN_TYPES.get(value.lower())


def _pattern(value: Any) -> Any:
    return value if isinstance(value, str) and _is_regular_expression(value) else MISSING


@functools.lru_cache(maxsize=4096)
def _is_regular_expression(pattern: str) -> bool:
    """Whether a validator accepts the pattern; a schema with a broken one would be unusable."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def _examples(value: Any) -> Any:
    small = [v for v in value if _is_small(v)][:3] if isinstance(value, list) else []
    return small or MISSING


def _is_small(value: Any) -> bool:
    return len(orjson.dumps(value)) <= MAX_EXAMPLE_BYTES


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "type": _type,
    "title": _text,
    "description": _description,
    "format": _text,
    "pattern": _pattern,
    "contentEncoding": _text,
    "contentMediaType": _text,
    "default": _anything,
    "const": _anything,
    "enum": _enum,
    "examples": _examples,
    "minimum": _number,
    "maximum": _number,
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "multipleOf": _positive,
    "minLength": _count,
    "maxLength": _count,
    "minItems": _count,
    "maxItems": _count,
    "minContains": _count,
    "maxContains": _count,
    "minProperties": _count,
    "maxProperties": _count,
    "uniqueItems": _flag,
    "deprecated": _flag,
    "required": _names,
    "dependentRequired": _names_by_name,
}
ANNOTATIONS = ("title", "description", "default", "deprecated", "examples")


def settle(raw: Schema, out: Schema) -> Schema:
    """Turn the keywords that only OpenAPI 2.0 and 3.0 have into those of 2020-12."""
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if raw.get(exclusive) is True and bound in out:
            out[exclusive] = out.pop(bound)
    if "example" in raw and "examples" not in out and _is_small(raw["example"]):
        out["examples"] = [raw["example"]]
    if raw.get("format") == "byte" and "contentEncoding" not in out:
        out["contentEncoding"] = "base64"
    if out.get("type") == "string":
        _spell_out(out)
    if "oneOf" in out:
        _allow_overlaps(out)
    if "discriminator" in raw:
        _tell_kinds_apart(raw["discriminator"], out)
    if raw.get("nullable") is True or raw.get("x-nullable") is True:
        return nullable(out)
    return out


def _spell_out(out: Schema) -> None:
    """Give text its own spelling where YAML read an unquoted 1 or true."""
    if "enum" in out:
        out["enum"] = _enum([_as_string(value) for value in out["enum"]])
    for keyword in ("default", "const"):
        if keyword in out:
            out[keyword] = _as_string(out[keyword])


def _as_string(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, bool | int | float) else value


def _tell_kinds_apart(discriminator: Any, out: Schema) -> None:
    """Keep what a discriminator says as a hint."""
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else discriminator
    if not isinstance(name, str):
        return
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    kinds = ", ".join(mapping) if isinstance(mapping, dict) else ""
    hint = f"“{name}” tells the kinds apart{f': {kinds}' if kinds else ''}."
    before = out.get("description", "")
    out["description"] = shortened(f"{before} {hint}".strip(), MAX_ARGUMENT_DESCRIPTION)


def _allow_overlaps(out: Schema) -> None:
    """Read “exactly one of” as “one of”.

    The alternatives of real documents overlap (open objects, integer and number), and some differ
    in read-only properties alone; taken at its word, `oneOf` would refuse what the service accepts.
    """
    either = out.pop("oneOf")
    if "anyOf" in out:
        out["allOf"] = [*out.get("allOf", ()), {"anyOf": either}]
    else:
        out["anyOf"] = either


def nullable(out: Schema) -> Schema:
    """Allow null as well."""
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"] if out["type"] != "null" else "null"
        if "enum" in out and None not in out["enum"]:
            out["enum"] = [*out["enum"], None]
        if "const" in out:
            out["enum"] = [out.pop("const"), None]
        return out
    if not any(key in out for key in ("$ref", "allOf", "anyOf", "enum", "const", "not")):
        return out
    notes = {key: out.pop(key) for key in ANNOTATIONS if key in out}
    if set(out) == {"anyOf"}:
        return {**notes, "anyOf": [*out["anyOf"], {"type": "null"}]}
    return {**notes, "anyOf": [out, {"type": "null"}]}


def loosened(schema: Any) -> Any:
    """A copy that stays true when parts of it were replaced by “anything”.

    `not` and `if` ask whether something matches; what matches everything would turn them round.
    """
    if not isinstance(schema, dict):
        return schema
    out: Schema = {}
    for keyword, value in schema.items():
        if keyword in ("not", "if", "then", "else"):
            continue
        if keyword in ("properties", "patternProperties", "dependentSchemas", "$defs"):
            out[keyword] = {name: loosened(part) for name, part in value.items()}
        elif keyword in ("allOf", "anyOf", "prefixItems"):
            out[keyword] = [loosened(part) for part in value]
        elif isinstance(value, dict) and keyword not in ("default", "const", "dependentRequired"):
            out[keyword] = loosened(value)
        else:
            out[keyword] = value
    return out


def clean_name(text: str) -> str:
    """A definition's name that needs no escaping inside a JSON pointer or a URI."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("_") or "Schema"
