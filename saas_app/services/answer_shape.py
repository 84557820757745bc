"""The shape of an answer: which keys and types it has, so that a later one can be held to it."""

from collections.abc import Iterator
from typing import Any

import orjson

MAX_MISMATCHES = 5

Shape = dict[str, Any]


def shape_of(value: Any) -> Shape:
    """Return the shape of a JSON value: `types`, and for objects `keys`, for arrays `items`.

    Items are merged into one shape, whose `required` are the keys that all of them have.
    """
    kind = _type(value)
    if isinstance(value, dict):
        keys = {str(name): shape_of(part) for name, part in value.items()}
        return {"types": [kind], "keys": keys, "required": sorted(keys)}
    if isinstance(value, list):
        items: Shape | None = None
        for part in value:
            items = shape_of(part) if items is None else _merged(items, shape_of(part))
        return {"types": [kind], "items": items}
    return {"types": [kind]}


def mismatches(shape: Shape, value: Any, *, at: str = "") -> Iterator[str]:
    """Yield, in words, where a value does not have the shape; new keys are no mismatch."""
    types = shape["types"]
    kind = _type(value)
    if kind not in types and types != ["null"]:  # a recorded null tells nothing of the type
        yield f"{at or 'The answer'} is {kind}, was {' or '.join(types)}"
        return
    if isinstance(value, dict):
        yield from _key_mismatches(shape, value, at)
    if isinstance(value, list) and shape.get("items") is not None:
        for index, part in enumerate(value):
            yield from mismatches(shape["items"], part, at=f"{at}[{index}]")


def json_in(content: tuple[dict[str, Any], ...], structured: Any) -> Any:
    """Return what of a tool's answer is compared: structured content, JSON in a text, or blocks."""
    if structured is not None:
        return structured
    if len(content) == 1 and content[0].get("type") == "text":
        text = str(content[0].get("text", ""))
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return [{"type": block.get("type"), "mimeType": block.get("mimeType")} for block in content]


def _key_mismatches(shape: Shape, value: dict[str, Any], at: str) -> Iterator[str]:
    for name in shape.get("required", ()):
        if name not in value:
            yield f"{_below(at, name)} is missing"
    for name, part in shape.get("keys", {}).items():
        if name in value:
            yield from mismatches(part, value[name], at=_below(at, name))


def _merged(one: Shape, other: Shape) -> Shape:
    merged: Shape = {"types": sorted({*one["types"], *other["types"]})}
    if "keys" in one or "keys" in other:
        keys = dict(one.get("keys", {}))
        for name, part in other.get("keys", {}).items():
            keys[name] = _merged(keys[name], part) if name in keys else part
        merged["keys"] = keys
        required = [set(shape["required"]) for shape in (one, other) if "required" in shape]
        merged["required"] = sorted(set.intersection(*required))
    if "items" in one or "items" in other:
        parts = [part for part in (one.get("items"), other.get("items")) if part is not None]
        merged["items"] = _merged(*parts) if len(parts) == 2 else (parts or [None])[0]
    return merged


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
