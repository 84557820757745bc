"""How many clients one address may register with one server, so that it leaves room for others."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

PER_ADDRESS = 20
WINDOW = timedelta(hours=1)
MAX_REMEMBERED = 20_000


class RegistrationLimits:
    """Counts in memory; each replica grants its own share, and addresses are written nowhere."""

    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[UUID, str], deque[datetime]] = OrderedDict()

    def take(self, server_id: UUID, address: str, *, now: datetime) -> bool:
        """Count a registration; whether the address was still allowed one."""
        key = (server_id, _network_of(address))
        recent = self._recent.setdefault(key, deque())
        self._recent.move_to_end(key)
        if len(self._recent) > MAX_REMEMBERED:
            self._recent.popitem(last=False)
        while recent and recent[0] <= now - WINDOW:
            recent.popleft()
        if len(recent) >= PER_ADDRESS:
            return False
        recent.append(now)
        return True


def _network_of(address: str) -> str:
    """Return an address, or of an IPv6 one the half that a single subscriber is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(int(parsed) >> 64)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
