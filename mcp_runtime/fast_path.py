"""Reads the one request that matters for speed, a plain `tools/call`, without the SDK.

Whatever is not exactly that (another method, a batch, an odd header, a field this file does not
know) is left to the SDK, so there is one place that decides what is wrong with a request. A test
sends the same inputs down both ways and compares the answers.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from mcp.shared.inbound import (
    MCP_PROTOCOL_VERSION_HEADER,
    InboundModernRoute,
    classify_inbound_request,
    find_duplicated_routing_header,
)
from mcp_types import (
    DEFAULT_NEGOTIATED_VERSION,
    SERVER_INFO_META_KEY,
)
from mcp_types import methods as sdk_methods
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from mcp_runtime.tool_runner.styles import json_bytes

MEMBERS = frozenset({"jsonrpc", "id", "method", "params"})
PARAMS = frozenset({"name", "arguments", "_meta"})
# orjson reads longer integers as floats, and answers would lose digits.
LONG_NUMBER = re.compile(rb"\d{19}")
MAX_REMEMBERED = 2_000
MAX_META_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class FastCall:
    """A `tools/call` that needs nothing but a tool to run and its answer to be written."""

    id: int | str
    name: str
    arguments: dict[str, Any]
    is_modern: bool


class FastPath:
    """Recognises plain calls; remembers which `_meta` objects the SDK has found valid."""

    def __init__(self) -> None:
        self._valid: OrderedDict[tuple[str, bytes], bool] = OrderedDict()

    def read(self, headers: Mapping[str, str], message: Any, body: bytes) -> FastCall | None:
        """Return the call, or None when the SDK shall look at the request.

        Args:
            headers: by lower-case name; a name that came twice must not be in it.
            message: the body as orjson read it.
            body: the bytes it was read from.
        """
        if not _is_plain_call(message) or LONG_NUMBER.search(body) or not _is_json(headers):
            return None
        params = message["params"]
        version = headers.get(MCP_PROTOCOL_VERSION_HEADER)
        is_modern = version in MODERN_PROTOCOL_VERSIONS
        if is_modern:
            route = classify_inbound_request(message, headers=headers)
            if not isinstance(route, InboundModernRoute):
                return None
        elif version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS:
            return None
        meta = params.get("_meta")
        if meta is not None and not self._is_valid(version or DEFAULT_NEGOTIATED_VERSION, meta):
            return None
        arguments = params.get("arguments", {})
        return FastCall(message["id"], params["name"], arguments, is_modern)

    def _is_valid(self, version: str, meta: Any) -> bool:
        """Whether the SDK's own models accept a `_meta`; clients send the same one every time."""
        if not isinstance(meta, dict) or "progressToken" in meta:
            return False
        key = (version, orjson.dumps(meta))
        if len(key[1]) > MAX_META_BYTES:
            return False
        known = self._valid.get(key)
        if known is None:
            known = self._valid[key] = _sdk_accepts(version, meta)
            if len(self._valid) > MAX_REMEMBERED:
                self._valid.popitem(last=False)
        return known


def without_duplicates(raw: list[tuple[bytes, bytes]]) -> dict[str, str] | None:
    """Return headers by name, or None when one that decides about the path came twice."""
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    doubled = {name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1}
    if find_duplicated_routing_header(pairs) or doubled & {"accept", "content-type"}:
        return None
    return headers


def answer_bytes(call: FastCall, result: dict[str, Any], server_info: Mapping[str, Any]) -> bytes:
    """Return the JSON-RPC answer that the SDK would write for this result."""
    if call.is_modern:
        meta = {**result.get("_meta", {}), SERVER_INFO_META_KEY: server_info}
        result = {**result, "resultType": "complete", "_meta": meta}
    return json_bytes({"jsonrpc": "2.0", "id": call.id, "result": result})


def _is_plain_call(message: Any) -> bool:
    if not isinstance(message, dict) or not message.keys() <= MEMBERS:
        return False
    if message.get("jsonrpc") != "2.0" or message.get("method") != "tools/call":
        return False
    params, number = message.get("params"), message.get("id")
    if type(number) not in (int, str) or not isinstance(params, dict):
        return False
    return (
        params.keys() <= PARAMS
        and isinstance(params.get("name"), str)
        and isinstance(params.get("arguments", {}), dict)
    )


def _is_json(headers: Mapping[str, str]) -> bool:
    """Whether the body is JSON and the client takes JSON, both said in the plainest way."""
    kind = headers.get("content-type", "")
    if kind != "application/json" and not kind.startswith("application/json;"):
        return False
    first = headers.get("accept", "").split(",", 1)[0].split(";", 1)[0].strip()
    return first in ("application/json", "*/*")


def _sdk_accepts(version: str, meta: dict[str, Any]) -> bool:
    try:
        sdk_methods.validate_client_request(
            "tools/call", version, {"name": "any", "arguments": {}, "_meta": meta}
        )
    except (ValidationError, ValueError, KeyError):
        return False
    return True
