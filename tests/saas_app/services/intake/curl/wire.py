"""Requests in one comparable form, and a loopback server that records those that arrive."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """What matters of a request; the body is `None` or a pair of its kind and its content.

    Kinds are json (a value), form (sorted pairs), parts (sorted name, file name, type, content)
    and text.
    """

    method: str
    address: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    cookies: frozenset[tuple[str, str]] = frozenset()
    body: Any = None

    def with_address(self, address: str) -> Self:
        """The same request to another address."""
        return replace(self, address=address)

    def without(self, headers: dict[str, str]) -> Self:
        """The same request without headers of just these values."""
        kept = {name: v for name, v in self.headers.items() if headers.get(name) != v}
        return replace(self, headers=kept)


@dataclass
class Recorder:
    """Where the loopback server listens, and what has arrived there."""

    port: int = 0
    arrived: list[Request] = field(default_factory=list)

    def taken(self) -> list[Request]:
        """What has arrived since this was asked last."""
        taken, self.arrived[:] = list(self.arrived), []
        return taken


def comparable(method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> Request:
    """The comparable form of a request as it is on the wire."""
    parts = urlsplit(url)
    lowered = {name.lower(): value for name, value in headers}
    if lowered.get("content-type", "").startswith("text/"):  # UTF-8 is what curl sends as well
        lowered["content-type"] = lowered["content-type"].removesuffix("; charset=utf-8")
    cookie = lowered.pop("cookie", "")
    pairs = [piece.strip().partition("=") for piece in cookie.split(";") if piece.strip()]
    return Request(
        method=method,
        address=f"{parts.netloc.rpartition('@')[2].lower()}{unquote(parts.path) or '/'}",
        query=tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
        headers=lowered,
        cookies=frozenset((name, value) for name, _, value in pairs),
        body=comparable_body(lowered.get("content-type", ""), body),
    )


def comparable_body(media_type: str, body: bytes) -> Any:
    """The comparable form of a body."""
    if not body:
        return None
    if media_type.startswith("multipart/"):
        return "parts", sorted(_parts(media_type, body), key=str)
    text = body.decode("utf-8", "replace")
    if re.search(r"[/+]json\b", media_type) or (media_type == FORM and text.lstrip()[:1] in "{["):
        try:
            return "json", json.loads(text)
        except ValueError:
            return "text", text
    if media_type.startswith(FORM) and re.match(r"[^=\s<]+=", text):
        return "form", sorted(parse_qsl(text, keep_blank_values=True))
    return "text", text


def _parts(media_type: str, body: bytes) -> list[tuple[str, str | None, str | None, str]]:
    boundary = Message()
    boundary["Content-Type"] = media_type
    marker = b"--" + str(boundary.get_param("boundary")).encode()
    found = []
    for piece in body.split(marker)[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        name = re.search(r'[; ]name="([^"]*)"', lines[0])
        filename = re.search(r'filename="([^"]*)"', lines[0])
        kind = next(
            (ln.split(":")[1].strip() for ln in lines if ln.lower().startswith("content-type")),
            None,
        )
        found.append(
            (name[1] if name else "", filename[1] if filename else None, kind, content.decode())
        )
    return found


@contextmanager
def recording() -> Iterator[Recorder]:
    """A loopback server that records requests; also usable as a plain-http proxy."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _record(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length) if length else self._chunks()
            url = self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}"
            recorder.arrived.append(comparable(self.command, url, self.headers.items(), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def _chunks(self) -> bytes:
            whole = b""
            while "chunked" in self.headers.get("Transfer-Encoding", ""):
                size = int(self.rfile.readline(), 16)
                whole += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
            return whole

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _record  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        recorder.port = server.server_address[1]
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
