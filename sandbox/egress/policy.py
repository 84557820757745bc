"""What a server's workers may reach, and how much of it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic

from core.sandbox_protocol import EgressLimits

MIB = 1024 * 1024


class Policy(EgressLimits):
    """What one worker may reach, and whether a host is among it.

    Attributes:
        ports: of its hosts, and of its upstreams too.
    """

    ports: tuple[int, ...] = ()

    def allows(self, host: str) -> bool:
        """Whether a host is on the list, whatever its address."""
        host = host.rstrip(".").lower()
        return any(_matches(pattern.lower(), host) for pattern in self.hosts)


@dataclass(slots=True)
class Bucket:
    """Lets so much through per so many seconds, and that much at once."""

    size: float
    per_seconds: float
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.size, monotonic()

    def take(self, amount: float = 1) -> bool:
        """Take an amount, or nothing when there is less."""
        now = monotonic()
        self._left = min(self.size, self._left + (now - self._at) * self.size / self.per_seconds)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


def is_address(host: str) -> bool:
    """Whether a host is an address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _matches(pattern: str, host: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and not is_address(host)
    return pattern == host
