"""Writes arguments the way OpenAPI describes them: styles, explode, reserved characters.

Source: OpenAPI 3.1 section 4.8.12 and RFC 6570, on which its styles rest.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import orjson

from core.errors import Invalid
from core.http_request import Style

Encode = Callable[[str], str]

# What RFC 3986 reserves, without the four that would end the value or start another one.
RESERVED_IN_QUERY = ":/?[]@!$'()*,;="
RESERVED_IN_PATH = ":/@!$&'()*,;=+"
COOKIE_BREAKERS = re.compile(r'[\x00-\x20";\\\x7f]')
PERCENT_TRIPLET = re.compile(r"(%[0-9A-Fa-f]{2})")
DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def as_text(value: Any) -> str:
    """Return a scalar as it stands in an address or header; anything nested as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if value is None:
        return ""
    return as_json(value)


def as_json(value: Any) -> str:
    """Return compact JSON.

    Raises:
        Invalid: the value holds half of a surrogate pair, which no encoding can carry.
    """
    return json_bytes(value).decode()


def json_bytes(value: Any) -> bytes:
    """Return compact JSON in UTF-8; see `as_json`."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, or a broken character
        pass
    return utf8(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def utf8(text: str) -> bytes:
    """Return text in UTF-8.

    Raises:
        Invalid: it holds half of a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Invalid("An argument holds a broken character (half a surrogate pair).") from error


def percent_encoded(text: str, *, safe: str = "") -> str:
    """Percent-encode everything but unreserved characters and `safe`."""
    return quote(utf8(text), safe=safe)


def cookie_safe(value: str) -> str:
    """Encode what would end a cookie's value and leave the rest as its owner wrote it."""
    return COOKIE_BREAKERS.sub(lambda match: percent_encoded(match[0]), value)


def encoder(*, allow_reserved: bool, reserved: str = RESERVED_IN_QUERY) -> Encode:
    """Return how one value is encoded; triplets such as %2F pass when reserved ones may."""
    if not allow_reserved:
        return percent_encoded
    return lambda text: "".join(
        part if PERCENT_TRIPLET.fullmatch(part) else percent_encoded(part, safe=reserved)
        for part in PERCENT_TRIPLET.split(text)
    )


def unencoded(text: str) -> str:
    """Leave a value as it is: headers are not percent-encoded."""
    return text


def path_text(name: str, value: Any, *, style: Style, explode: bool, encode: Encode) -> str:
    """Return what replaces a placeholder of a path."""
    if style == "label":
        return _prefixed(value, ".", explode=explode, encode=encode)
    if style == "matrix":
        return _matrix(name, value, explode=explode, encode=encode)
    return simple_text(value, explode=explode, encode=encode)


def simple_text(value: Any, *, explode: bool, encode: Encode) -> str:
    """Return style `simple`: items with commas between them."""
    return ",".join(_flat(value, explode=explode, encode=encode))


def form_fields(
    name: str, value: Any, *, style: Style, explode: bool, encode: Encode
) -> list[tuple[str, str]]:
    """Return the encoded name and value pairs of one argument in a query, cookie or form."""
    if style == "deepObject" and isinstance(value, list | dict):
        return list(_deep(encode_name(name), value, encode))
    if not isinstance(value, list | dict):
        return [] if value is None else [(encode_name(name), encode(as_text(value)))]
    if explode and isinstance(value, list):
        return [(encode_name(name), encode(as_text(item))) for item in value]
    if explode and isinstance(value, dict):
        given = {key: item for key, item in value.items() if item is not None}
        return [(encode_name(str(key)), encode(as_text(item))) for key, item in given.items()]
    joined = DELIMITERS.get(style, ",").join(_flat(value, explode=False, encode=encode))
    return [(encode_name(name), joined)] if value else []


def encode_name(name: str) -> str:
    """Encode a field's name; brackets stay, since APIs that use them expect to read them."""
    return percent_encoded(name, safe="[]$.:@-_~")


def _flat(value: Any, *, explode: bool, encode: Encode) -> list[str]:
    if isinstance(value, list):
        return [encode(as_text(item)) for item in value]
    if isinstance(value, dict):
        pairs = [(encode(str(key)), encode(as_text(item))) for key, item in value.items()]
        if explode:
            return [f"{key}={item}" for key, item in pairs]
        return [part for pair in pairs for part in pair]
    return [encode(as_text(value))]


def _prefixed(value: Any, prefix: str, *, explode: bool, encode: Encode) -> str:
    parts = _flat(value, explode=explode, encode=encode)
    return prefix + (prefix if explode else ",").join(parts)


def _matrix(name: str, value: Any, *, explode: bool, encode: Encode) -> str:
    name = percent_encoded(name)
    if explode and isinstance(value, dict):
        return "".join(f";{pair}" for pair in _flat(value, explode=True, encode=encode))
    if explode and isinstance(value, list):
        return "".join(f";{name}={item}" for item in _flat(value, explode=True, encode=encode))
    return f";{name}={','.join(_flat(value, explode=False, encode=encode))}"


def _deep(name: str, value: Any, encode: Encode) -> Iterator[tuple[str, str]]:
    """Yield `name[key]=value`, and for what OpenAPI leaves open what most APIs read.

    Lists of scalars are `name[]=a`, lists of objects `name[0][key]=a`.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _deep(f"{name}[{encode_name(str(key))}]", item, encode)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            step = str(index) if isinstance(item, list | dict) else ""
            yield from _deep(f"{name}[{step}]", item, encode)
    elif value is not None:
        yield name, encode(as_text(value))
