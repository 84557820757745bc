"""Libraries in a process without any network: its broker is the one thing that leads out."""

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
from tests.sandbox import mysql
from tests.sandbox.brokers import Guard, Way, a_guard, an_egress
from tests.vendors.smtp import make_certificate

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


SYNC = """
    def tool(url, size):
        clients = {
            "httpx": lambda path, **more: httpx.request(
                "POST" if more else "GET", url + path, follow_redirects=True, **more
            ).content,
            "httpx2": lambda path, **more: httpx2.request(
                "POST" if more else "GET", url + path, follow_redirects=True, **more
            ).content,
            "requests": lambda path, content=None: requests.request(
                "POST" if content else "GET", url + path, data=content
            ).content,
            "urllib": lambda path, content=None: urllib.request.urlopen(
                url + path, content
            ).read(),
        }
        return {
            name: [
                ask("/hello").decode(),
                ask("/moved").decode(),
                len(ask("/large")),
                ask("/back", content=b"x" * size) == b"x" * size,
            ]
            for name, ask in clients.items()
        }
"""
ASYNC = """
    async def tool(url, size):
        async def all_of(client, content, **redirects):
            async with client:
                moved = await client.get(url + "/moved", **redirects)
                back = await client.post(url + "/back", **{content: b"x" * size})
                large = await client.get(url + "/large")
                return [
                    (await body(moved)).decode(),
                    len(await body(large)),
                    await body(back) == b"x" * size,
                ]

        async def body(answer):
            read = getattr(answer, "aread", None) or answer.read
            return await read()

        return {
            "httpx": await all_of(httpx.AsyncClient(), "content", follow_redirects=True),
            "httpx2": await all_of(httpx2.AsyncClient(), "content", follow_redirects=True),
            "aiohttp": await all_of(aiohttp.ClientSession(), "data"),
        }
"""


async def test_libraries_ask_over_http(guard: Guard, run):
    async with a_service() as port:
        way = guard.way(upstreams=[("127.0.0.1", port)], connections_per_second=1_000)
        url = f"http://localhost:{port}"
        fine = ["hello", "hello", LARGE, True]
        names = ("httpx", "httpx2", "requests", "urllib")
        assert await run(way, SYNC, url=url, size=LARGE) == dict.fromkeys(names, fine)
        names = ("httpx", "httpx2", "aiohttp")
        assert await run(way, ASYNC, url=url, size=LARGE) == dict.fromkeys(names, fine[1:])
        assert {(one["host"], one["refused"]) for one in way.told} == {("127.0.0.1", "")}


async def test_libraries_ask_over_tls(guard: Guard, run, tmp_path: Path):
    certificate, context = make_certificate(tmp_path)
    async with a_service(tls=context) as port:
        way = guard.way(upstreams=[("127.0.0.1", port)], connections_per_second=1_000)
        answers = await run(
            way,
            """
            async def tool(port, certificate):
                trusting = ssl.create_default_context(cafile=certificate)
                url = f"https://127.0.0.1:{port}/hello"
                untrusting = [tried(httpx.get, url)[0], tried(requests.get, url)[0]]
                async with httpx.AsyncClient(verify=trusting) as client:
                    first = (await client.get(url)).text
                async with httpx2.AsyncClient(verify=trusting) as client:
                    second = (await client.get(url)).text
                async with aiohttp.ClientSession() as client, client.get(url, ssl=trusting) as one:
                    third = await one.text()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
                writer.write(b"GET / HTTP/1.1\\r\\n\\r\\n")
                fourth = (await reader.readuntil(b"hello"))[-5:].decode()
                writer.close()
                with trusting.wrap_socket(socket.socket(), server_hostname="127.0.0.1") as late:
                    late.connect(("127.0.0.1", port))
                    late.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
                    peer, fifth = late.getpeername(), late.recv(100)[-5:].decode()
                return [
                    untrusting, first, second, third, fourth, fifth, peer,
                    httpx.get(url, verify=trusting).text,
                    requests.get(url, verify=certificate).text,
                    urllib.request.urlopen(url, context=trusting).read().decode(),
                ]
            """,
            port=port,
            certificate=str(certificate),
        )
        untrusting, *answers = answers
        assert untrusting == ["ConnectError", "SSLError"]
        assert answers.pop(5) == ["127.0.0.1", port]
        assert answers == ["hello"] * 8


