"""A real guard, and the brokers of workers that have no network of their own."""

import itertools
import json
import os
import socket
from array import array
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.egress.client import Egress
from sandbox.egress.policy import Policy
from sandbox.worker import Worker
from tests.sandbox.processes import until

PROC = Path("/proc")
_numbers = itertools.count(1)


@dataclass(slots=True)
class Way:
    """A worker's end of its broker, and what the guard told of its connections."""

    egress: Egress
    worker: Worker
    broker: socket.socket
    told: list[dict[str, Any]] = field(default_factory=list)

    def allow(self, **policy: Any) -> None:
        """Let through what a policy says; on the ports of its upstreams alone."""
        upstreams = frozenset(policy.pop("upstreams", ()))
        ports = frozenset(port for _, port in upstreams)
        said = Policy(**{"ports": ports, "upstreams": upstreams, **policy})
        server = f"server-{next(_numbers)}"
        self.egress.allow(self.worker, said, tenant="tenant", server=server)

    def send(self, message: bytes, *descriptors: int) -> None:
        """Send something over the broker."""
        handed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))]
        self.broker.sendmsg([message], handed if descriptors else [], socket.MSG_DONTWAIT)

    def asked(self, host: str, port: int, *, pair: Any = None) -> socket.socket:
        """Ask for a connection as a worker does; return the tool's end.

        Args:
            host: what to connect to.
            port: where of that.
            pair: two ends of the caller's own, which stay open.
        """
        ours, theirs = pair or socket.socketpair()
        ours.send(b"\0")
        ours.setblocking(False)
        try:
            self.send(asking(host, port), theirs.fileno())
        except OSError:
            ours.close()
            raise
        finally:
            if pair is None:
                theirs.close()
        return ours

    async def refusals(self) -> list[str]:
        """Return why connections were refused, once one was."""
        await until(lambda: any(one["refused"] for one in self.told))
        return [one["refused"] for one in self.told if one["refused"]]


@dataclass(slots=True)
class Guard:
    """A running egress process."""

    egress: Egress
    ways: list[Way] = field(default_factory=list)

    def way(self, **policy: Any) -> Way:
        """Return the way out of a worker that has no process; without a policy, of a spare."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        rpc, output = socket.socketpair()
        worker = Worker(rpc, output, on_gone=lambda: None)
        worker.listeners = [theirs]
        self.egress.adopt(worker)
        way = Way(self.egress, worker, ours)
        self.ways.append(way)
        if policy:
            way.allow(**policy)
        return way

    def forget(self, way: Way) -> None:
        """End the worker."""
        self.egress.forget(way.worker)
        way.broker.close()
        way.worker._leave()
        self.ways.remove(way)

    def note(self, _server: str, worker: Worker | None, connection: dict[str, Any]) -> None:
        """Keep what is told of workers that live."""
        for way in self.ways:
            if way.worker is worker:
                way.told.append(connection)

    @property
    def pid(self) -> int:
        """The process that relays: the one that its parent has forked last."""
        parent = self.egress._parent.pid
        return int((PROC / f"{parent}/task/{parent}/children").read_text().split()[-1])

    def held(self) -> tuple[int, int]:
        """Return how many descriptors it has, and how many the kernel watches for it."""
        folder = PROC / str(self.pid)
        watched = 0
        for file in folder.glob("fdinfo/*"):
            with suppress(FileNotFoundError):  # closed in the meantime
                watched += file.read_text().count("tfd:")
        return len(list(folder.glob("fd/*"))), watched


@contextmanager
def an_egress() -> Iterator[Egress]:
    """Start the parent of egress processes."""
    egress = Egress(uid=os.getuid())
    yield egress
    egress.close()


@asynccontextmanager
async def a_guard(egress: Egress) -> AsyncIterator[Guard]:
    """Have a parent fork an egress process."""
    guard = Guard(egress)
    egress.on_connection(guard.note)
    egress.start()
    try:
        yield guard
    finally:
        for way in list(guard.ways):
            guard.forget(way)
        egress._end()


def asking(host: Any, port: Any) -> bytes:
    """Return a message that asks for a connection."""
    return json.dumps({"host": host, "port": port}).encode()
