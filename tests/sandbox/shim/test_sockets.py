"""What looks like a socket of the Internet is taken for one, and names stand for addresses."""

from tests.sandbox.brokers import Guard
from tests.sandbox.shim.conftest import a_service


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