async def test_what_is_refused_fails_as_a_connection_that_is_reset(guard: Guard, run):
    async with a_service() as port:
        pass  # nobody listens there any more
    way = guard.way(
        upstreams=[("127.0.0.1", port)], ports={80, 443, port}, connections_per_second=1_000
    )
    seen = await run(
        way,
        """
        async def tool(port):
            seen = {}
            for url in ("http://Example.org/", "https://example.org/", f"http://127.0.0.1:{port}/"):
                seen[url] = [tried(httpx.get, url)[0], tried(requests.get, url)[0]]
                async with aiohttp.ClientSession() as client:
                    try:
                        await client.get(url)
                    except aiohttp.ClientError as error:
                        seen[url].append(isinstance(error, OSError))
            with socket.create_connection(("example.org", 80)) as first:
                seen["read"] = tried(first.recv, 1)
            return seen
        """,
        port=port,
    )
    assert seen.pop("read") == ["ConnectionResetError", "[Errno 104] Connection reset by peer"]
    for of_httpx, of_requests, is_os_error in seen.values():
        assert of_httpx in {"ReadError", "WriteError", "ConnectError"}
        assert of_requests in {"ConnectionError", "SSLError"}
        assert is_os_error
    refused = {(one["host"], one["port"]): one["refused"] for one in way.told}
    assert refused == {
        ("example.org", 80): "example.org is not among the hosts that this server may reach.",
        ("example.org", 443): "example.org is not among the hosts that this server may reach.",
        ("127.0.0.1", port): f"127.0.0.1 does not answer on port {port}.",
    }


async def test_who_waits_for_an_answer_can_give_up(guard: Guard, run):
    async with a_service() as port:
        way = guard.way(upstreams=[("127.0.0.1", port)])
        assert (
            await run(
                way,
                """
            async def tool(url, port):
                with socket.create_connection(("127.0.0.1", port), timeout=0.1) as one:
                    of_socket = tried(one.recv, 1)[0]
                try:
                    async with asyncio.timeout(0.1):
                        reader, writer = await asyncio.open_connection("127.0.0.1", port)
                        await reader.read()
                except TimeoutError:
                    writer.close()
                    of_asyncio = "TimeoutError"
                try:
                    async with aiohttp.ClientSession() as client:
                        await client.get(url, timeout=aiohttp.ClientTimeout(0.1))
                except TimeoutError:
                    of_aiohttp = "TimeoutError"
                async with httpx.AsyncClient(timeout=0.1) as client:
                    try:
                        await client.get(url)
                    except httpx.ReadTimeout:
                        of_httpx = "ReadTimeout"
                return [
                    of_socket, of_asyncio, of_aiohttp, of_httpx,
                    tried(httpx.get, url, timeout=0.1)[0],
                    tried(requests.get, url, timeout=0.1)[0],
                ]
            """,
                url=f"http://127.0.0.1:{port}/silent",
                port=port,
            )
            == ["TimeoutError", "TimeoutError", "TimeoutError", "ReadTimeout"] + ["ReadTimeout"] * 2
        )


async def send_back_in_capitals(reader, writer) -> None:
    writer.write((await reader.read()).upper())
    writer.close()


async def test_a_socket_is_what_libraries_take_it_for(guard: Guard, run):
    async with a_service(send_back_in_capitals) as port:
        way = guard.way(upstreams=[("127.0.0.1", port)], connections_per_second=1_000)
        seen = await run(
            way,
            """
            def tool(port):
                one = socket.socket()
                seen = {"before": [tried(one.getpeername)[0], one.getsockname(), len(one.recv(1))]}
                one.settimeout(5)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                one.connect(("localhost", port))
                one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                seen["after"] = [
                    one.getpeername(), one.gettimeout(), int(one.family), int(one.type),
                    one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
                    one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
                    one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
                    one.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 4).hex(),
                    isinstance(one, socket.SocketType), "raddr" in repr(one),
                    one.dup().getpeername(),
                ]
                one.sendall(b"half")
                one.shutdown(socket.SHUT_WR)
                seen["half"] = one.makefile().read()
                seen["again"] = [one.connect_ex(("a.test", 80)) for _ in range(2)]
                one.close()
                late = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
                seen["late"] = [late.connect_ex(("127.0.0.1", port)), tried(late.recv, 1)[0]]
                late.close()
                seen["closed"] = tried(late.connect, ("127.0.0.1", port))[0]
                local, other = socket.socketpair()
                local.send(b"local")
                seen["local"] = [other.recv(5).decode(), int(other.family), other.getpeername()]
                seen["zero"] = tried(socket.socket().connect, ("127.0.0.1", 0))[0]
                seen["wrong"] = [
                    tried(socket.socket().connect, address)[0]
                    for address in ("/tmp/a", ("a",), ("a", "b"), ("a", 70_000), ("::1", 80))
                ]
                seen["others"] = [
                    tried(socket.socket, *kind)
                    for kind in (
                        (socket.AF_INET6,), (socket.AF_INET, socket.SOCK_DGRAM),
                        (socket.AF_INET, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_STREAM, 17),
                    )
                ]
                return seen
            """,
            port=port,
        )
    refused = ["PermissionError", "[Errno 1] Operation not permitted"]
    assert seen == {
        "before": ["OSError", ["0.0.0.0", 0], 0],
        "after": [
            ["127.0.0.1", port],
            5.0,
            2,
            1,
            0,
            1,
            1,
            0,
            "00000000",
            True,
            True,
            ["127.0.0.1", port],
        ],
        "half": "HALF",
        "again": [106, 106],
        "late": [0, "BlockingIOError"],
        "closed": "OSError",
        "local": ["local", 1, ""],
        "zero": "ConnectionRefusedError",
        "wrong": ["TypeError", "TypeError", "TypeError", "OverflowError", "gaierror"],
        "others": [refused] * 4,
    }


