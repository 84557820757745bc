"""A process without any network, as a tool sees it: its broker is the one thing that leads out."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from sandbox.egress.client import Egress
from sandbox.jail_command import bubblewrap
from sandbox.tools_environment import ToolsEnvironment, cache_folder, prepare
from tests.sandbox.brokers import Guard, Way, a_guard, an_egress

LARGE = 3 * 1024 * 1024
SECONDS_FOR_A_TOOL = 60
# As in a worker: libraries are imported before their sockets are changed.
AROUND = """
import sys
sys.path[:0] = sys.argv[2:]
import asyncio, json, socket, ssl, urllib.request
import aiohttp, asyncpg, httpx, httpx2, psycopg, pymysql, requests
from sandbox.jail import socket_shim
socket_shim.install(int(sys.argv[1]))

def tried(function, *values, **named):
    try:
        return function(*values, **named)
    except Exception as error:
        return [type(error).__name__, str(error)]

{code}
result = tool({arguments})
print(json.dumps(asyncio.run(result) if asyncio.iscoroutine(result) else result))
"""


@pytest.fixture(scope="module")
def environment() -> ToolsEnvironment:
    return prepare(cache_folder(), bubblewrap(), uid=os.getuid())


@pytest.fixture(scope="module")
def egress() -> Iterator[Egress]:
    with an_egress() as started:
        yield started


@pytest.fixture
async def guard(egress: Egress) -> AsyncIterator[Guard]:
    async with a_guard(egress) as running:
        yield running


@pytest.fixture
def run(environment: ToolsEnvironment, tmp_path: Path):
    """Return what runs a function called `tool` over a broker, and returns its result."""

    async def run(way: Way, code: str, **arguments: Any) -> Any:
        file = tmp_path / "tool.py"
        named = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        file.write_text(AROUND.format(code=dedent(code), arguments=named))
        broker = way.broker.fileno()
        process = await asyncio.create_subprocess_exec(
            *("unshare", "--user", "--map-root-user", "--net"),
            *(str(environment.python / "bin" / "python3.11"), "-I", "-S", "-B", str(file)),
            *(str(broker), str(environment.packages), str(environment.jail)),
            pass_fds=[broker],
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(SECONDS_FOR_A_TOOL):
            printed, _ = await process.communicate()
        assert process.returncode == 0
        return json.loads(printed)

    return run


async def serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say hello, lead elsewhere, send much or what was sent, or say nothing at all."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1]
            if path == b"/silent":
                await reader.read()
            lines = [line.partition(b":") for line in head.lower().splitlines()]
            sizes = [int(value) for name, _, value in lines if name == b"content-length"]
            body = await reader.readexactly(sum(sizes)) or b"hello"
            status = b"302 Found\r\nLocation: /hello" if path == b"/moved" else b"200 OK"
            body = bytes(LARGE) if path == b"/large" else body
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def a_service(serve: Any = serve_http, tls: ssl.SSLContext | None = None):
    """A service of the host; what it yields is its port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
