"""The arguments of a tool as rows of a form, and each change of a row as a change of its spec.

A spec is worked on as plain data (`Tool.model_dump(mode="json")`) and validated at the end by
the caller. Keywords of the schema that the form does not know stay as they are.
"""

from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.tool_spec import Tool
from saas_app.services.intake.names import argument_name
from saas_app.services.samples import Schema, kind_of, resolved
from saas_app.services.tools.bindings import (
    BODYLESS,
    LOCATIONS,
    WHOLE_BODY,
    Spec,
    bind,
    bound_arguments,
    placement,
    refuse_path,
    rename_on_wire,
    request_of,
    unbind,
    whole_body,
)
from saas_app.services.tools.values import as_text, typed

TYPES = ("string", "integer", "number", "boolean", "array", "object", "any")
KEPT_WHEN_TYPE_CHANGES = ("description", "title", "deprecated", "readOnly", "writeOnly")
CHOOSABLE = ("string", "integer", "number")
MAX_CHOICES = 500


@dataclass(frozen=True, slots=True)
class ArgumentRow:
    """One argument as the form shows it.

    Args:
        kind: its type, `file`, or `any`.
        default, choices: as text, the way they are typed in.
        location: where it travels, or `unused` when no request uses it.
        wire_name: what the service calls it; a path in a JSON body is joined by dots.
    """

    name: str
    kind: str
    description: str
    is_required: bool
    default: str
    choices: str
    location: str
    wire_name: str


def rows_of(tool: Tool) -> list[ArgumentRow]:
    """Return the arguments in the order of the schema."""
    spec = tool.model_dump(mode="json")
    required = _required(spec)
    return [
        _row(name, part, spec, is_required=name in required)
        for name, part in _properties(spec).items()
    ]


def add_argument(spec: Spec, wanted: str, *, location: str = "") -> str:
    """Add an optional text argument under a free name, where the request has room for it."""
    taken = {name.lower() for name in _properties(spec)}
    name = argument_name(wanted, taken)
    _properties(spec)[name] = {"type": "string"}
    if "request" not in spec:
        return name
    has_body = spec["request"]["method"] not in BODYLESS and not whole_body(spec)
    bind(spec, name, location or ("body" if has_body else "query"), wanted)
    return name


def remove_argument(spec: Spec, name: str) -> None:
    """Take an argument out of the schema and of the request.

    Raises:
        Invalid: the path needs it.
    """
    refuse_path(spec, name, "remove")
    unbind(spec, name)
    _forget(spec, name)


def change_argument(spec: Spec, name: str, key: str, value: Any) -> None:
    """Change one thing of one argument: what `ArgumentRow` calls it, and its new value.

    Raises:
        Invalid: the value does not fit; its field is `arguments.<name>.<key>`.
    """
    if name not in _properties(spec):
        raise Invalid("That argument does not exist any more. Reload to see the latest.")
    change = _CHANGES.get(key)
    if change is None:
        raise Invalid("An argument has no such setting.")
    try:
        change(spec, name, value)
    except Invalid as error:
        raise Invalid(error.message, field=f"arguments.{name}.{key}") from error


def match_placeholders(spec: Spec, placeholders: list[str]) -> None:
    """Give every placeholder of the path an argument, and drop those that lost theirs."""
    parameters = spec["request"]["parameters"]
    bound = {one["name"]: one["argument"] for one in parameters if one["location"] == "path"}
    for name in set(bound) - set(placeholders):
        unbind(spec, bound[name])
        _forget(spec, bound[name])
    for placeholder in placeholders:
        if placeholder in bound:
            continue
        argument = _unused_argument(spec, placeholder) or add_argument(
            spec, placeholder, location="path"
        )
        bind(spec, argument, "path", placeholder)
        _require(spec, argument, wanted=True)


def match_schema(spec: Spec) -> None:
    """After the schema was replaced: unbind what it no longer declares, where the path allows.

    Raises:
        Invalid: the path needs an argument that is gone.
    """
    for name in bound_arguments(spec) - set(_properties(spec)):
        refuse_path(spec, name, "remove")
        unbind(spec, name)


def _row(name: str, part: Any, spec: Spec, *, is_required: bool) -> ArgumentRow:
    flat = resolved(part, spec["input_schema"])
    location, wire_name, is_file = placement(spec, name)
    kind = "file" if is_file else kind_of(flat) or "any"
    default = flat.get("default")
    return ArgumentRow(
        name=name,
        kind=kind,
        description=str(flat.get("description") or ""),
        is_required=is_required,
        default="" if default is None else as_text(default),
        choices=", ".join(as_text(one) for one in flat.get("enum") or []),
        location=location,
        wire_name=wire_name,
    )


