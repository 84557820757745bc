"""The egress process, as the supervisor holds it."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox.egress.policy import Policy
from sandbox.worker import Worker

MAX_MESSAGE_BYTES = 65_536


class Egress:
    """Hands the sockets of workers to the egress process, and hears what went through them.

    Args:
        tell: is told of each connection that is over or was refused: the worker, and the
            connection as plain data (`sandbox.egress.gate.Connection`).
    """

    def __init__(self, tell: Callable[[Worker, dict[str, Any]], None]) -> None:
        self._tell = tell
        self._workers: dict[int, Worker] = {}
        self._numbers: dict[Worker, int] = {}
        self._last = 0
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.ended = asyncio.Event()

    def start(self) -> None:
        """Start the process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "sandbox.egress", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        ours.setblocking(False)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)

    def close(self) -> None:
        """Stop the process: it ends when its socket does."""
        if self._control is not None:
            self._end()

    def adopt(self, worker: Worker) -> None:
        """Hand a worker's listening sockets over; nothing is let through yet."""
        self._last += 1
        self._workers[self._last], self._numbers[worker] = worker, self._last
        self._say(worker, {"do": "adopt"}, *worker.listeners)
        for listener in worker.listeners:
            listener.close()
        worker.listeners.clear()

    def allow(self, worker: Worker, tenant: str, policy: Policy) -> None:
        """Let through what a server may reach.

        Args:
            worker: one that was adopted.
            tenant: whose share of the name lookups its connections take.
            policy: what it may reach.
        """
        said = {**asdict(policy), "upstreams": [list(one) for one in policy.upstreams]}
        self._say(worker, {"do": "allow", "tenant": tenant, "policy": said})

    def forget(self, worker: Worker) -> None:
        """Let go of the sockets of a worker that ended."""
        if worker in self._numbers:
            self._say(worker, {"do": "forget"})
            del self._workers[self._numbers.pop(worker)]

    def _say(self, worker: Worker, message: dict[str, Any], *handed: socket.socket) -> None:
        if self._control is None:
            return
        data = json.dumps({"worker": self._numbers[worker], **message}).encode()
        try:
            socket.send_fds(self._control, [data], [one.fileno() for one in handed])
        except OSError:
            self._end()

    def _hear(self) -> None:
        assert self._control is not None  # noqa: S101 - heard only once it is started
        try:
            data = self._control.recv(MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._end()
            return
        message = json.loads(data)
        worker = self._workers.get(message.pop("worker"))
        if worker is not None:
            self._tell(worker, message)

    def _end(self) -> None:
        if self._control is None or self._process is None:
            return
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self._control = None
        self._process.kill()
        self._process.wait()
        self.ended.set()
