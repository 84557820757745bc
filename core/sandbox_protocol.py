"""What the runtime and the sandbox supervisor say to each other, over a Unix socket.

A message is a length of four bytes and then JSON. The runtime asks, each time with an `id` of its
own (`do` says what for), and the supervisor answers with that id:

- `bind`: keep this `Binding`; unanswered. A supervisor forgets bindings that are long unused.
- `call`: run a tool of a binding. Answered by `answer`, or by `unknown` when the binding must be
  sent again. Before that may come `store`, a question to the server's key-value store, which the
  runtime answers with `stored`; and `heard`, to a call that `is_followed`: a piece of what the tool
  printed (`stdout`, `stderr`), or a `connection` that it made.
- `cancel`: nobody waits for that call any more.
- `forget`: a lane changed or is gone; unanswered. Its bindings are forgotten, its workers end. A
  call that comes later with a binding of an earlier `generation` is served, and leaves nothing.
- `check`: look at an organization's source code without running it; answered by `answer`.
- `status`: what is known of one server's workers, or of all; answered by `answer`.
"""

import asyncio
import os
import socket
import struct
from pathlib import Path
from typing import Any, Literal

import orjson

from core.egress import Upstream
from core.frozen import Frozen

LENGTH = struct.Struct("!I")
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
SOCKET_NAME = "sandbox.sock"

Isolation = Literal["shared", "per_call"]
Packages = Literal["lean", "full"]


class ToolSource(Frozen):
    """The code of one tool, and the name of the function in it that is the tool."""

    source: str
    function: str


class WorkerLimits(Frozen):
    """What one worker may use of the host.

    Attributes:
        processors: how much of a processor, where the host hands out control groups.
    """

    memory_mib: int = 256
    threads: int = 24
    files: int = 64
    file_mib: int = 16
    cpu_seconds: int = 600
    processors: float = 0.5


class EgressLimits(Frozen):
    """What one worker may reach, and how much of it.

    Attributes:
        hosts: names and addresses; `*.example.com` is every name below, `*` any public host.
        upstreams: exact host and port that development lets through although they are not public.
    """

    hosts: tuple[str, ...] = ()
    upstreams: tuple[Upstream, ...] = ()
    connections: int = 32
    connections_per_second: int = 20
    names_per_second: int = 50
    mib_per_hour: int = 64


class Share(Frozen):
    """What one organization may have of the host at a time.

    Attributes:
        calls: calls that run at once.
        waiting: calls that may wait for their turn.
    """

    calls: int = 8
    waiting: int = 32


class Binding(Frozen):
    """One server version with everything that its workers need, secrets among it.

    Attributes:
        revision: names exactly this binding; another version or another value is another one.
        lane: the server and whether it is its draft: a new revision replaces the older ones there.
        generation: tells older from newer, where a call comes late: it grows with each change.
        ports: those that its tools connect to, besides the ones that every worker listens on.
        workers: how many workers it may have at once.
        warm: how many of them stay, never frozen, when nothing is called.
    """

    revision: str
    lane: str
    server: str
    tenant: str
    tools: dict[str, ToolSource]
    env: dict[str, str]
    generation: int = 0
    egress: EgressLimits = EgressLimits()
    limits: WorkerLimits = WorkerLimits()
    share: Share = Share()
    ports: tuple[int, ...] = ()
    packages: Packages = "lean"
    isolation: Isolation = "shared"
    workers: int = 2
    warm: int = 0


class MessageTooLong(Exception):
    """The other side announces a message that is too long."""


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as it is sent."""
    body = orjson.dumps(message)
    return LENGTH.pack(len(body)) + body


def ask_status(folder: Path, *, seconds: float = 5.0) -> dict[str, Any] | None:
    """Return how the supervisor with its socket in a folder is, or None when none answers."""
    try:
        held = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except (OSError, AttributeError):  # no such folder, or a system without Unix sockets
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(seconds)
            asking.connect(f"/proc/self/fd/{held}/{SOCKET_NAME}")
            asking.sendall(packed({"id": 1, "do": "status"}))
            with asking.makefile("rb") as answers:
                (length,) = LENGTH.unpack(answers.read(LENGTH.size))
                return orjson.loads(answers.read(length))["answer"]
    except (OSError, struct.error, orjson.JSONDecodeError, KeyError):
        return None
    finally:
        os.close(held)


class Messages(asyncio.Protocol):
    """Cuts what arrives into messages; subclasses say what to do with each of them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self.transport = transport

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, unless the connection is gone."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(packed(message))

    def data_received(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        self._buffer += data
        start, size = 0, len(self._buffer)
        while size - start >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer, start)
            if length > MAX_MESSAGE_BYTES:
                self.transport.abort()
                raise MessageTooLong
            end = start + LENGTH.size + length
            if size < end:
                break
            self.message_received(orjson.loads(self._buffer[start + LENGTH.size : end]))
            start = end
        if start:
            del self._buffer[:start]

    def message_received(self, message: dict[str, Any]) -> None:
        """Do what a message says."""
        raise NotImplementedError