def _rename(spec: Spec, name: str, value: Any) -> None:
    wanted = str(value).strip()
    others = {one.lower() for one in _properties(spec) if one != name}
    if argument_name(wanted, set()) != wanted:
        raise Invalid("An argument name is 1 to 64 of A-Z a-z 0-9 _ and -.")
    if wanted.lower() in others:
        raise Invalid(f"This tool already has an argument {wanted}.")
    schema = spec["input_schema"]
    schema["properties"] = {
        (wanted if key == name else key): part for key, part in _properties(spec).items()
    }
    schema["required"] = [wanted if one == name else one for one in _required(spec)]
    request = request_of(spec)
    body = request.get("body") or {}
    for one in [*request["parameters"], *body.get("properties", [])]:
        if one["argument"] == name:
            one["argument"] = wanted
    if body.get("argument") == name:
        body["argument"] = wanted


def _set_kind(spec: Spec, name: str, value: Any) -> None:
    if value not in TYPES:
        raise Invalid(f"A type is one of: {', '.join(TYPES)}.")
    part = _own_part(spec, name)
    if kind_of(part) == value:
        return
    kept = {key: part[key] for key in KEPT_WHEN_TYPE_CHANGES if key in part}
    kind = {} if value == "any" else {"type": value}
    _properties(spec)[name] = kind | ({"items": {"type": "string"}} if value == "array" else {})
    _properties(spec)[name] |= kept


def _describe(spec: Spec, name: str, value: Any) -> None:
    _put(spec, name, "description", str(value).strip() or None)


def _set_required(spec: Spec, name: str, value: Any) -> None:
    if not value:
        refuse_path(spec, name, "leave out")
    _require(spec, name, wanted=bool(value))


def _set_default(spec: Spec, name: str, value: Any) -> None:
    text = str(value)
    kind = kind_of(resolved(_properties(spec)[name], spec["input_schema"]))
    _put(spec, name, "default", None if text.strip() == "" else typed(text, kind))


def _set_choices(spec: Spec, name: str, value: Any) -> None:
    kind = kind_of(resolved(_properties(spec)[name], spec["input_schema"]))
    texts = [one.strip() for one in str(value).replace("\n", ",").split(",") if one.strip()]
    if texts and kind not in CHOOSABLE:
        raise Invalid("Only text and numbers can have a list of choices.")
    if len(texts) > MAX_CHOICES:
        raise Invalid(f"A list has at most {MAX_CHOICES} choices.")
    choices = [typed(one, kind) for one in dict.fromkeys(texts)]
    _put(spec, name, "enum", choices or None)


def _move(spec: Spec, name: str, value: Any) -> None:
    if value not in LOCATIONS:
        raise Invalid(f"An argument travels in one of: {', '.join(LOCATIONS)}.")
    if "request" not in spec:
        raise Invalid("The function takes the argument itself; there is no request.")
    location, wire_name, _is_file = placement(spec, name)
    if location == value:
        return
    if value == "path":
        raise Invalid(f"To put it into the path, write {{{name}}} in the address.")
    refuse_path(spec, name, "move")
    unbind(spec, name)
    bind(spec, name, value, wire_name if wire_name not in ("", WHOLE_BODY) else name)


_CHANGES = {
    "name": _rename,
    "kind": _set_kind,
    "description": _describe,
    "is_required": _set_required,
    "default": _set_default,
    "choices": _set_choices,
    "location": _move,
    "wire_name": rename_on_wire,
}


def _forget(spec: Spec, name: str) -> None:
    _properties(spec).pop(name, None)
    _require(spec, name, wanted=False)


def _require(spec: Spec, name: str, *, wanted: bool) -> None:
    names = [one for one in _required(spec) if one != name] + ([name] if wanted else [])
    spec["input_schema"]["required"] = names


def _unused_argument(spec: Spec, name: str) -> str | None:
    if name in _properties(spec) and placement(spec, name)[0] == "unused":
        return name
    return None


def _put(spec: Spec, name: str, key: str, value: Any) -> None:
    part = {known: one for known, one in _own_part(spec, name).items() if known != key}
    _properties(spec)[name] = part if value is None else part | {key: value}


def _own_part(spec: Spec, name: str) -> Schema:
    part = _properties(spec)[name]
    return part if isinstance(part, dict) else {}


def _properties(spec: Spec) -> dict[str, Any]:
    return spec["input_schema"].setdefault("properties", {})


def _required(spec: Spec) -> list[str]:
    return spec["input_schema"].get("required") or []
