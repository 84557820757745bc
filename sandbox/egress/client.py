"""The egress process, as the supervisor holds it."""

import asyncio
import json
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.denied import NOTHING, Denied
from sandbox.egress.broker import name_senders
from sandbox.egress.policy import Policy
from sandbox.worker import Worker

MAX_MESSAGE_BYTES = 65_536
SECONDS_TO_SAY = struct.pack("ll", 2, 0)
# What passed may be told after its worker has ended: of so many of those it is known whose it was.
MOST_ENDED = 1_000
ROOT = Path(__file__).parent.parent.parent

Tell = Callable[[str, Worker | None, dict[str, Any]], None]


class Egress:
    """Hands the sockets of workers to the egress process, and hears what went through them.

    It is made before root is given up, and only then can be: see `sandbox.egress.__main__`.

    Args:
        uid: what the process runs as, should this one be root.
        denied: what no worker may reach although it is public.
    """

    def __init__(self, *, uid: int, denied: Denied = NOTHING) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._parent = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-m", "sandbox.egress", str(theirs.fileno()), str(uid)),
                    *(",".join(denied.hosts), ",".join(map(str, denied.networks))),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                env={},
            )
        self._tell: Tell | None = None
        self._workers: dict[int, Worker] = {}
        self._servers: dict[int, str] = {}
        self._ended: deque[int] = deque()
        self._numbers: dict[Worker, int] = {}
        self._last = 0
        self._control: socket.socket | None = None
        self.ended = asyncio.Event()

    def on_connection(self, tell: Tell) -> None:
        """Have `tell` called for each connection that is open, over, or refused.

        It is told the server, the worker unless that has ended, and the fields of
        `sandbox.egress.gate.Connection`.
        """
        self._tell = tell

    def start(self) -> None:
        """Start the process, for the first time or again.

        Raises:
            ConnectionError: its parent is gone, and root with it, which a new one may need.
        """
        self.ended.clear()
        for known in (self._workers, self._numbers, self._servers, self._ended):
            known.clear()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._requests, [b"\0"], [theirs.fileno()])
        # What is said waits a moment for room, should the process be busy; hearing never waits.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SECONDS_TO_SAY)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)

    def close(self) -> None:
        """Stop the process: it ends when its socket does."""
        self._end()
        self._requests.close()
        self._parent.wait()

    def adopt(self, worker: Worker) -> None:
        """Hand over where a worker's connections arrive; nothing is let through yet."""
        self._last += 1
        self._workers[self._last], self._numbers[worker] = worker, self._last
        if worker.listeners[0].family == socket.AF_UNIX:
            name_senders(worker.listeners[0])
        self._say(worker, {"do": "adopt"}, *worker.listeners)
        for listener in worker.listeners:
            listener.close()
        worker.listeners.clear()

    def allow(self, worker: Worker, policy: Policy, *, tenant: str, server: str) -> None:
        """Let through what a server may reach.

        Args:
            worker: one that was adopted.
            policy: what it may reach, and how much of it.
            tenant: whose share of the name lookups its connections take.
            server: whose share of the traffic they take.
        """
        self._servers[self._numbers[worker]] = server
        names = {"tenant": tenant, "server": server}
        self._say(worker, {"do": "allow", **names, "policy": policy.model_dump()})

    def forget(self, worker: Worker) -> None:
        """Let go of the sockets of a worker that ended."""
        if worker in self._numbers:
            self._say(worker, {"do": "forget"})
            number = self._numbers.pop(worker)
            del self._workers[number]
            self._ended.append(number)
            if len(self._ended) > MOST_ENDED:
                self._servers.pop(self._ended.popleft(), None)

    def _say(self, worker: Worker, message: dict[str, Any], *handed: socket.socket) -> None:
        if self._control is None:
            return
        data = json.dumps({"worker": self._numbers[worker], **message}).encode()
        try:
            socket.send_fds(self._control, [data], [one.fileno() for one in handed])
        except OSError:
            self._end()

    def catch_up(self) -> None:
        """Hear what was told already: a refusal is told before the worker can notice it."""
        while self._control is not None and self._hear():
            pass

    def _hear(self) -> bool:
        """Hear one thing; return whether there was any."""
        assert self._control is not None  # noqa: S101 - heard only once it is started
        try:
            data = self._control.recv(MAX_MESSAGE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._end()
            return False
        message = json.loads(data)
        number = message.pop("worker")
        server = self._servers.get(number)
        if server is not None and self._tell is not None:
            self._tell(server, self._workers.get(number), message)
        return True

    def _end(self) -> None:
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self._control = None
        self.ended.set()
