"""Cuts a result to a size, on boundaries that leave it readable, and says what was cut."""

import json
from typing import Any


def shortened(value: Any, max_bytes: int) -> Any:
    """Return a result within so many bytes: whole items of a list, or the beginning of a text.

    A list is cut alone or as the longest one of an object. What was cut is said in a second text.
    """
    whole = _shown(value)
    if len(whole) <= max_bytes:
        return value
    name, items = _longest_list(value)

    def with_items(count: int) -> Any:
        return items[:count] if name is None else value | {name: items[:count]}

    if kept := _fitting(items, max_bytes - len(_encoded(with_items(0)))):
        short = with_items(kept)
        where = "" if name is None else f" of {name}"
        return _texts(_encoded(short), f"the first {kept:,} of {len(items):,} items{where}")
    text = whole[:max_bytes].decode(errors="ignore").encode()
    return _texts(text, f"the first {len(text):,} of {len(whole):,} bytes")


def _shown(value: Any) -> bytes:
    return value.encode(errors="replace") if isinstance(value, str) else _encoded(value)


def _encoded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")


def _longest_list(value: Any) -> tuple[str | None, list[Any]]:
    if isinstance(value, list):
        return None, value
    fields = value.items() if isinstance(value, dict) else ()
    lists = [field for field in fields if isinstance(field[1], list)]
    return max(lists, key=lambda one: len(_encoded(one[1])), default=(None, []))


def _fitting(items: list[Any], max_bytes: int) -> int:
    """Return how many items fit, each with a comma."""
    size = 0
    for count, item in enumerate(items):
        size += len(_encoded(item)) + 1
        if size > max_bytes:
            return count
    return len(items)


def _texts(text: bytes, what: str) -> list[dict[str, str]]:
    note = f"[Cut: this is {what}. Ask for less, or for a part, to see the rest.]"
    return [{"type": "text", "text": one} for one in (text.decode(), note)]
