"""What tools import asks over a broker as it asks over a network."""

from pathlib import Path

from tests.sandbox import mysql
from tests.sandbox.brokers import Guard
from tests.sandbox.shim.conftest import LARGE, a_service
from tests.vendors.smtp import make_certificate

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