async def test_names_stand_for_addresses(guard: Guard, run):
    seen = await run(
        guard.way(),
        """
        async def tool():
            first = socket.gethostbyname("one.example")
            second = socket.gethostbyname("Two.example.")
            loop = asyncio.get_running_loop()
            return {
                "numbers": list(map(socket.gethostbyname, ("127.1", "0x7f.1", "localhost"))),
                "same": first == socket.gethostbyname("ONE.example") != second,
                "fake": first.startswith("198.18."),
                "back": [
                    socket.gethostbyaddr(first)[0], socket.getnameinfo((second, 80), 0)[0],
                    socket.getnameinfo((second, 80), socket.NI_NUMERICHOST)[0] == second,
                    socket.gethostbyname_ex("one.example") == ("one.example", [], [first]),
                    tried(socket.gethostbyaddr, "8.8.8.8")[0], socket.getfqdn("one.example"),
                ],
                "found": socket.getaddrinfo(
                    "one.example", 80, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME
                ) == [(socket.AF_INET, socket.SOCK_STREAM, 6, "one.example", (first, 80))],
                "loop": (await loop.getaddrinfo("one.example", 443))[0][4] == (first, 443),
                "elsewhere": [
                    socket.getnameinfo((socket.gethostbyname("bücher.example"), 1), 0)[0],
                    socket.getaddrinfo("::1", 80)[0][0] == socket.AF_INET6,
                    socket.getaddrinfo(None, 80)[0][0] in (socket.AF_INET, socket.AF_INET6),
                ],
                "wrong": [
                    tried(socket.getaddrinfo, host, 80)[0]
                    for host in ("", "-a", "a b", "a\\0b", "a." * 128, b"\\xff", "a/b", "a@b")
                ],
                "unspeakable": [tried(socket.gethostbyname, one)[0] for one in ("a..b", "a" * 64)],
                "numeric": tried(socket.getaddrinfo, "one.example", 80, flags=4)[0],
                "six": tried(socket.getaddrinfo, "one.example", 80, socket.AF_INET6)[0],
            }
        """,
    )
    assert seen == {
        "numbers": ["127.0.0.1"] * 3,
        "same": True,
        "fake": True,
        "back": ["one.example", "two.example", True, True, "herror", "one.example"],
        "found": True,
        "loop": True,
        "elsewhere": ["xn--bcher-kva.example", True, True],
        "wrong": ["gaierror"] * 8,
        "unspeakable": ["UnicodeError"] * 2,
        "numeric": "gaierror",
        "six": "gaierror",
    }


async def test_many_connections_at_once(guard: Guard, run):
    async with a_service() as port:
        way = guard.way(
            upstreams=[("127.0.0.1", port)], connections_per_second=1_000, mib_per_hour=1_024
        )
        assert (
            await run(
                way,
                """
            async def tool(url):
                limits = aiohttp.TCPConnector(limit=0)
                async with aiohttp.ClientSession(connector=limits) as client:
                    async def ask():
                        async with client.get(url) as answer:
                            return len(await answer.read())
                    return await asyncio.gather(*[ask() for _ in range(30)])
            """,
                url=f"http://127.0.0.1:{port}/large",
            )
            == [LARGE] * 30
        )


async def test_who_asks_for_too_many_is_refused_at_once(guard: Guard, run):
    async with a_service() as port:
        way = guard.way(upstreams=[("127.0.0.1", port)])
        kinds = await run(
            way,
            """
            def tool(port):
                kinds = set()
                for _ in range(3_000):
                    with socket.socket() as one:
                        one.setblocking(False)
                        kinds.add(str(tried(one.connect, ("127.0.0.1", port))))
                return sorted(kinds)
            """,
            port=port,
        )
        assert kinds == ["None", "['ConnectionRefusedError', '[Errno 111] Connection refused']"]


async def test_drivers_of_databases(guard: Guard, run, postgres_url: str):
    port = int(postgres_url.rpartition(":")[2])
    async with a_service(mysql.serve) as mysql_port:
        upstreams = [("127.0.0.1", port), ("127.0.0.1", mysql_port)]
        seen = await run(
            guard.way(upstreams=upstreams),
            """
            async def tool(url, mysql_port):
                connection = await asyncpg.connect(url)
                await connection.execute("CREATE TEMPORARY TABLE numbers (value text)")
                await connection.copy_records_to_table("numbers", records=[("x" * 1000,)] * 1000)
                first = await connection.fetchval("SELECT sum(length(value)) FROM numbers")
                await connection.close()
                second = pymysql.connect(host="127.0.0.1", port=mysql_port, user="tool")
                with second, second.cursor() as cursor:
                    cursor.execute("SELECT 1")
                    rows = cursor.fetchall()
                return [first, rows, tried(psycopg.connect, url)]
            """,
            url=f"{postgres_url}/postgres",
            mysql_port=mysql_port,
        )
        assert seen[:2] == [1_000_000, [[1]]]
        assert seen[2][0] == "OperationalError", "libpq opens sockets of its own"
