"""What tools may not reach although it is on the public internet: the product and its machines."""

import re
import socket
from dataclasses import dataclass
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

DISCARD_PORT = 9
# What the system says of a socket that it has no room for now.
OUT_OF_ROOM = (EMFILE, ENFILE, ENOBUFS, ENOMEM)


@dataclass(frozen=True, slots=True)
class Denied:
    """Hosts and networks that no tool may reach, beside this machine's own addresses.

    Attributes:
        hosts: the names that the product is reached by: a tool that calls it could call itself.
        networks: what the operator names, such as the public addresses of a cluster's nodes.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def has_host(self, host: str) -> bool:
        """Whether a host is one of the names, in upper case or with a dot behind it too."""
        return host.rstrip(".").lower() in self.hosts

    def has_address(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether an address is in one of the networks, or of this machine right now."""
        return any(address in network for network in self.networks) or _is_own(address)


NOTHING = Denied()


def denied(networks: str, *urls: str) -> Denied:
    """Return what is denied, as the settings name it.

    Args:
        networks: in CIDR notation, or single addresses, separated by commas or space.
        urls: where the product is reached; empty ones are left out.

    Raises:
        ValueError: a network is none.
    """
    hosts = {(urlsplit(url).hostname or "").rstrip(".") for url in urls} - {""}
    return Denied(frozenset(hosts), denied_networks(networks))


def denied_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks in a text, separated by commas or space.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(map(_network, filter(None, re.split(r"[,\s]+", text))))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            f"EGRESS_DENIED_NETWORKS holds networks such as 203.0.113.0/24; {text!r} is none."
        ) from None


def _is_own(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is this machine's: what would come from it, would come from itself.

    The system is asked each time, since addresses come and go. Nothing is sent.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect((str(address), DISCARD_PORT))
            return ip_address(way.getsockname()[0]) == address
    except OSError as error:  # there is no way to it at all, or none to find out
        return error.errno in OUT_OF_ROOM
