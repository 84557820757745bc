"""The egress process: `python -m sandbox.egress DESCRIPTOR UID HOSTS NETWORKS`.

The supervisor starts it, with the hosts and networks that are denied, separated by commas.

It is a process of its own so that one tenant's download takes nothing from another's calls. What is
started is a parent that imports everything, gives up root, and forks the one that works: should
that end, there is another at once, also where the uid cannot read the files of this program.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import dns.rdtypes.IN.A  # noqa: F401 - imported when a name is answered otherwise

from core.denied import Denied, denied_networks
from core.lookups import Lookups
from sandbox.egress.gate import Gate
from sandbox.egress.policy import MIB, Bucket, Policy
from sandbox.privileges import give_up_root

MAX_MESSAGE_BYTES = 262_144
MAX_DESCRIPTORS = 16
SECONDS_OF_TRAFFIC = 3600.0
# Those that connected longest ago are forgotten beyond this.
MAX_SERVERS = 5_000


class EgressProcess:
    """Serves the supervisor: adopts the sockets of workers, and tells of their connections."""

    def __init__(self, control: socket.socket, denied: Denied) -> None:
        self._control = control
        self._lookups = Lookups(denied=denied)
        self._traffic: OrderedDict[tuple[str, int], Bucket] = OrderedDict()
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
        except ConnectionResetError:  # it left without reading all that it was told
            data, descriptors = b"", []
        if not data:
            self._over.set()
            return
        message = json.loads(data)
        worker = message["worker"]
        if message["do"] == "adopt":
            self._adopt(worker, [socket.socket(fileno=number) for number in descriptors])
        elif message["do"] == "allow":
            policy = Policy.model_validate(message["policy"])
            lookups = self._lookups.share_of(message["tenant"])
            self._gates[worker].allow(policy, lookups, self._traffic_of(message["server"], policy))
        elif message["do"] == "forget":
            self._gates.pop(worker).close()

    def _adopt(self, worker: int, sockets: list[socket.socket]) -> None:
        gate = self._gates[worker] = Gate(lambda connection: self._tell(worker, connection))
        first, *others = sockets
        if first.family == socket.AF_UNIX:
            gate.hear(first)
        else:
            gate.listen(first, others)

    def _traffic_of(self, server: str, policy: Policy) -> Bucket:
        """Return what a server has left: who ends a worker of its own has no more for that."""
        key = (server, policy.mib_per_hour)
        new = Bucket(policy.mib_per_hour * MIB, SECONDS_OF_TRAFFIC)
        traffic = self._traffic.setdefault(key, new)
        self._traffic.move_to_end(key)
        if len(self._traffic) > MAX_SERVERS:
            self._traffic.popitem(last=False)
        return traffic

    def _tell(self, worker: int, connection: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps({"worker": worker, **connection}).encode())
        except BlockingIOError:
            return  # more connections than the supervisor can note: it counts those that arrive
        except ConnectionError:
            return  # it is gone, and so will be this process


def fork_on_request(requests: socket.socket, denied: Denied) -> None:
    """Fork an egress process for each control socket that is handed over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children need no burial
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 1, 1)
        if not data:
            return
        if os.fork() == 0:
            requests.close()
            control = socket.socket(fileno=descriptors[0])
            with suppress(KeyboardInterrupt):
                asyncio.run(EgressProcess(control, denied).run())
            return
        os.close(descriptors[0])


def main() -> None:
    """Import what would be imported late, give up root, and serve while there is a supervisor."""
    descriptor, uid, hosts, networks = sys.argv[1:]
    denied = Denied(frozenset(filter(None, hosts.split(","))), denied_networks(networks))
    "".encode("idna")
    give_up_root(int(uid))
    with suppress(KeyboardInterrupt):
        fork_on_request(socket.socket(fileno=int(descriptor)), denied)


if __name__ == "__main__":
    main()
