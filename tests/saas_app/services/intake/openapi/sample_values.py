"""Values that fit a raw schema of a document, with the characters that encodings get wrong."""

from typing import Any

import jsonschema_rs

from tests.saas_app.services.intake.openapi.demands import Source, Upload

AWKWARD = "a b/ü&=c"
PLAIN = "plain-text"
_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T10:00:00Z",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "email": "a@example.com",
    "uri": "https://example.com/a?b=c",
    "url": "https://example.com",
    "ipv4": "192.0.2.1",
    "byte": "aGk=",
}
_GUESSES = (
    *(
        "abcdefgh",
        "a",
        "A",
        "1",
        "12",
        "123456",
        "a1",
        "AB",
        "ABC",
        "a-b",
        "a_b",
        "a.b",
        "/a",
        "#a1b2c3",
    ),
    *("1.2.3.4", "2026-01-31", "10:00", "https://example.com", "true", "+491701234567", "f" * 64),
    *(
        "f" * 24,
        "f" * 32,
        "f" * 40,
        "A" * 17,
        "en",
        "en-US",
        "USD",
        "1.0.0",
        "application/json",
        "a@b.co",
    ),
)
_DEEPEST = 4


class NotSampled(Exception):
    """No value could be made up; the operation is left to others."""


class Sampler:
    """Makes values up for one document.

    Args:
        is_full: whether optional properties are filled in as well.
    """

    def __init__(self, source: Source, *, is_full: bool) -> None:
        self.source = source
        self.is_full = is_full

    def value(self, raw: Any, *, text: str = AWKWARD, depth: int = 0) -> Any:
        """A value for a schema."""
        schema = self.source.seen(raw)
        if not isinstance(schema, dict) or not schema:
            return PLAIN
        if depth > 12:
            raise NotSampled
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choice(schema)
        if "allOf" in schema:
            return self._all_of(schema, text, depth)
        for keyword in ("oneOf", "anyOf"):
            if schema.get(keyword):
                return self._either(schema, keyword, text, depth)
        return self._by_type(schema, text, depth)

    def _choice(self, schema: dict[str, Any]) -> Any:
        found = [value for value in schema["enum"] if value not in (None, "")]
        if not found:
            raise NotSampled
        return str(found[0]) if schema.get("type") == "string" else found[0]

    def _all_of(self, schema: dict[str, Any], text: str, depth: int) -> Any:
        own = {key: value for key, value in schema.items() if key != "allOf"}
        every = [*schema["allOf"], *([own] if "properties" in own else [])]
        found = [self.value(part, text=text, depth=depth + 1) for part in every]
        objects = [value for value in found if isinstance(value, dict)]
        if not objects:
            return found[0]
        merged: dict[str, Any] = {}
        for value in objects:
            merged.update(value)
        return merged

    def _either(self, schema: dict[str, Any], keyword: str, text: str, depth: int) -> Any:
        branches = [b for b in schema[keyword] if self.source.seen(b).get("type") != "null"]
        found = self.value(branches[0], text=text, depth=depth + 1)
        if not isinstance(found, dict) or "properties" not in schema:
            return found
        own = {key: value for key, value in schema.items() if key != keyword}
        return {**self.value(own, text=text, depth=depth + 1), **found}

    def _by_type(self, schema: dict[str, Any], text: str, depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next(k for k in kind if k != "null")
        kind = kind or (
            "object" if "properties" in schema else "array" if "items" in schema else ""
        )
        if kind == "object":
            return self._object(schema, text, depth)
        if kind == "array":
            return self._array(schema, text, depth)
        if kind in ("integer", "number"):
            return _number(schema, kind)
        if kind == "boolean":
            return True
        if schema.get("format") == "binary" or kind == "file" or _is_bytes(schema):
            return Upload(b"\x00\xffbytes", "a b.bin")
        return _string(schema, text)

    def _object(self, schema: dict[str, Any], text: str, depth: int) -> dict[str, Any]:
        required = schema.get("required") or []
        required = required if isinstance(required, list) else []
        found = {}
        for name, part in (schema.get("properties") or {}).items():
            part_seen = self.source.seen(part)
            if isinstance(part_seen, dict) and (part_seen.get("readOnly") or part.get("readOnly")):
                continue
            if name not in required and not (self.is_full and depth < _DEEPEST):
                continue
            try:
                found[name] = self.value(part, text=text, depth=depth + 1)
            except NotSampled:
                if name in required:
                    raise
        extra = schema.get("additionalProperties")
        if not found and isinstance(extra, dict) and self.is_full:
            found["key"] = self.value(extra, text=text, depth=depth + 1)
        return found

    def _array(self, schema: dict[str, Any], text: str, depth: int) -> list[Any]:
        item = self.value(schema.get("items", {}), text=text, depth=depth + 1)
        fewest, most = schema.get("minItems", 0), schema.get("maxItems", 2)
        if schema.get("uniqueItems") and fewest > 1:
            raise NotSampled
        number = 1 if schema.get("uniqueItems") or isinstance(item, dict | list) else 2
        return [item] * max(fewest, min(number, most))


def _is_bytes(schema: dict[str, Any]) -> bool:
    return bool(schema.get("contentMediaType")) and "contentEncoding" not in schema


def _number(schema: dict[str, Any], kind: str) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    for candidate in (7, 1, 0, low, high, (low or 0) + 1, (high or 0) - 1, 1000, 90000):
        if candidate is not None and _fits(schema, candidate):
            return int(candidate) if kind == "integer" else candidate
    raise NotSampled


def _fits(schema: dict[str, Any], number: float) -> bool:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and (number < low or (above is True and number == low)):
        return False
    if high is not None and (number > high or (below is True and number == high)):
        return False
    if isinstance(above, int | float) and above is not True and number <= above:
        return False
    if isinstance(below, int | float) and below is not True and number >= below:
        return False
    return not schema.get("multipleOf") or number % schema["multipleOf"] == 0


def _string(schema: dict[str, Any], text: str) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    wanted = _FORMATS.get(schema.get("format", ""), text)
    if schema.get("pattern"):
        guesses = (
            *_GUESSES,
            str(schema.get("example", "")),
            *map(str, schema.get("examples") or ()),
        )
        fitting = (
            g for g in guesses if _matches(schema["pattern"], g) and shortest <= len(g) <= longest
        )
        found = next((g for g in fitting if g and g.isascii()), None)
        if found is None:
            raise NotSampled
        return found
    return (wanted * (shortest // len(wanted) + 1) if len(wanted) < shortest else wanted)[:longest]


def _matches(pattern: str, guess: str) -> bool:
    """Whether a pattern matches; this engine gives up where Python's would go on for ever."""
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(guess)
    except ValueError:
        return True
