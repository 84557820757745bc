"""What happened to the workers of each server since the supervisor started."""

from collections import Counter, OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_SERVERS = 5_000
MAX_HOSTS = 100


@dataclass(slots=True)
class HostTraffic:
    """What went to one host and came from it, in bytes."""

    connections: int = 0
    refused: int = 0
    sent: int = 0
    received: int = 0


@dataclass(slots=True)
class ServerStatistics:
    """The counts of one server: calls that waited for a start are cold, `ends` are of workers."""

    calls: int = 0
    cold_starts: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    waited_ms: float = 0.0
    longest_wait_ms: float = 0.0
    hosts: dict[str, HostTraffic] = field(default_factory=dict)

    def note_call(self, waited_ms: float, *, is_cold: bool) -> None:
        """Count a call, and how long it waited for its turn."""
        self.calls += 1
        self.cold_starts += is_cold
        self.waited_ms += waited_ms
        self.longest_wait_ms = max(self.longest_wait_ms, waited_ms)

    def as_data(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "calls": self.calls,
            "cold_starts": self.cold_starts,
            "ends": dict(self.ends),
            "waited_ms": round(self.waited_ms / max(1, self.calls), 2),
            "longest_wait_ms": round(self.longest_wait_ms, 1),
            "hosts": {host: asdict(traffic) for host, traffic in self.hosts.items()},
        }

    def note_connection(self, connection: dict[str, Any]) -> None:
        """Count a connection that was opened or refused, and its traffic once it is over."""
        host = connection["host"]
        if host not in self.hosts and len(self.hosts) >= MAX_HOSTS:
            return
        traffic = self.hosts.setdefault(host, HostTraffic())
        traffic.connections += connection["is_open"]
        traffic.refused += bool(connection["refused"])
        traffic.sent += connection["sent"]
        traffic.received += connection["received"]


class Statistics:
    """The counts of all servers; those that were idle longest are forgotten first."""

    def __init__(self) -> None:
        self._servers: OrderedDict[str, ServerStatistics] = OrderedDict()

    def of(self, server: str) -> ServerStatistics:
        """Return a server's counts, to read or to add to."""
        statistics = self._servers.setdefault(server, ServerStatistics())
        self._servers.move_to_end(server)
        if len(self._servers) > MAX_SERVERS:
            self._servers.popitem(last=False)
        return statistics
