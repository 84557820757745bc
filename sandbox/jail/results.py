"""Turns what a tool returned, or raised, into what is sent back."""

import dataclasses
import json
import re
import sys
import traceback
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from io import BytesIO
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sandbox.jail.toolkiln import Image, ToolError

MAX_RESULT_BYTES = 1024 * 1024
MAX_MESSAGE = 2_000
MAX_FRAMES = 3
MAX_LINE = 160
CONTENT_KINDS = ("text", "image", "audio", "resource", "resource_link")
MANY_DIGITS = re.compile(rb"\d{309}")
AS_TEXT = (datetime, date, time, UUID, PurePath)


class NotSerializable(Exception):
    """A tool returned something that cannot be sent."""


class OutputTooLarge(Exception):
    """A tool returned more than may be sent."""


# Subclasses, which tools may name as they like, are told as these.
KINDS: dict[type[BaseException], str] = {
    ToolError: "ToolError",
    NotSerializable: "NotSerializable",
    OutputTooLarge: "OutputTooLarge",
    MemoryError: "MemoryLimit",
}


def as_result(value: Any) -> dict[str, Any]:
    """Return what a tool returned as a part of an answer: `value` or `content`.

    Raises:
        NotSerializable: it is nothing that JSON or MCP can say.
        OutputTooLarge: it is more than a result may hold.
    """
    content = _as_content(value)
    result = {"value": value} if content is None else {"content": content}
    try:
        text = json.dumps(result, default=_plain, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotSerializable(f"The result cannot be said in JSON: {error}") from None
    if len(text) > MAX_RESULT_BYTES:
        raise OutputTooLarge(
            f"The result has {len(text):,} bytes; at most {MAX_RESULT_BYTES:,} can be sent."
        )
    return json.loads(text, parse_int=_finite if MANY_DIGITS.search(text) else None)


def as_failure(error: BaseException) -> dict[str, Any]:
    """Return what a tool raised: its type, its message, and where in the tool it happened."""
    kind = next((kind for known, kind in KINDS.items() if isinstance(error, known)), "Exception")
    message = _message(error)[:MAX_MESSAGE].encode(errors="replace").decode()
    return {"error": {"kind": kind, "message": message, "trace": _trace(error)}}


def _as_content(value: Any) -> list[dict[str, Any]] | None:
    """Return content blocks for text, pictures and lists of these; None for plain data."""
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if _is_picture(value):
        return [_block(value)]
    if isinstance(value, list | tuple) and value and all(map(_is_content, value)):
        return [_block(item) for item in value]
    return None


def _is_content(value: Any) -> bool:
    return _is_picture(value) or (
        isinstance(value, dict) and value.get("type") in CONTENT_KINDS and len(value) > 1
    )


def _is_picture(value: Any) -> bool:
    return isinstance(value, Image) or type(value).__module__.startswith("PIL.")


def _block(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Image):
        return value.content()
    file = BytesIO()
    value.save(file, format="PNG")
    return Image(file.getvalue()).content()


def _plain(value: Any) -> Any:
    """Return something that JSON can say for what it cannot."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, AS_TEXT):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, bytes):
        raise TypeError("bytes; return text, or Image(data)")
    if hasattr(value, "to_dict"):
        return value.to_dict(**({"orient": "records"} if hasattr(value, "columns") else {}))
    if hasattr(value, "tolist"):
        return value.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _finite(digits: str) -> int:
    """Return a whole number, unless it is beyond what readers of JSON take for a number.

    Raises:
        NotSerializable: it is.
    """
    number = int(digits)
    if abs(number) > sys.float_info.max:
        raise NotSerializable("The result holds a number of more than 308 digits; return text.")
    return number


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - the tool's own class may do anything here
        text = ""
    if isinstance(error, ToolError | NotSerializable | OutputTooLarge):
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _trace(error: BaseException) -> list[dict[str, Any]]:
    """Return the last lines of the tool's own code that led to an error, innermost last."""
    frames = [
        {
            "line": frame.lineno,
            "function": frame.name[:MAX_LINE],
            "code": (frame.line or "")[:MAX_LINE],
        }
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("<tool ")
    ]
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<tool "):
        code = (error.text or "").strip()[:MAX_LINE]
        frames.append({"line": error.lineno, "function": "", "code": code})
    return frames[-MAX_FRAMES:]
