"""Reads request bodies up to the limit, and hands them on to the SDK as if they were fresh."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import orjson
from anyio import CancelScope, sleep_forever
from mcp.server.transport_security import DEFAULT_MAX_REQUEST_BODY_SIZE
from mcp_types import CLIENT_INFO_META_KEY
from starlette.types import Message, Receive

from core.errors import DomainError

MAX_BODY_BYTES = DEFAULT_MAX_REQUEST_BODY_SIZE
# The parsers behind the two ways of a request stop at different depths (200, about 1,000 and
# 1,024 levels); one bound below all of them, looked at first, makes both answer alike.
MAX_NESTING = 128
LONGEST_CLIENT_NAME = 80

T = TypeVar("T")


class BodyTooLarge(DomainError):
    """The request's body is over the limit."""

    code = "body_too_large"
    status = 413


class NestedTooDeep(DomainError):
    """The request's JSON has more levels than any honest one."""

    code = "nested_too_deep"
    status = 400


class Disconnected(Exception):
    """The client went away before its request was complete, or before it had its answer."""


async def read_body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLarge: it is over the limit, by its own account or in fact.
        Disconnected: it never came to its end.
    """
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes) -> Receive:
    """Return a `receive` that gives the body once more and then waits.

    Whether the client is still there is what `while_connected` listens for.
    """
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        if not waiting:
            await sleep_forever()
        return waiting.pop()

    return replay


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """Wait for work that is done for a client, as long as the client is there.

    Raises:
        Disconnected: it went away, and the work was broken off.
    """
    with CancelScope() as scope:
        watch = asyncio.create_task(_cancel_when_gone(receive, scope))
        try:
            return await work
        finally:
            watch.cancel()
    raise Disconnected


async def _cancel_when_gone(receive: Receive, scope: CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def as_message(body: bytes) -> Any:
    """Return the body as JSON, or None when it is not plain JSON.

    Raises:
        NestedTooDeep: it has too many levels.
    """
    try:
        message = orjson.loads(body)
    except ValueError:
        return None
    # Counting brackets is quick, and hardly a request has as many of them as levels are allowed.
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and _is_deeper(message, MAX_NESTING):
        raise NestedTooDeep(f"A request is nested at most {MAX_NESTING} levels deep.")
    return message


def client_name(message: Any, headers: Mapping[str, str]) -> str:
    """Return what the client calls itself: in the request, or else in its User-Agent."""
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    info = meta.get(CLIENT_INFO_META_KEY) if isinstance(meta, dict) else None
    if isinstance(info, dict) and info.get("name"):
        return _what_shows(f"{info['name']} {info.get('version', '')}")
    return _what_shows(headers.get("user-agent", "").partition(" ")[0])


def _what_shows(text: str) -> str:
    """Leave out what has no place in a name: PostgreSQL, for one, takes no NUL."""
    shown = text[:LONGEST_CLIENT_NAME]
    if not shown.isprintable():
        shown = "".join(character for character in shown if character.isprintable())
    return shown.strip()


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than so many levels deep."""
    layer = [value] if isinstance(value, list | dict) else []
    for _ in range(levels):
        layer = [
            inner
            for item in layer
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, list | dict)
        ]
        if not layer:
            return False
    return True


def _too_large() -> BodyTooLarge:
    limit = MAX_BODY_BYTES // (1024 * 1024)
    return BodyTooLarge(f"A request holds at most {limit} MiB.")
