"""The way out of one worker: where it connects to, what it may reach, and what it did reach."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from core.egress import public_addresses
from core.errors import UpstreamUnavailable
from core.lookups import Share
from sandbox.egress.broker import Handed, Misused, NoRoom, received
from sandbox.egress.names import Names
from sandbox.egress.policy import Bucket, Policy

SECONDS_TO_CONNECT = 10.0
CHUNK_BYTES = 64 * 1024
# What the kernel keeps for each end of a connection; left to itself it takes many times as much, of
# memory that is nobody's.
BUFFER_BYTES = 256 * 1024
QUERY_BYTES = 1_500
PAUSE_SECONDS = 0.1
# Closing so sends a reset: the tool learns at once that nobody is there.
RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Connection:
    """What is told of a connection: that it is open, that it is over, or why it was refused."""

    number: int
    host: str
    port: int
    sent: int = 0
    received: int = 0
    duration_ms: float = 0.0
    refused: str = ""
    is_open: bool = False


class Refused(Exception):
    """The worker may not have this connection; the message is for the tool's author."""


class Gate:
    """Accepts what one worker connects to, checks it, and relays.

    Until something is allowed, whatever arrives waits.

    Args:
        tell: is told of each connection, as plain data.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._waiting: list[tuple[socket.socket, Callable[[socket.socket], None]]] = []
        self._tell = tell
        self._names = Names()
        self._number = 0
        self._open: set[asyncio.Task[None]] = set()
        self.allow(Policy(), None, Bucket(0, 1.0))

    def listen(self, names: socket.socket, listeners: list[socket.socket]) -> None:
        """Serve a worker that has a network of its own.

        Args:
            names: the socket that its name lookups arrive at.
            listeners: the sockets that its connections arrive at.
        """
        names.setblocking(False)
        self._hold(names, self._answer_names)
        for listener in listeners:
            listener.setblocking(False)
            _bound_buffers(listener)  # and so those of what is accepted
            self._hold(listener, self._accept)

    def hear(self, broker: socket.socket) -> None:
        """Serve a worker that has none, and asks for its connections; see `sandbox.jail.broker`."""
        broker.setblocking(False)
        self._hold(broker, self._receive)

    def allow(self, policy: Policy, lookups: Share | None, traffic: Bucket) -> None:
        """Set what may be reached from now on.

        Args:
            policy: what may be reached.
            lookups: whose share of name lookups that takes.
            traffic: what all workers of the server may send and receive, in bytes.
        """
        self._policy = policy
        self._lookups = lookups
        self._traffic = traffic
        self._new = Bucket(policy.connections_per_second, 1.0)
        self._lookups_left = Bucket(policy.names_per_second, 1.0)
        for held, serve in self._waiting:
            self._loop.add_reader(held, serve, held)
        self._waiting.clear()

    def close(self) -> None:
        """Accept nothing more, and break off what is open."""
        self._waiting.clear()
        while self._sockets:
            held = self._sockets.pop()
            self._loop.remove_reader(held)
            held.close()
        for task in self._open:
            task.cancel()

    def _hold(self, held: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        self._sockets.append(held)
        self._waiting.append((held, serve))

    def _answer_names(self, names: socket.socket) -> None:
        for _ in range(self._policy.names_per_second):
            try:
                query, asker = names.recvfrom(QUERY_BYTES)
            except OSError:  # none is left
                return
            if not self._lookups_left.take():
                self._pause(names, self._answer_names)
                return
            answer = self._names.answer(query)
            if answer is not None:
                with suppress(OSError):
                    names.sendto(answer, asker)

    def _accept(self, listener: socket.socket) -> None:
        try:
            inside, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:  # it may open no more files now
            self._pause(listener, self._accept)
            return
        address, port = inside.getsockname()
        if not self._take(inside, self._names.name_of(address) or address, port):
            self._pause(listener, self._accept)

    def _receive(self, broker: socket.socket) -> None:
        try:
            wanted, inside = received(broker)
        except BlockingIOError:
            return
        except NoRoom:
            self._pause(broker, self._receive)
            return
        except Misused:
            self.close()
            return
        _bound_buffers(inside)
        if not self._take(inside, wanted.host, wanted.port):
            self._pause(broker, self._receive)

    def _take(self, inside: socket.socket, host: str, port: int) -> bool:
        """Serve a connection or refuse it; return whether there may be another one at once."""
        self._number += 1
        connection = Connection(self._number, host, port)
        if not self._new.take():
            connection.refused = "The server opens too many connections in a short time."
            self._refuse(inside, connection)
            return False
        if len(self._open) >= self._policy.connections:
            connection.refused = "The server has as many open connections as it may."
            self._refuse(inside, connection)
            return True
        task = self._loop.create_task(self._serve(inside, connection))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return True

    def _pause(self, held: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        """Leave what arrives to the kernel for a moment, which drops what does not fit."""
        self._loop.remove_reader(held)

        def go_on() -> None:
            if held.fileno() >= 0:
                self._loop.add_reader(held, serve, held)

        self._loop.call_later(PAUSE_SECONDS, go_on)

    async def _serve(self, inside: socket.socket, connection: Connection) -> None:
        started = perf_counter()
        try:
            outside = await self._dialled(connection)
        except (Refused, UpstreamUnavailable) as error:
            connection.refused = str(error)
            self._refuse(inside, connection)
            return
        inside.setblocking(False)
        if isinstance(inside, Handed):
            inside.note_connected()
        connection.is_open = True
        self._tell(asdict(connection))
        try:
            await self._relay(inside, outside, connection)
        finally:
            connection.is_open = False
            connection.duration_ms = round((perf_counter() - started) * 1000, 1)
            self._tell(asdict(connection))

    async def _dialled(self, connection: Connection) -> socket.socket:
        """Connect to where the worker wanted to, if it may.

        Raises:
            Refused: it may not, or nobody answers there.
            UpstreamUnavailable: the name is not found, or leads inside.
        """
        host, port = connection.host, connection.port
        if port not in self._policy.ports:
            raise Refused(f"{port} is not among the ports that this server may reach.")
        upstream = self._upstream(host, port)
        if upstream is not None:
            return await self._connected([upstream], port, host)
        if self._lookups is None or not self._policy.allows(host):
            raise Refused(f"{host} is not among the hosts that this server may reach.")
        return await self._connected(await public_addresses(host, self._lookups), port, host)

    def _upstream(self, host: str, port: int) -> str | None:
        """Return the exact upstream of development that this is."""
        for name in (host, "localhost" if host == "127.0.0.1" else host):
            if (name.lower(), port) in self._policy.upstreams:
                return name
        return None

    async def _connected(self, addresses: Any, port: int, host: str) -> socket.socket:
        for address in addresses:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SECONDS_TO_CONNECT):
                    return await self._connect(address, port)
        raise Refused(f"{host} does not answer on port {port}.")

    async def _connect(self, address: str, port: int) -> socket.socket:
        found = await self._loop.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, target = found[0]
        outside = socket.socket(family, kind, protocol)
        outside.setblocking(False)
        _bound_buffers(outside)
        try:
            await self._loop.sock_connect(outside, target)
        except BaseException:
            outside.close()
            raise
        return outside

    async def _relay(
        self, inside: socket.socket, outside: socket.socket, connection: Connection
    ) -> None:
        with inside, outside:
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._copy(inside, outside, connection, "sent"))
                    both.create_task(self._copy(outside, inside, connection, "received"))
            except* _UsedUp:
                connection.refused = "This server has sent and received all that it may for now."
                _reset_at_close(inside)
                _reset_at_close(outside)

    async def _copy(
        self, source: socket.socket, target: socket.socket, connection: Connection, way: str
    ) -> None:
        with suppress(OSError):
            while data := await self._loop.sock_recv(source, CHUNK_BYTES):
                setattr(connection, way, getattr(connection, way) + len(data))
                if not self._traffic.take(len(data)):
                    raise _UsedUp
                await self._loop.sock_sendall(target, data)
            target.shutdown(socket.SHUT_WR)

    def _refuse(self, inside: socket.socket, connection: Connection) -> None:
        self._tell(asdict(connection))
        with inside:
            _reset_at_close(inside)


class _UsedUp(Exception):
    """No more bytes may pass for now."""


def _bound_buffers(held: socket.socket) -> None:
    for which in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        held.setsockopt(socket.SOL_SOCKET, which, BUFFER_BYTES)


def _reset_at_close(held: socket.socket) -> None:
    with suppress(OSError):
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
