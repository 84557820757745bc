"""Infers JSON Schemas from the values that a command carries."""

import re
from typing import Any

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,11})\.\d{0,5}[1-9]")


def inferred(value: Any) -> dict[str, Any]:
    """The schema of a JSON value: types, properties of objects, items of arrays."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if isinstance(value, str):
        return {"type": "string"}
    if isinstance(value, list):
        return _array(value)
    if isinstance(value, dict):
        return _object(value)
    return {}


def _object(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: inferred(v) for key, v in value.items()}}


def _array(values: list[Any]) -> dict[str, Any]:
    items = joined([inferred(value) for value in values])
    return {"type": "array", "items": items} if items else {"type": "array"}


def joined(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """One schema that all the given ones fit; empty (anything) when one of them is empty."""
    if not schemas or not all(schemas):
        return {}
    kinds = {kind: None for schema in schemas for kind in _types(schema)}
    if "number" in kinds:
        kinds.pop("integer", None)
    result: dict[str, Any] = {"type": next(iter(kinds)) if len(kinds) == 1 else list(kinds)}
    names = {n: None for s in schemas for n in s.get("properties", {})}
    if names:
        result["properties"] = {
            name: joined(
                [s["properties"][name] for s in schemas if name in s.get("properties", {})]
            )
            for name in names
        }
    items = [s["items"] for s in schemas if "items" in s]
    if items and (together := joined(items)):
        result["items"] = together
    return result


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def typed(text: str) -> Any:
    """The value of a text in a path, a query or a form; only what is written back the same."""
    if _INTEGER.fullmatch(text):
        return text if text == "-0" else int(text)
    if _DECIMAL.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return {"true": True, "false": False}.get(text, text)
