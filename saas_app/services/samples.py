"""Sample arguments from a JSON Schema: a first call to try, and a request to check."""

import math
from typing import Any

Schema = dict[str, Any]

MAX_DEPTH = 8
BY_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com",
    "url": "https://example.com",
    "uri-reference": "/example",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "byte": "ZXhhbXBsZQ==",
    "binary": "example",
}
FIRST_OF = ("oneOf", "anyOf")


def sample_arguments(schema: Schema, *, with_optional: bool = False) -> dict[str, Any]:
    """Return arguments for a tool: what is required, what has a default, and on demand the rest."""
    value = _object(schema, schema, 0, with_optional=with_optional)
    return value if isinstance(value, dict) else {}


def sample_value(schema: object, root: Schema, depth: int = 0) -> Any:
    """Return one value that a schema describes; a pattern is met by a given example alone."""
    flat = resolved(schema, root, depth)
    for given in _given_values(flat):
        return given
    return _of_kind(flat, root, depth)


def resolved(schema: object, root: Schema, depth: int = 0) -> Schema:
    """Return a schema with its reference followed, `allOf` merged and one branch taken."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return {}
    reference = schema.get("$ref")
    flat = {key: value for key, value in schema.items() if key != "$ref"}
    if isinstance(reference, str):
        flat = resolved(at_reference(root, reference), root, depth + 1) | flat
    for part in flat.pop("allOf", []) or []:
        flat = _merged(flat, resolved(part, root, depth + 1))
    for key in FIRST_OF:
        branches = flat.get(key)
        if isinstance(branches, list) and branches:
            rest = {name: value for name, value in flat.items() if name != key}
            flat = _merged(rest, resolved(_fullest(branches), root, depth + 1))
    return flat


def kind_of(flat: Schema) -> str:
    """Return the first type of a resolved schema that is not null, guessed where it has none."""
    kinds = flat.get("type")
    if isinstance(kinds, list):
        kinds = next((kind for kind in kinds if kind != "null"), "null")
    if isinstance(kinds, str):
        return kinds
    if "properties" in flat:
        return "object"
    return "array" if "items" in flat else ""


def _given_values(flat: Schema) -> list[Any]:
    found = [flat[key] for key in ("default", "const", "example") if key in flat]
    for key in ("examples", "enum"):
        values = flat.get(key)
        if isinstance(values, list):
            found += values[:1]
    return [value for value in found if value is not None]


def _of_kind(flat: Schema, root: Schema, depth: int) -> Any:
    match kind_of(flat):
        case "object":
            return _object(flat, root, depth)
        case "array":
            return _array(flat, root, depth)
        case "integer":
            return math.ceil(_number(flat))
        case "number":
            return _number(flat)
        case "boolean":
            return True
        case "null":
            return None
    return _string(flat)


def _object(flat: Schema, root: Schema, depth: int, *, with_optional: bool = False) -> Any:
    properties = flat.get("properties")
    if not isinstance(properties, dict) or depth > MAX_DEPTH:
        return {}
    required = flat.get("required") or []
    return {
        name: sample_value(part, root, depth + 1)
        for name, part in properties.items()
        if with_optional or name in required or (isinstance(part, dict) and "default" in part)
    }


def _array(flat: Schema, root: Schema, depth: int) -> list[Any]:
    if depth >= MAX_DEPTH:
        return []
    wanted = flat.get("minItems", 1)
    item = sample_value(flat.get("items", {}), root, depth + 1)
    return [item] * max(1, min(wanted if isinstance(wanted, int) else 1, 5))


def _number(flat: Schema) -> float:
    low, high = flat.get("minimum"), flat.get("maximum")
    step = flat.get("multipleOf") or 1
    if flat.get("exclusiveMinimum") not in (None, False):
        limit = flat["exclusiveMinimum"]
        low = (low or 0) + step if limit is True else limit + step
    value = low if low is not None else 1
    if high is not None and value > high:
        value = high
    return math.ceil(value / step) * step if flat.get("multipleOf") else value


def _string(flat: Schema) -> str:
    text = BY_FORMAT.get(str(flat.get("format", "")), "example")
    shortest, longest = flat.get("minLength", 0), flat.get("maxLength")
    if isinstance(shortest, int) and len(text) < shortest <= 10_000:
        text = text.ljust(shortest, "e")
    return text[:longest] if isinstance(longest, int) else text


def _merged(left: Schema, right: Schema) -> Schema:
    both = right | left
    for key in ("properties", "required"):
        first, second = left.get(key), right.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            both[key] = second | first
        if isinstance(first, list) and isinstance(second, list):
            both[key] = list(dict.fromkeys(second + first))
    return both


def _fullest(branches: list[Any]) -> Any:
    """The first branch that is not merely null."""
    return next((one for one in branches if one != {"type": "null"}), branches[0])


def at_reference(root: Schema, reference: str) -> Any:
    """Follow a reference inside the document; anything outside it is not looked up."""
    if not reference.startswith("#"):
        return {}
    found: Any = root
    for part in filter(None, reference[1:].split("/")):
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
