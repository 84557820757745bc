"""From text to a parsed OpenAPI document, or a refusal that says what is wrong and where."""

import json
import re
from typing import Any

import orjson

from core.errors import Invalid
from saas_app.services.intake.openapi.yaml_events import MAX_DEPTH, load_yaml

MAX_BYTES = 20_000_000

# The version key as JSON or flow YAML writes it, or at the start of a line as block YAML does.
_VERSION_KEY = re.compile(
    r"""(?:^|[{,]\s*)["']?(?:openapi|swagger|swaggerVersion)["']?\s*:\s*["']?[1-9]""",
    re.MULTILINE,
)
# Braces with an unquoted key are YAML in its short form.
_IS_JSON = re.compile(r'\s*(?:\[|\{\s*["}]|\{\s*$)')
_FENCED = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>```+|~~~+)[^\n`]*\n"
    r"(?P<inner>.*?)(?:^[ \t]*(?P=fence)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_STARTS_A_COMMAND = re.compile(r"\s*(?:\$\s*)?curl(?:\.exe)?\s", re.IGNORECASE)


def looks_like_openapi(text: str) -> bool:
    """Whether a text is meant to be an OpenAPI document, even one with mistakes in it."""
    return not _STARTS_A_COMMAND.match(text) and _VERSION_KEY.search(text) is not None


def parse(text: str) -> dict[str, Any]:
    """Return the document as plain values.

    Raises:
        Invalid: too large, neither JSON nor YAML, or not an object.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise Invalid(f"This document is larger than {MAX_BYTES // 1_000_000} MB.", field="source")
    text = _without_fence(text.lstrip("\ufeff"))
    if not text.strip():
        raise Invalid("There is nothing here yet: paste an OpenAPI document.", field="source")
    document = _parse_json(text) if _IS_JSON.match(text) else load_yaml(text)
    if not isinstance(document, dict):
        raise Invalid(
            "This is not an OpenAPI document: it should be an object with a key “openapi”.",
            field="source",
        )
    return document


def _without_fence(text: str) -> str:
    """The block of a Markdown text that holds the document; lines stay where they are.

    A document quotes blocks in its descriptions: only one that its version key stands in counts.
    """
    key = _VERSION_KEY.search(text) if "```" in text or "~~~" in text else None
    if key is None:
        return text
    for block in _FENCED.finditer(text):
        if block.start() > key.start():
            break
        if block.start("inner") <= key.start() < block.end("inner"):
            indent = re.compile(rf"^[ \t]{{0,{len(block['indent'])}}}", re.MULTILINE)
            before = text.count("\n", 0, block.start("inner"))
            return "\n" * before + indent.sub("", block["inner"])
    return text


def _parse_json(text: str) -> Any:
    try:
        document = orjson.loads(text)
        json.loads(text, object_pairs_hook=_refuse_twice, parse_int=str, parse_float=str)
    except orjson.JSONDecodeError as error:
        raise _malformed(error) from error
    except RecursionError as error:
        raise Invalid("Objects and lists are nested too deeply.", field="source") from error
    except _KeyTwice as error:
        # Rare, so the line is only looked for now: JSON is YAML, whose reader counts lines.
        load_yaml(text)
        message = f"The key “{error}” appears twice in one object."
        raise Invalid(message, field="source") from error
    return document


class _KeyTwice(Exception):
    pass


def _refuse_twice(pairs: list[tuple[str, Any]]) -> None:
    """Refuse what every JSON parser passes over: of two equal keys the first would be lost."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise _KeyTwice(next(name for name in names if names.count(name) > 1))


def _malformed(error: orjson.JSONDecodeError) -> Invalid:
    if error.msg.startswith("depth limit"):
        problem = f"objects and lists are nested more than {MAX_DEPTH} deep"
    else:
        problem = f"this is not valid JSON ({error.msg})"
    return Invalid(f"Line {error.lineno}, column {error.colno}: {problem}.", field="source")
