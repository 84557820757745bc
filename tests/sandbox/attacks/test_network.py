"""Hostile tools that want to reach what is inside: by every spelling, by redirects, by floods."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from sandbox.jail.tiers import Tier
from tests.upstreams.raw import listening

ANYWHERE = ("*",)
# This machine, and what clouds and networks have inside, in the ways that it can be written.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "127.9.9.9", "2130706433", "0x7f000001", "0x7f.1",
    "0177.0.0.1", "0177.0.0.01", "00000177.1", "127.000.000.001", "0", "0.0.0.0", "0x0",
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost",
    "ip6-loopback", "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "[::1]",
    "0:0:0:0:0:ffff:7f00:1", "fe80::1%lo", "64:ff9b::7f00:1", "2002:7f00:1::", "①②⑦.⓪.⓪.①",
    "127。0。0。1", "１２７.0.0.1", "ⓛocalhost", "127.0.0.1.", "127.0.0.1%00.example.com",
    "127.0.0.1 ", "127.0.0.1\\n", "127.0.0.1\\t.example", "localhost\\\\.example.com",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
    "169.254.169.254.", "fd00:ec2::254", "::ffff:169.254.169.254", "metadata.google.internal",
    "metadata", "instance-data", "100.100.100.200", "168.63.129.16", "192.0.0.192", "10.0.0.1",
    "172.16.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1", "198.18.0.2", "198.19.255.255",
    "192.0.2.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "host.docker.internal", "gateway.docker.internal", "kubernetes.default.svc",
]  # fmt: skip
KNOCK = """
    import socket
    def knocked(host, port):
        try:
            with socket.create_connection((host, port), 5) as way:
                way.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                return way.recv(100).decode(errors="replace")
        except (OSError, UnicodeError, ValueError) as error:
            return ""
    def tool(hosts, port):
        return {host: knocked(host, port) for host in hosts}
"""


@asynccontextmanager
async def a_service(answer=b"inside", host="127.0.0.1"):
    """A service of the host; what it yields has its port, and counts who came."""
    came = []

    async def serve(reader, writer):
        came.append(await reader.readline())
        writer.write(answer)

    async with listening(serve, host) as port:
        yield port, came


async def test_no_spelling_leads_inside(attack):
    async with a_service(host="0.0.0.0") as (port, came):
        # The guard listens on the port because of an upstream that is another host there.
        others = (("nobody.invalid", port),)
        server = attack(KNOCK, hosts=ANYWHERE, upstreams=others)
        limits = {"connections_per_second": 1_000, "names_per_second": 1_000}
        egress = server.binding.egress.model_copy(update=limits)
        server.binding = server.binding.model_copy(update={"egress": egress})
        asked = [*SPELLINGS, socket.gethostname(), *own_addresses()]
        answer = await server.call(hosts=asked, port=port, seconds=60)
        assert set(answer["value"].values()) == {""}
        assert not [one for one in answer["connections"] if "too many" in one["refused"]]
        assert came == []


async def test_the_product_and_what_its_operator_names_are_refused(attack):
    server = attack(KNOCK, hosts=ANYWHERE)
    hosts = ["toolkiln.example", "Toolkiln.EXAMPLE.", "93.184.215.14", "93.184.0.0"]
    answer = await server.call(hosts=hosts, port=80, seconds=30)
    refusals = [connection["refused"] for connection in answer["connections"]]
    assert len(refusals) == len(hosts)
    assert [text for text in refusals if "is not a public address" not in text] == []


def own_addresses():
    """Return the addresses of this host by which it is reached from elsewhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("10.255.255.255", 1))
        except OSError:
            return []
        return [way.getsockname()[0]]


async def test_what_is_allowed_is_exactly_that(attack):
    async with a_service() as (allowed, came), a_service() as (other, none):
        server = attack(KNOCK, upstreams=(("127.0.0.1", allowed),))
        seen = await server.value(hosts=["127.0.0.1", "127.0.0.2", "127.1.1.1"], port=allowed)
        assert list(seen.values()) == ["inside", "", ""]
        assert (await server.value(hosts=["127.0.0.1"], port=other)) == {"127.0.0.1": ""}
        assert (len(came), none) == (1, [])


