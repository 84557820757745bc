"""An independent reading of a tool's spec: the request it stands for, in comparable form.

Written from the seam's documentation alone, so that it can disagree with the product's runner.
"""

import base64
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from core.http_request import BasicCredential, Body, HttpRequest
from core.tool_spec import HttpTool
from tests.saas_app.services.intake.curl.wire import FORM, Request, comparable


def default_arguments(tool: HttpTool) -> dict[str, Any]:
    """The arguments of a call that gives nothing of its own: defaults, else first examples."""
    properties: Any = tool.input_schema["properties"]
    known: dict[str, Any] = {}
    for name, schema in properties.items():
        if "default" in schema:
            known[name] = schema["default"]
        elif schema.get("examples"):
            known[name] = schema["examples"][0]
    return known


def request_of(tool: HttpTool, arguments: dict[str, Any], values: dict[str, str]) -> Request:
    """The request that a tool makes with these arguments and variables."""
    return _Reader(tool.request, arguments, values).request()


class _Reader:
    def __init__(self, request: HttpRequest, arguments: dict[str, Any], values: dict[str, str]):
        self._request, self._arguments, self._values = request, arguments, values
        self._sorted: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "cookie": []}

    def request(self) -> Request:
        self._credentials()
        for fixed in self._request.fixed:
            self._sorted[fixed.location].append((fixed.name, self._filled(fixed.value)))
        path = self._request.path
        for parameter in self._request.parameters:
            if parameter.argument not in self._arguments:
                continue
            value = self._arguments[parameter.argument]
            if parameter.location == "path":
                path = path.replace("{" + parameter.name + "}", quote(_text(value), safe=""))
            else:
                many = value if isinstance(value, list) else [value]
                pairs = [(parameter.name, _text(one)) for one in many]
                self._sorted[parameter.location] += pairs
        assert "{" not in path, f"an argument of {path} has no value"
        media_type, body = self._body(self._request.body)
        headers = [*self._sorted["header"], *([("Content-Type", media_type)] if media_type else [])]
        if self._sorted["cookie"]:
            cookie = "; ".join(f"{name}={value}" for name, value in self._sorted["cookie"])
            headers.append(("Cookie", cookie))
        url = f"{self._base()}{path}?{urlencode(self._sorted['query'])}"
        return comparable(self._request.method, url, headers, body)

    def _base(self) -> str:
        base = self._request.base
        return self._filled(self._values.get(base.variable or "", base.url)).rstrip("/")

    def _filled(self, text: str) -> str:
        return re.sub(r"\{\{([A-Z][A-Z0-9_]*)\}\}", lambda found: self._values[found[1]], text)

    def _credentials(self) -> None:
        for credential in self._request.credentials[0] if self._request.credentials else ():
            if isinstance(credential, BasicCredential):
                pair = f"{self._filled(credential.username)}:{self._filled(credential.password)}"
                encoded = base64.b64encode(pair.encode()).decode()
                self._sorted["header"].append(("Authorization", f"Basic {encoded}"))
            else:
                filled = self._filled(credential.value)
                self._sorted[credential.location].append((credential.name, filled))

    def _body(self, body: Body | None) -> tuple[str, bytes]:
        if body is None:
            return "", b""
        if body.argument is not None:
            return self._whole(body, self._arguments[body.argument])
        content = self._laid_over(body)
        if body.media_type.startswith("multipart/"):
            return self._multipart(body, content)
        if body.media_type.startswith(FORM):
            return body.media_type, urlencode(
                [(key, _text(one)) for key, value in content.items() for one in _many(value)]
            ).encode()
        return body.media_type, json.dumps(content).encode()

    def _whole(self, body: Body, value: Any) -> tuple[str, bytes]:
        if body.is_file:
            return body.media_type, value["text"].encode()
        is_text = isinstance(value, str) and not re.search(r"[/+]json\b", body.media_type)
        return body.media_type, (value if is_text else json.dumps(value)).encode()

    def _laid_over(self, body: Body) -> dict[str, Any]:
        content: Any = json.loads(json.dumps(body.fixed or {}), object_hook=None)
        content = self._filled_in(content)
        for known in body.properties:
            if known.argument not in self._arguments:
                continue
            target = content
            for key in known.path[:-1]:
                target = target.setdefault(key, {})
            target[known.path[-1]] = self._arguments[known.argument]
        return content

    def _filled_in(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled_in(inner) for key, inner in value.items()}
        return self._filled(value) if isinstance(value, str) else value

    def _multipart(self, body: Body, content: dict[str, Any]) -> tuple[str, bytes]:
        types = {known.path[0]: known.media_type for known in body.properties}
        pieces = []
        for name, value in content.items():
            for one in _many(value):
                is_file = isinstance(one, dict) and "filename" in one
                filename = f'; filename="{one["filename"]}"' if is_file else ""
                media_type = types.get(name) or (one.get("media_type") if is_file else None)
                kind = f"\r\nContent-Type: {media_type}" if media_type else ""
                text = one["text"] if is_file else _text(one)
                disposition = f'Content-Disposition: form-data; name="{name}"{filename}{kind}'
                pieces.append(f"--edge\r\n{disposition}\r\n\r\n{text}\r\n")
        return "multipart/form-data; boundary=edge", ("".join(pieces) + "--edge--\r\n").encode()


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)
    )
