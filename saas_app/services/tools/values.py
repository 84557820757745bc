"""Values of arguments as people type them into a form, and back."""

from typing import Any

import orjson

from core.errors import Invalid


def typed(text: str, kind: str) -> Any:
    """Read a value that was typed in, as the argument's type; plain words are text.

    Raises:
        Invalid: the text is no such value.
    """
    if kind == "string":
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        if kind in ("any", ""):
            return text
        raise Invalid(f"{text[:40]} is not {_an(kind)}.") from None
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }
    if not fits.get(kind, True):
        raise Invalid(f"{text[:40]} is not {_an(kind)}.")
    return value


def as_text(value: Any) -> str:
    """Return a value the way it is typed in."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _an(kind: str) -> str:
    words = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list such as [1, 2]",
        "object": 'an object such as {"a": 1}',
    }
    return words.get(kind, kind)