async def test_the_hosts_of_a_server_are_all_it_reaches(attack):
    hosts = ["example.com", "*.example.org", "8.8.8.8"]
    server = attack(KNOCK, hosts=tuple(hosts))
    others = [
        "example.com.evil.test", "evilexample.com", "example.org", "xexample.org", "8.8.4.4",
        "1.1.1.1", "example.net", "a.example.com", "8.8.8.8.example.net", "*.example.com",
    ]  # fmt: skip
    answer = await server.call(hosts=others, port=80, seconds=60)
    assert set(answer["value"].values()) == {""}
    for connection in answer["connections"]:
        assert "is not among the hosts" in connection["refused"]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://0x7f000001:{port}/",
        "//127.0.0.1:{port}/",
        "http://allowed@127.0.0.1:{port}/",
        "file:///etc/shadow",
        "gopher://127.0.0.1:{port}/",
        "unix:///run/docker.sock",
    ],
)
async def test_a_redirect_leads_nowhere_else(attack, target):
    async with a_service() as (inner, came):
        to = target.format(port=inner).encode()
        answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n"
        async with a_service(answer) as (outer, asked):
            server = attack(
                """
                async def tool(url):
                    return (await http.get(url)).text
                """,
                upstreams=(("127.0.0.1", outer), ("nobody.invalid", inner)),
                hosts=ANYWHERE,
            )
            assert (await server.error(url=f"http://127.0.0.1:{outer}/"))["kind"] == "Exception"
            assert len(asked) == 1
        assert came == []


async def test_a_connection_is_not_aimed_anew(attack):
    """What was let through once stays where it leads, whatever is done with its socket."""
    async with a_service() as (port, came), a_service() as (other, none):
        server = attack(
            """
            import socket
            def tool(port, other):
                way = socket.create_connection(("127.0.0.1", port))
                unspecified = struct.pack("HH12x", 0, 0)
                results = [
                    libc.connect(way.fileno(), unspecified, 16),
                    tried(way.connect, ("127.0.0.1", other)),
                    tried(way.connect, ("169.254.169.254", 80)),
                    tried(way.sendto, b"x", ("127.0.0.1", other)),
                ]
                way.settimeout(2)
                return [results, str(tried(way.recv, 100))]
            """,
            upstreams=(("127.0.0.1", port), ("nobody.invalid", other)),
        )
        await server.value(port=port, other=other)
        assert len(came) <= 1
        assert none == []


async def test_datagrams_go_nowhere(attack, tier):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0))
        service.setblocking(False)
        server = attack("""
            import socket
            def tool(port):
                way = tried(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
                if isinstance(way, str):
                    return way
                with way:
                    for host in ("127.0.0.1", "8.8.8.8", "255.255.255.255", "224.0.0.1"):
                        for to in (port, 53, 123):
                            tried(way.sendto, b"secret", (host, to))
                return "sent"
        """)
        sent = await server.value(port=service.getsockname()[1])
        assert sent == ("sent" if tier is Tier.NAMESPACES else "EPERM")
        with pytest.raises(BlockingIOError):
            service.recv(1)


# What arrives at the guard's socket for names, which is open to whatever a tool writes.
QUERIES = {
    "nothing": "b''",
    "chance": "os.urandom(n % 1400)",
    "a query for an address as a name": (
        "struct.pack('!6H', n, 256, 1, 0, 0, 0) + b'\\x09127.0.0.1\\x00\\x00\\x01\\x00\\x01'"
    ),
    "a name that points at itself": (
        "struct.pack('!6H', n, 256, 1, 0, 0, 0) + b'\\xc0\\x0c\\x00\\x01\\x00\\x01'"
    ),
    "an answer": "struct.pack('!6H', n, 0x8180, 1, 1, 0, 0) + b'\\x01a\\x00\\x00\\x01\\x00\\x01'",
    "an update": "struct.pack('!6H', n, 0x2800, 1, 0, 0, 0) + b'\\x01a\\x00\\x00\\x06\\x00\\x01'",
    "many questions": (
        "struct.pack('!6H', n, 256, 99, 0, 0, 0) + b'\\x01a\\x00\\x00\\x01\\x00\\x01' * 99"
    ),
    "other kinds": (
        "struct.pack('!6H', n, 256, 1, 0, 0, 0)"
        " + b'\\x01a\\x00' + struct.pack('!HH', n % 300, n % 260)"
    ),
    "a signature": (
        "struct.pack('!6H', n, 256, 1, 0, 0, 1) + b'\\x01a\\x00\\x00\\x01\\x00\\x01'"
        " + b'\\x01k\\x00\\x00\\xfa\\x00\\xff' + bytes(40)"
    ),
    "names by the thousand": (
        "struct.pack('!6H', n % 65536, 256, 1, 0, 0, 0)"
        " + b'\\x08' + b'%08d' % n + b'\\x00\\x00\\x01\\x00\\x01'"
    ),
}


