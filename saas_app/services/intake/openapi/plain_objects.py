"""Tells whether a body is a plain object, whose properties can be arguments of their own."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from saas_app.services.intake.openapi.circles import PREFIX
from saas_app.services.intake.openapi.keywords import Schema, Unknown
from saas_app.services.intake.openapi.schemas import Schemas, Trace

_MAX_DEPTH = 20
_HARMLESS = frozenset(
    (
        "$ref",
        "type",
        "properties",
        "required",
        "allOf",
        "additionalProperties",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
        "title",
        "description",
        "default",
        "deprecated",
        "examples",
        "format",
    )
)


class Plain(NamedTuple):
    """The properties of a plain object, and the names of those that must be there."""

    properties: dict[str, Schema]
    required: list[str]


class _NotPlain(Exception):
    pass


def plain_object(schemas: Schemas, schema: Schema, *, is_form: bool = False) -> Plain | None:
    """Return the properties of a converted schema, or nothing if they are not the whole of it.

    A form has nothing but its fields, so there alternatives are laid together: every field of any
    of them may be given, and what must be is what all of them ask for.
    """
    try:
        plain = _read(schemas, schema, {}, is_form=is_form, depth=0)
    except _NotPlain:
        return None
    return plain if plain.properties else None


def mention_names(schema: Any, trace: Trace) -> None:
    """Note the definitions that a schema taken out of another one leans on."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(PREFIX):
                trace.names[value[len(PREFIX) :]] = None
            elif key not in ("default", "const", "enum", "examples"):
                mention_names(value, trace)
    elif isinstance(schema, list):
        for part in schema:
            mention_names(part, trace)


def _read(
    schemas: Schemas, schema: Schema, known: dict[int, Plain], *, is_form: bool, depth: int
) -> Plain:
    """Read an object; a part that many others are made of is read once, or work would multiply."""
    if depth > _MAX_DEPTH:
        raise _NotPlain
    if id(schema) in known:
        return known[id(schema)]
    _check(schema, is_form=is_form)
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for part in _parts(schemas, schema):
        found = _read(schemas, part, known, is_form=is_form, depth=depth + 1)
        _lay(properties, found.properties, is_form=is_form)
        required += found.required
    _lay(properties, schema.get("properties", {}), is_form=is_form)
    required += schema.get("required", [])
    if is_form:
        alternatives = schema.get("anyOf", ())
        required += _lay_alternatives(schemas, alternatives, properties, known, depth=depth)
    required = list(dict.fromkeys(required))
    if depth == 0 and not properties.keys() >= set(required):
        raise _NotPlain
    known[id(schema)] = Plain(properties, required)
    return known[id(schema)]


def _check(schema: Schema, *, is_form: bool) -> None:
    if schema.get("type", "object") not in ("object", ["object"], ["object", "null"]):
        raise _NotPlain
    if is_form:
        return
    if (
        isinstance(schema, Unknown)
        or not _HARMLESS.issuperset(schema)
        or "null" in schema.get("type", "")
    ):
        raise _NotPlain
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if schema.get(keyword, False) is not False:
            raise _NotPlain


def _parts(schemas: Schemas, schema: Schema) -> list[Schema]:
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(schemas.definition(schema["$ref"][len(PREFIX) :]).schema)
    return parts


def _lay(properties: dict[str, Schema], more: dict[str, Schema], *, is_form: bool) -> None:
    """Add properties; one that is described twice is plain only if both say the same."""
    for name, schema in more.items():
        known = properties.get(name, schema)
        if known != schema and not is_form:
            raise _NotPlain
        properties[name] = known if known == schema else {"anyOf": [known, schema]}


def _lay_alternatives(
    schemas: Schemas,
    alternatives: Iterable[Schema],
    properties: dict[str, Schema],
    known: dict[int, Plain],
    *,
    depth: int,
) -> list[str]:
    needed: list[set[str]] = []
    for part in alternatives:
        found = _read(schemas, part, known, is_form=True, depth=depth + 1)
        _lay(properties, found.properties, is_form=True)
        needed.append(set(found.required))
    return sorted(set.intersection(*needed)) if needed else []
