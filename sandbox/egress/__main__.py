"""The egress process: `python -m sandbox.egress DESCRIPTOR`, started by the supervisor.

It is a process of its own so that one tenant's download takes nothing from another's calls.
"""

import asyncio
import json
import socket
import sys
from typing import Any

from core.lookups import Lookups, Share
from sandbox.egress.gate import Gate
from sandbox.egress.policy import Policy

MAX_MESSAGE_BYTES = 262_144
MAX_DESCRIPTORS = 16


class EgressProcess:
    """Serves the supervisor: adopts the sockets of workers, and tells of their connections."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lookups = Lookups()
        self._shares: dict[str, Share] = {}
        self._gates: dict[int, Gate] = {}
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Serve until the supervisor is gone."""
        self._control.setblocking(False)
        asyncio.get_running_loop().add_reader(self._control, self._hear)
        await self._over.wait()
        self._lookups.close()

    def _hear(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(
                self._control, MAX_MESSAGE_BYTES, MAX_DESCRIPTORS
            )
        except BlockingIOError:
            return
        if not data:
            self._over.set()
            return
        message = json.loads(data)
        worker = message["worker"]
        if message["do"] == "adopt":
            self._adopt(worker, [socket.socket(fileno=number) for number in descriptors])
        elif message["do"] == "allow":
            self._gates[worker].allow(_policy(message["policy"]), self._share(message["tenant"]))
        elif message["do"] == "forget":
            self._gates.pop(worker).close()

    def _adopt(self, worker: int, sockets: list[socket.socket]) -> None:
        names, *listeners = sockets
        self._gates[worker] = Gate(
            names, listeners, tell=lambda connection: self._tell(worker, connection)
        )

    def _share(self, tenant: str) -> Share:
        return self._shares.setdefault(tenant, self._lookups.share())

    def _tell(self, worker: int, connection: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps({"worker": worker, **connection}).encode())
        except BlockingIOError:
            return  # more connections than the supervisor can note: it counts those that arrive


def _policy(values: dict[str, Any]) -> Policy:
    upstreams = frozenset((host, port) for host, port in values.pop("upstreams"))
    return Policy(**{**values, "hosts": tuple(values.pop("hosts")), "upstreams": upstreams})


if __name__ == "__main__":
    asyncio.run(EgressProcess(socket.socket(fileno=int(sys.argv[1]))).run())
