"""An answer made ready to show: blocks of JSON, text and pictures, headers, sizes and times."""

from typing import Any, TypedDict

import orjson

from saas_app.services.trying import Tried

MOST_CHARACTERS = 200_000


class Block(TypedDict):
    """A part of an answer; `kind` is json, text or image (then `text` is its data URL)."""

    kind: str
    text: str


class Header(TypedDict):
    """One header."""

    name: str
    value: str


def blocks_of(tried: Tried) -> list[Block]:
    """Return the answer's parts; structured content stands for the text that repeats it."""
    if tried.structured is None:
        return [_block(one) for one in tried.content]
    others = [_block(one) for one in tried.content if one.get("type") != "text"]
    return [_json(tried.structured), *others]


def headers_of(pairs: Any) -> list[Header]:
    """Return headers for a list of names and values."""
    return [Header(name=str(name), value=str(value)) for name, value in pairs or ()]


def took(milliseconds: float) -> str:
    """Return a duration in words."""
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:,.1f} s"


def size(number: Any) -> str:
    """Return a number of bytes in words."""
    if not isinstance(number, int):
        return ""
    return f"{number:,} bytes" if number < 1000 else f"{number / 1000:,.1f} KB"


def _block(content: dict[str, Any]) -> Block:
    if content.get("type") == "text":
        return _text(str(content.get("text", "")))
    if content.get("type") == "image":
        data = f"data:{content.get('mimeType')};base64,{content.get('data')}"
        return Block(kind="image", text=data)
    return _json(content)


def _text(text: str) -> Block:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict | list) and len(text) <= MOST_CHARACTERS:
        return Block(kind="json", text=text)
    return Block(kind="text", text=_cut(text))


def _json(value: Any) -> Block:
    text = orjson.dumps(value).decode()
    return Block(kind="json" if len(text) <= MOST_CHARACTERS else "text", text=_cut(text))


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… ({len(text):,} characters in all)"
