"""Writes request bodies: JSON, forms, multipart, text and files."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.http_request import Body, BodyProperty, is_json
from mcp_runtime.tool_runner.styles import (
    as_text,
    encode_name,
    encoder,
    form_fields,
    json_bytes,
    percent_encoded,
    utf8,
)
from mcp_runtime.tool_runner.templates import Templates

FORM = "application/x-www-form-urlencoded"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body ready to send, and its Content-Type."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class FileArgument:
    """A file that came as an argument (`FILE_SCHEMA`)."""

    content: bytes
    filename: str
    media_type: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def encode_body(
    body: Body, arguments: Mapping[str, Any], templates: Templates
) -> EncodedBody | None:
    """Return the body of a request, or None when there is nothing to send.

    Raises:
        Invalid: an argument cannot be written as this media type.
        VariableMissing: a fixed part names a variable that has no value.
    """
    if body.argument is not None:
        if body.argument not in arguments:
            return None
        return _whole(body, arguments[body.argument])
    given = [p for p in body.properties if p.argument in arguments]
    if not given and body.fixed is None and not body.is_required:
        return None
    fixed = templates.filled_json(body.fixed)
    bare = body.media_type.partition(";")[0].strip().lower()
    if bare == FORM:
        return EncodedBody(_form(given, fixed, arguments), body.media_type)
    if bare.startswith("multipart/"):
        parts = [*_fixed_parts(fixed), *_argument_parts(given, arguments)]
        return _multipart(parts, bare)
    if isinstance(fixed, str) and not given and not is_json(bare):
        return EncodedBody(utf8(fixed), _with_charset(body.media_type))
    return EncodedBody(json_bytes(_laid_over(fixed, given, arguments)), body.media_type)


def read_file(value: Any, *, argument: str) -> FileArgument:
    """Read a file argument.

    Raises:
        Invalid: its base64 is broken, or it has no content at all.
    """
    if isinstance(value, str):
        return FileArgument(utf8(value), "file", None)
    if not isinstance(value, dict):
        raise Invalid(f"{argument} is a file: give text or base64.", field=argument)
    media_type = _header_safe(value.get("media_type"), argument) or None
    filename = str(value.get("filename") or "file")
    if isinstance(value.get("text"), str):
        return FileArgument(utf8(value["text"]), filename, media_type)
    try:
        content = base64.b64decode("".join(str(value["base64"]).split()), validate=True)
    except (KeyError, binascii.Error, ValueError):
        message = f"{argument}.base64 is not valid base64; give the bytes in standard base64."
        raise Invalid(message, field=argument) from None
    return FileArgument(content, filename, media_type)


def _whole(body: Body, value: Any) -> EncodedBody:
    bare = body.media_type.partition(";")[0].strip().lower()
    argument = body.argument or "body"
    if body.is_file:
        file = read_file(value, argument=argument)
        is_open = bare.endswith("*") or bare == "application/octet-stream"
        kind = file.media_type if is_open and file.media_type else body.media_type
        return EncodedBody(file.content, "application/octet-stream" if "*" in kind else kind)
    if is_json(bare):
        kind = "application/json" if bare == "*/*" else body.media_type
        return EncodedBody(json_bytes(value), kind)
    if isinstance(value, str):
        return EncodedBody(utf8(value), _with_charset(body.media_type))
    if bare == FORM and isinstance(value, dict):
        return EncodedBody(_joined(_object_fields(value)), body.media_type)
    if bare.startswith("multipart/") and isinstance(value, dict):
        return _multipart([p for name, item in value.items() for p in _parts(name, item)], bare)
    if bare in NDJSON and isinstance(value, list):
        lines = b"".join(json_bytes(item) + b"\n" for item in value)
        return EncodedBody(lines, body.media_type)
    return EncodedBody(json_bytes(value), body.media_type)


def _laid_over(fixed: Any, given: list[BodyProperty], arguments: Mapping[str, Any]) -> Any:
    if fixed is not None and not isinstance(fixed, dict):
        return fixed
    body: dict[str, Any] = fixed or {}
    for field in given:
        target = body
        for step in field.path[:-1]:
            inner = target.get(step)
            if not isinstance(inner, dict):
                inner = target[step] = {}
            target = inner
        target[field.path[-1]] = arguments[field.argument]
    return body


def _form(given: list[BodyProperty], fixed: Any, arguments: Mapping[str, Any]) -> bytes:
    fields = [("", fixed)] if isinstance(fixed, str) else _object_fields(fixed or {})
    for field in given:
        value = arguments[field.argument]
        encode = encoder(allow_reserved=field.allow_reserved)
        if field.media_type is not None and value is not None:
            text = json_bytes(value).decode() if is_json(field.media_type) else as_text(value)
            fields.append((encode_name(field.path[-1]), encode(text)))
        else:
            fields += form_fields(
                field.path[-1], value, style=field.style, explode=field.explode, encode=encode
            )
    return _joined(fields)


def _object_fields(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        pair
        for name, item in value.items()
        for pair in form_fields(
            name,
            as_text(item) if isinstance(item, dict) else item,
            style="form",
            explode=True,
            encode=percent_encoded,
        )
    ]


def _joined(fields: list[tuple[str, str]]) -> bytes:
    return utf8("&".join(f"{name}={value}" if name else value for name, value in fields))


def _fixed_parts(fixed: Any) -> Iterator[_Part]:
    for name, value in (fixed or {}).items():
        yield from _parts(name, value)


def _argument_parts(given: list[BodyProperty], arguments: Mapping[str, Any]) -> Iterator[_Part]:
    for field in given:
        value = arguments[field.argument]
        if field.is_file:
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    yield _file_part(field, item)
        else:
            yield from _parts(field.path[-1], value, media_type=field.media_type)


def _file_part(field: BodyProperty, value: Any) -> _Part:
    file = read_file(value, argument=field.argument)
    kind = file.media_type
    if kind is None and field.media_type and not {"*", ","} & set(field.media_type):
        kind = field.media_type
    return _Part(field.path[-1], file.content, file.filename, kind or "application/octet-stream")


def _parts(name: str, value: Any, *, media_type: str | None = None) -> Iterator[_Part]:
    if value is None:
        return
    if media_type is not None and is_json(media_type) and media_type != "*/*":
        yield _Part(name, json_bytes(value), content_type=media_type)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(name, item, media_type=media_type)
    elif isinstance(value, dict):
        yield _Part(name, json_bytes(value), content_type=media_type or "application/json")
    else:
        yield _Part(name, utf8(as_text(value)), content_type=media_type)


def _multipart(parts: list[_Part], media_type: str) -> EncodedBody:
    """Join parts; the boundary follows from the content, so equal requests are equal bytes."""
    digest = hashlib.sha256(b"\0".join(part.content for part in parts)).hexdigest()
    boundary = f"toolkiln-{digest[:40]}"
    lines = bytearray()
    for part in parts:
        lines += f"--{boundary}\r\n".encode() + _part_headers(part) + b"\r\n"
        lines += part.content + b"\r\n"
    lines += f"--{boundary}--\r\n".encode()
    return EncodedBody(bytes(lines), f"{media_type}; boundary={boundary}")


def _part_headers(part: _Part) -> bytes:
    disposition = f'form-data; name="{_quoted(part.name)}"'
    if part.filename is not None:
        disposition += f'; filename="{_quoted(part.filename)}"'
    headers = f"Content-Disposition: {disposition}\r\n"
    if part.content_type is not None:
        headers += f"Content-Type: {part.content_type}\r\n"
    return utf8(headers)


def _quoted(text: str) -> str:
    """Escape a name the way browsers do (HTML standard, multipart/form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\0", "%00")


def _with_charset(media_type: str) -> str:
    if media_type.lower().startswith("text/") and "charset" not in media_type.lower():
        return f"{media_type}; charset=utf-8"
    return media_type


def _header_safe(value: Any, argument: str) -> str:
    text = str(value or "").strip()
    if not text.isprintable() or not text.isascii():
        raise Invalid(f"{argument}.media_type is not a media type.", field=argument)
    return text
