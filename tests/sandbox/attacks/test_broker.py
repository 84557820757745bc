"""Hostile workers at their broker: the guard serves the others, and keeps nothing of it."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.egress.broker import Misused, name_senders, received
from sandbox.jail.broker import MAX_REQUEST_BYTES
from tests.sandbox.attacks.conftest import descriptors_of, resident_kib
from tests.sandbox.brokers import Guard, Way, a_guard, an_egress, asking
from tests.sandbox.processes import until

MOST_HELD_BYTES = 4 * 1024 * 1024
MAKES_A_PAIR = """
import socket
ours, theirs = socket.socketpair()
socket.send_fds(socket.socket(fileno=0), [b"x"], [theirs.fileno()])
"""


@pytest.fixture(scope="module")
def egress():
    with an_egress() as started:
        yield started


@pytest.fixture
async def guard(egress):
    """A guard that must be as before when the test is over, and serve others until then."""
    async with a_guard(egress) as running, a_service() as (port, _):
        neighbour = running.way(upstreams=[("127.0.0.1", port)])
        assert await said_by(neighbour.asked("127.0.0.1", port)) == b"hello"
        await until(lambda: [one["is_open"] for one in neighbour.told] == [True, False])
        pid, held = running.pid, running.held()
        yield running
        assert await said_by(neighbour.asked("127.0.0.1", port)) == b"hello"
        for way in [way for way in running.ways if way is not neighbour]:
            running.forget(way)
        await until(lambda: running.held() == held)
        assert running.pid == pid


@asynccontextmanager
async def a_service(serve=None):
    """A service of the host; what it yields has its port, and the connections that came."""
    came = []

    async def answer(reader, writer):
        came.append((reader, writer))
        if serve is not None:
            await serve(reader, writer)
        else:
            writer.write(b"hello")
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came
        for _, writer in came:
            writer.close()


async def said_by(end: socket.socket) -> bytes:
    """Return all that arrives at an end until it is closed."""
    data = b""
    loop = asyncio.get_running_loop()
    with end:
        async with asyncio.timeout(10):
            while piece := await loop.sock_recv(end, 65_536):
                data += piece
    return data


async def is_closed(way: Way) -> bool:
    """Whether the guard closes a broker."""
    way.broker.setblocking(False)
    async with asyncio.timeout(10):
        return await asyncio.get_running_loop().sock_recv(way.broker, 100) == b""


NONSENSE = {
    "nothing": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "a number": b"1",
    "deep": b"[" * 500,
    "nothing in it": b"{}",
    "no port": b'{"host": "a"}',
    "more": b'{"host": "a", "port": 443, "more": 1}',
    "port zero": asking("a", 0),
    "port too large": asking("a", 65_536),
    "port below": asking("a", -1),
    "port of text": asking("a", "443"),
    "port of truth": asking("a", True),
    "port of half": asking("a", 443.5),
    "host of number": asking(1, 443),
    "host of list": asking(["a"], 443),
    "no host": asking("", 443),
    "a long host": asking("a." * 127, 443),
    "a host of 10 kB": asking("a" * 10_000, 443),
    "a long label": asking("a" * 64, 443),
    "a host with zero": asking("a\0b", 443),
    "a host with a line": asking("a\n", 443),
    "a host with a dash": asking("-a", 443),
    "an empty label": asking("a..b", 443),
    "IPv6": asking("::1", 443),
    "letters of elsewhere": asking("bücher.example", 443),
    "more than fits": asking("a", 443) + b" " * MAX_REQUEST_BYTES,
}


async def test_nonsense_ends_the_broker(guard: Guard):
    for what, message in NONSENSE.items():
        way = guard.way(hosts=("*",))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            way.send(message, theirs.fileno())
            assert await is_closed(way), what


def a_listening_end():
    end = socket.socket(socket.AF_UNIX)
    end.bind("")  # a name of the kernel's choice
    end.listen()
    return end


def an_end_of_another_process():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run([sys.executable, "-c", MAKES_A_PAIR], stdin=theirs, check=True)
        return socket.socket(fileno=socket.recv_fds(ours, 1, 1)[1][0])


HANDED = {
    "nothing": list,
    "two": lambda: list(socket.socketpair()),
    "three": lambda: [*socket.socketpair(), open(os.devnull)],  # noqa: PTH123, SIM115
    "a hundred": lambda: [open(os.devnull) for _ in range(100)],  # noqa: PTH123, SIM115
    "a file": lambda: [open(os.devnull)],  # noqa: PTH123, SIM115
    "datagrams": lambda: [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)],
    "messages": lambda: [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)],
    "TCP": lambda: [socket.create_server(("127.0.0.1", 0))],
    "what leads nowhere": lambda: [socket.socket(socket.AF_UNIX)],
    "what listens": lambda: [a_listening_end()],
    "what another process made": lambda: [an_end_of_another_process()],
}


async def test_anything_else_than_one_end_of_its_own_ends_the_broker(guard: Guard):
    for what, make in HANDED.items():
        way = guard.way(hosts=("*",))
        handed = make()
        way.send(asking("a.invalid", 443), *(one.fileno() for one in handed))
        assert await is_closed(way), what
        for one in handed:
            one.close()


async def test_a_broker_cannot_be_handed_over_itself(guard: Guard):
    way = guard.way(hosts=("*",))
    way.send(asking("a.invalid", 443), way.broker.fileno())
    assert await is_closed(way)


async def test_who_talked_nonsense_has_no_connection_left(guard: Guard):
    async with a_service(lambda reader, _writer: reader.read()) as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        end = way.asked("127.0.0.1", port)
        end.send(b"hello")
        await until(lambda: came)
        way.send(b"nonsense")
        with suppress(ConnectionResetError):
            assert await said_by(end) == b""
        with pytest.raises(OSError, match="Broken pipe"):
            way.asked("127.0.0.1", port)


text = st.text(max_size=300)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text, st.lists(text))
messages = st.one_of(
    st.binary(max_size=600),
    st.builds(
        asking, values | st.sampled_from(["a", "127.0.0.1"]), values | st.integers(0, 70_000)
    ),
    st.builds(
        lambda data, at: asking("a.example", 443)[:at] + data,
        st.binary(max_size=9),
        st.integers(0, 40),
    ),
)


@given(messages, st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_whatever_arrives_is_taken_or_closed(message, handed):
    broker, worker = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end, other = socket.socketpair()
    with broker, worker, end, other:
        name_senders(broker)
        Way(None, None, worker).send(message, *[end.fileno()] * handed)
        before = descriptors_of(os.getpid())
        try:
            wanted, taken = received(broker)
        except Misused:
            pass
        else:
            taken.close()
            assert handed == 1
            assert 0 < wanted.port < 65_536
            assert wanted.host.isascii()
        assert descriptors_of(os.getpid()) == before


async def test_what_is_asked_before_anything_is_allowed_waits(guard: Guard):
    async with a_service() as (port, _):
        way = guard.way()
        end = way.asked("127.0.0.1", port)
        way.allow(upstreams=[("127.0.0.1", port)])
        assert await said_by(end) == b"hello"


async def test_a_refusal_resets_the_connection_and_is_told_before(guard: Guard):
    async with a_service() as (port, came):
        way = guard.way(hosts=("127.0.0.1", "localhost"), ports={port, 443})
        for host, at in (("127.0.0.1", port), ("localhost", port), ("example.org", 443)):
            way.told.clear()
            with pytest.raises(ConnectionResetError):
                await said_by(way.asked(host, at))
            guard.egress.catch_up()
            assert [(one["host"], one["port"]) for one in way.told] == [(host, at)]
            assert way.told[0]["refused"]
        assert came == []


async def test_a_port_that_nobody_named_is_refused(guard: Guard):
    async with a_service() as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)], ports={443}, hosts=("*",))
        with pytest.raises(ConnectionResetError):
            await said_by(way.asked("127.0.0.1", port))
        assert await way.refusals() == [
            f"{port} is not among the ports that this server may reach."
        ]
        assert came == []


async def test_a_flood_is_cut(guard: Guard):
    async with a_service() as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)], connections_per_second=5)
        ends = []
        for _ in range(2_000):
            with suppress(OSError):
                ends.append(way.asked("127.0.0.1", port))
        assert len(ends) > 40
        assert "too many connections in a short time" in (await way.refusals())[0]
        for end in ends:
            end.close()
        assert len(came) <= 40


async def test_open_connections_are_counted(guard: Guard):
    async with a_service(lambda reader, _writer: reader.read()) as (port, came):
        way = guard.way(
            upstreams=[("127.0.0.1", port)], connections=5, connections_per_second=1_000
        )
        ends = [way.asked("127.0.0.1", port) for _ in range(5)]
        await until(lambda: len(came) == 5)
        with pytest.raises(ConnectionResetError):
            await said_by(way.asked("127.0.0.1", port))
        assert await way.refusals() == ["The server has as many open connections as it may."]
        for end in ends:
            end.close()


async def test_a_worker_that_keeps_its_end_holds_nobody_up(guard: Guard):
    """Whether a socket waits is a property that both who have it can set."""
    async with a_service(pour) as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        ours, theirs = socket.socketpair()
        way.asked("127.0.0.1", port, pair=(ours, theirs))
        await until(lambda: came)
        for _ in range(200):
            theirs.setblocking(True)
            with suppress(BlockingIOError):
                theirs.recv(65_536, socket.MSG_DONTWAIT)
            with suppress(BlockingIOError):
                ours.recv(65_536, socket.MSG_DONTWAIT)
            await asyncio.sleep(0)
        guard.forget(way)
        ours.close()
        await until(lambda: all(writer.transport.is_closing() for _, writer in came))
        # Closed by the guard, and kept here: no readiness of it may reach the guard any more.
        async with a_service() as (other, _):
            another = guard.way(upstreams=[("127.0.0.1", other)])
            assert await said_by(another.asked("127.0.0.1", other)) == b"hello"
        watched = guard.held()
        theirs.close()
        assert guard.held() == watched


async def pour(_reader, writer) -> None:
    """Write as much as is taken."""
    with suppress(OSError):
        while True:
            writer.write(bytes(65_536))
            await writer.drain()


async def test_a_guard_that_may_open_no_more_files_refuses_and_serves_again(guard: Guard):
    async with a_service() as (port, _):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        assert await said_by(way.asked("127.0.0.1", port)) == b"hello"
        before = resource.prlimit(guard.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(guard.pid, resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            with pytest.raises(ConnectionError):
                await said_by(way.asked("127.0.0.1", port))
        finally:
            resource.prlimit(guard.pid, resource.RLIMIT_NOFILE, before)
        assert await said_by(way.asked("127.0.0.1", port)) == b"hello"


async def test_the_same_end_twice_is_two_connections(guard: Guard):
    async with a_service(send_back) as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        ours, theirs = socket.socketpair()
        with theirs:
            way.asked("127.0.0.1", port, pair=(ours, theirs))
            way.asked("127.0.0.1", port, pair=(ours, theirs))
            await until(lambda: len(came) == 2)
        ours.close()


async def send_back(reader, writer) -> None:
    """Send everything back."""
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def test_each_side_can_end_before_the_other(guard: Guard):
    async def answer(reader, writer):
        writer.write((await reader.read()).upper())
        writer.close()

    async with a_service(answer) as (port, _):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        end = way.asked("127.0.0.1", port)
        end.send(b"half")
        end.shutdown(socket.SHUT_WR)
        assert await said_by(end) == b"HALF"
        await until(lambda: [one["is_open"] for one in way.told] == [True, False])
        assert (way.told[1]["sent"], way.told[1]["received"]) == (4, 4)


async def test_what_passes_is_limited(guard: Guard):
    async with a_service(pour) as (port, _):
        way = guard.way(upstreams=[("127.0.0.1", port)], mib_per_hour=1)
        received = await said_by(way.asked("127.0.0.1", port))
        assert 512 * 1024 < len(received) <= 1024 * 1024 + 65_536
        assert await way.refusals() == [
            "This server has sent and received all that it may for now."
        ]


async def test_what_nobody_reads_is_not_kept(guard: Guard):
    poured = 0

    async def serve(_reader, writer):
        nonlocal poured
        own = writer.get_extra_info("socket")  # what is kept for the service is not the guard's
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        with suppress(ConnectionError):
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
                poured += 65_536

    async with a_service(serve) as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        before = resident_kib(guard.pid)
        ends = [way.asked("127.0.0.1", port) for _ in range(4)]
        await until(lambda: len(came) == 4 and poured > 4 * 65_536)
        seen = -1
        while poured != seen:
            seen = poured
            await asyncio.sleep(0.3)
        assert poured < 4 * MOST_HELD_BYTES
        assert resident_kib(guard.pid) - before < 8 * 1024
        for end in ends:
            end.close()


async def test_the_guard_lets_go_when_the_worker_closes_its_broker(guard: Guard):
    async with a_service(lambda reader, _writer: reader.read()) as (port, came):
        way = guard.way(upstreams=[("127.0.0.1", port)])
        end = way.asked("127.0.0.1", port)
        await until(lambda: came)
        way.broker.close()
        assert await said_by(end) == b""