@pytest.mark.parametrize("query", QUERIES)
async def test_a_flood_of_queries_is_no_ones_trouble(attack, tier, query):
    server = attack(f"""
        import socket
        def tool():
            way = tried(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
            if isinstance(way, str):
                return way
            with way:
                way.connect(("127.0.0.1", 53))
                until, n = time.monotonic() + 0.3, 0
                while time.monotonic() < until:
                    n += 1
                    tried(way.send, {QUERIES[query].replace("n, ", "n % 65536, ")})
                return n
    """)
    other = attack("def tool(): return 1")
    flood = asyncio.create_task(server.value())
    assert [await other.value() for _ in range(5)] == [1] * 5
    sent = await flood
    assert sent > 0 if tier is Tier.NAMESPACES else sent == "EPERM", "none but names by datagrams"


async def test_a_flood_of_connections_is_cut(attack):
    async with a_service() as (port, came):
        server = attack(
            """
            import socket
            def tool(port):
                until, tries = time.monotonic() + 0.5, 0
                while time.monotonic() < until:
                    way = socket.socket()
                    way.setblocking(False)
                    tried(way.connect, ("127.0.0.1", port))
                    way.close()
                    tries += 1
                return tries
            """,
            upstreams=(("127.0.0.1", port),),
        )
        answer = await server.call(port=port)
        assert answer["value"] > 20
        assert len(came) <= 40
        assert len(answer["connections"]) <= 100


async def test_connections_that_nobody_reads_hold_little(attack):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        port = deaf.getsockname()[1]
        server = attack(
            """
            import socket
            def tool(port):
                ways = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(16)]
                until, taken = time.monotonic() + 1.0, 0
                for way in ways:
                    way.setblocking(False)
                while time.monotonic() < until:
                    for way in ways:
                        sent = tried(way.send, bytes(2**18))
                        taken += sent if isinstance(sent, int) else 0
                return taken // 2**20
            """,
            upstreams=(("127.0.0.1", port),),
        )
        assert await server.value(port=port) <= 40


async def test_who_ends_its_process_has_no_new_allowance(attack):
    async with a_service(bytes(600_000)) as (port, came):
        server = attack(
            """
            import socket
            def tool(port):
                with socket.create_connection(("127.0.0.1", port), 5) as way:
                    way.sendall(b"\\n")
                    taken = 0
                    while isinstance(data := tried(way.recv, 65536), bytes) and data:
                        taken += len(data)
                return taken
            """,
            upstreams=(("127.0.0.1", port),),
            isolation="per_call",
        )
        scarce = server.binding.egress.model_copy(update={"mib_per_hour": 1})
        server.binding = server.binding.model_copy(update={"egress": scarce})
        taken = [await server.value(port=port) for _ in range(4)]
        assert taken[0] == 600_000
        assert sum(taken) <= 1024 * 1024 + 4 * 64 * 1024
        assert len(came) >= 1


async def test_ports_that_nobody_named_are_closed(attack, tier):
    server = attack(
        """
        import socket
        def tool(step, connects_late):
            opened = []
            for port in range(1, 65_536, step):
                with socket.socket() as way:
                    is_open = tried(way.connect, ("8.8.8.8", port)) is None
                    if is_open and connects_late:
                        is_open = tried(way.recv, 1) != "ECONNRESET"
                    if is_open and tried(way.getpeername) != way.getsockname():  # TCP meets itself
                        opened.append(port)
            return opened
        """,
        hosts=(),
    )
    named = {80, 443, 8080, 8443, 5432, 3306}
    # Where the guard is asked for each connection, it answers so many in a second.
    how = {"step": 13} if tier is Tier.NAMESPACES else {"step": 6_553}
    opened = await server.value(**how, connects_late=tier is Tier.UIDS, seconds=60)
    assert set(opened) <= named
