"""The form that a tool's JSON Schema makes, and the arguments that a filled-in form makes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.errors import Invalid

MOST_FIELDS = 100
DEEPEST = 3
LONG_TEXT = 200
YES, NO = "true", "false"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of the form.

    Args:
        keys: where its value goes: the argument's name, and names within simple objects.
        path: the same as one text, unique in the form.
        kind: text, long_text, integer, number, boolean, choice, file, or json for all else.
        value: what it starts with.
        group: the object it belongs to, as a heading; empty at the top.
        choices: pairs of a value in JSON and what is shown for it.
    """

    keys: list[str]
    path: str
    label: str
    kind: str
    is_required: bool = False
    help: str = ""
    hint: str = ""
    value: str = ""
    group: str = ""
    choices: list[list[str]] = field(default_factory=list)


def fields_of(schema: Schema) -> list[FormField]:
    """Return the inputs for a tool's arguments, in the order of its schema, required first."""
    fields = list(_fields(schema, [], schema, is_required=True))[:MOST_FIELDS]
    return sorted(fields, key=lambda one: (bool(one.group), not one.is_required))


def arguments_of(
    fields: list[FormField], values: Mapping[str, str], *, is_complete: bool = True
) -> dict[str, Any]:
    """Return the arguments that the form's texts stand for; what is left empty is not given.

    An incomplete form is let pass for those who go on with its arguments as JSON.

    Raises:
        Invalid: a text is not what its field takes, or a required one is missing; the field is
            named by its path.
    """
    arguments: dict[str, Any] = {}
    for one in fields:
        text = values.get(one.path, "")
        if text.strip():
            _put(arguments, one.keys, _value_of(one, text))
        elif one.is_required and is_complete:
            message = "A value is required. To call without it, use JSON."
            raise Invalid(message, field=problem_key(one.path))
    return arguments


def read_arguments(text: str) -> dict[str, Any]:
    """Return arguments that were typed as JSON.

    Raises:
        Invalid: it is not a JSON object.
    """
    try:
        arguments = orjson.loads(text or "{}")
    except orjson.JSONDecodeError as error:
        raise Invalid(f"That is not JSON: {error}.", field="arguments") from None
    if not isinstance(arguments, dict):
        raise Invalid("Arguments are a JSON object: { … }.", field="arguments")
    return arguments


def as_text(value: Any) -> str:
    """Return how a value stands in a field."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def as_json(value: Any) -> str:
    """Return a value as JSON on one line."""
    return orjson.dumps(value).decode()


def values_of(fields: list[FormField], arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts that stand for arguments, for a form that is shown again."""
    found = {one.path: (one.kind, _take(arguments, one.keys)) for one in fields}
    return {
        path: as_json(value) if kind == "choice" and value is not None else as_text(value)
        for path, (kind, value) in found.items()
    }


def _fields(
    schema: Schema, keys: list[str], root: Schema, *, is_required: bool
) -> Iterator[FormField]:
    required = schema.get("required") or ()
    for name, one in (schema.get("properties") or {}).items():
        here = [*keys, str(name)]
        needs = is_required and name in required
        part = _resolved(one, root)
        if _is_simple_object(part) and len(here) < DEEPEST:
            yield from _fields(part, here, root, is_required=needs)
        else:
            yield _field(here, part, is_required=needs)


def _field(keys: list[str], part: Schema, *, is_required: bool) -> FormField:
    kind, default = _kind(part), part.get("default")
    is_json = kind == "choice" and default is not None
    return FormField(
        keys=keys,
        path=".".join(keys),
        label=keys[-1],
        kind=kind,
        is_required=is_required,
        help=str(part.get("description") or ""),
        hint=_hint(part),
        value=as_json(default) if is_json else as_text(default),
        group=".".join(keys[:-1]),
        choices=[[as_json(value), as_text(value)] for value in _choices(part)],
    )


def _kind(part: Schema) -> str:
    properties = part.get("properties") or {}
    if "base64" in properties and "filename" in properties:
        return "file"
    if _choices(part):
        return "choice"
    types = [one for one in _types(part) if one != "null"]
    if len(types) != 1:
        return "json"
    if types[0] == "string":
        is_long = (part.get("maxLength") or 0) > LONG_TEXT or part.get("format") == "textarea"
        return "long_text" if is_long else "text"
    return types[0] if types[0] in ("integer", "number", "boolean") else "json"


def _choices(part: Schema) -> list[Any]:
    if "const" in part:
        return [part["const"]]
    choices = part.get("enum")
    return [one for one in choices if one is not None] if isinstance(choices, list) else []


def _hint(part: Schema) -> str:
    examples = part.get("examples")
    example = examples[0] if isinstance(examples, list) and examples else part.get("example")
    if example is not None:
        return f"e.g. {as_text(example)}"[:120]
    return {"date": "2026-11-23", "date-time": "2026-11-23T12:00:00Z"}.get(
        str(part.get("format")), ""
    )


def _is_simple_object(part: Schema) -> bool:
    return (
        _types(part) == ["object"]
        and bool(part.get("properties"))
        and not {"oneOf", "anyOf", "allOf"} & part.keys()
        and _kind(part) != "file"
    )


def _types(part: Schema) -> list[str]:
    kind = part.get("type")
    return [str(one) for one in kind] if isinstance(kind, list) else [kind] if kind else []


def _resolved(part: Any, root: Schema) -> Schema:
    """Follow a reference within the schema; anything that is no object accepts everything."""
    for _ in range(10):
        if not isinstance(part, dict):
            return {}
        reference = part.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return part
        found: Any = root
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name, {}) if isinstance(found, dict) else {}
        part = found
    return {}


def _value_of(one: FormField, text: str) -> Any:
    if one.kind in ("text", "long_text"):
        return text
    if one.kind == "choice":
        return _choice(one, text)
    if one.kind == "boolean":
        return text == YES
    if one.kind in ("integer", "number"):
        return _number(one, text)
    return _json(one, text)


def problem_key(path: str) -> str:
    """Return what a problem with an argument is found by, apart from the tool's own fields."""
    return f"try-{path}"


def _choice(one: FormField, text: str) -> Any:
    if text not in [value for value, _ in one.choices]:
        raise Invalid("Choose one of the list.", field=problem_key(one.path))
    return orjson.loads(text)


def _number(one: FormField, text: str) -> int | float:
    try:
        return int(text) if one.kind == "integer" else _as_number(text)
    except ValueError:
        words = "a whole number" if one.kind == "integer" else "a number"
        raise Invalid(f"That is not {words}.", field=problem_key(one.path)) from None


def _as_number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _json(one: FormField, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"That is not JSON: {error}.", field=problem_key(one.path)) from None


def _put(arguments: dict[str, Any], keys: list[str], value: Any) -> None:
    for parent in keys[:-1]:
        arguments = arguments.setdefault(parent, {})
    arguments[keys[-1]] = value


def _take(arguments: Mapping[str, Any], keys: list[str]) -> Any:
    found: Any = arguments
    for name in keys:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
