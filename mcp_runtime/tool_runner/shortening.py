"""Cuts answers to a size, on boundaries that leave them readable, and says what was cut."""

from typing import Any

from mcp_runtime.tool_runner.styles import json_bytes


def cut_text(text: str, max_bytes: int) -> tuple[str, str | None]:
    """Return the text within the cap and a note, or the whole text and None.

    The cut falls between two characters, never inside the bytes of one.
    """
    encoded = text.encode(errors="replace")
    if len(encoded) <= max_bytes:
        return text, None
    kept = encoded[:max_bytes].decode(errors="ignore")
    return kept, _note(f"the first {len(kept.encode()):,} of {len(encoded):,} bytes")


def cut_json(value: Any, max_bytes: int) -> tuple[str, str | None]:
    """Return compact JSON within the cap and a note, or all of it and None.

    A list keeps as many whole items as fit, alone or as the longest list of an object; what has
    no list to shorten is cut as text and is then no JSON any more, which the note says.
    """
    encoded = json_bytes(value)
    if len(encoded) <= max_bytes:
        return encoded.decode(), None
    name, items = _longest_list(value)
    if items:
        around = len(json_bytes({**value, name: []})) if name is not None else 2
        kept = _fitting(items, max_bytes - around)
        if kept:
            short = items[:kept] if name is None else {**value, name: items[:kept]}
            where = "" if name is None else f" of {name}"
            note = f"the first {kept:,} of {len(items):,} items{where}"
            return json_bytes(short).decode(), _note(note)
    text, note = cut_text(encoded.decode(), max_bytes)
    return text, f"{note} What is shown is therefore not complete JSON."


def _longest_list(value: Any) -> tuple[str | None, list[Any]]:
    if isinstance(value, list):
        return None, value
    if isinstance(value, dict):
        lists = [(name, item) for name, item in value.items() if isinstance(item, list)]
        if lists:
            return max(lists, key=lambda pair: len(json_bytes(pair[1])))
    return None, []


def _fitting(items: list[Any], max_bytes: int) -> int:
    size = 0
    for count, item in enumerate(items):
        size += len(json_bytes(item)) + 1
        if size > max_bytes:
            return count
    return len(items)


def _note(what: str) -> str:
    return f"[Cut: this is {what}. Ask for less, or for a part, to see the rest.]"
