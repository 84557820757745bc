"""Whether it can be told where a value breaks a schema, before anything tries.

The validator says quickly that a value does not fit. To say where, it collects every way in which
it does not: a union that recurs through a property of the same name doubles them with each level of
the value, and a caller chooses how deep that is.
"""

from collections.abc import Iterator
from typing import Any

from core.schema_weight import Part, References, parts_in_place

MAX_STEPS = 20_000


def is_explainable(schema: Part, value: Any) -> bool:
    """Whether going through all of a value, with all of a schema that applies to it, is little."""
    references = References(schema)
    waiting = [(schema, value)]
    for _ in range(MAX_STEPS):
        if not waiting:
            return True
        part, item = waiting.pop()
        waiting += ((target, item) for target in references.targets_of(part))
        waiting += ((inner, item) for inner in parts_in_place(part))
        waiting += _inside(part, item)
        if len(waiting) > MAX_STEPS:
            return False
    return False


def _inside(schema: Part, value: Any) -> Iterator[tuple[Part, Any]]:
    """Yield the parts of a schema with the properties or items of the value that they apply to."""
    pairs: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        pairs = _of_object(schema, value)
    elif isinstance(value, list):
        pairs = _of_list(schema, value)
    return ((part, item) for part, item in pairs if isinstance(part, dict))


def _of_object(schema: Part, value: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    properties, patterns = schema.get("properties"), schema.get("patternProperties")
    if isinstance(properties, dict):
        yield from ((properties[name], value[name]) for name in properties.keys() & value.keys())
    for_all = [schema.get(key) for key in ("additionalProperties", "unevaluatedProperties")]
    for_all += patterns.values() if isinstance(patterns, dict) else ()
    for part in for_all:
        yield from ((part, item) for item in value.values())
    yield from ((schema.get("propertyNames"), name) for name in value)


def _of_list(schema: Part, value: list[Any]) -> Iterator[tuple[Any, Any]]:
    for keyword in ("prefixItems", "items"):
        if isinstance(parts := schema.get(keyword), list):
            yield from zip(parts, value, strict=False)
    for keyword in ("items", "additionalItems", "unevaluatedItems", "contains"):
        yield from ((schema.get(keyword), item) for item in value)
