"""The egress guard: every request on a tenant's behalf connects through it, and only to the public.

The check sits where the socket is opened: the name is resolved here, every address it has must be
public, and the connection goes to an address that was checked. So a redirect, a second answer of
the name server (DNS rebinding) or an odd spelling of an address meets the same check.
"""

import ssl
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore2
import httpx2

from core.errors import UpstreamUnavailable
from core.lookups import Addresses, Share

IpAddress = IPv4Address | IPv6Address
Upstream = tuple[str, int]
NAT64 = (0x0064FF9B << 96, 0x0064FF9B << 96 | 0xFFFFFFFF)
# What IANA's special-purpose registries reserve and some supported Pythons still call global, and
# the one address in public space that leads inside a cloud: Azure's wire server.
RESERVED = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


class EgressRefused(UpstreamUnavailable):
    """The address is not one that tools may reach."""

    code = "egress_refused"
    status = 422

    def __init__(self, host: str, *, field: str | None = None) -> None:
        super().__init__(
            f"{host} is not a public address. Tools reach public addresses only: no loopback, "
            "private, link-local or metadata addresses, and none of this product's own.",
            can_retry=False,
            field=field,
        )


def is_public(address: IpAddress) -> bool:
    """Whether an address is on the public internet, also behind IPv4-in-IPv6 spellings."""
    inner = _embedded_ipv4(address)
    if inner is not None:
        return is_public(inner)
    if any(address in network for network in RESERVED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def public_addresses(host: str, lookups: Share) -> Addresses:
    """Resolve a name and return its addresses, all of them public.

    Raises:
        EgressRefused: one of them is not, or is denied: a name that points inside is not trusted
            at all.
        UpstreamUnavailable: the name does not resolve, or not in time.
    """
    if lookups.denied.has_host(host):
        raise EgressRefused(host)
    addresses = await lookups.addresses_of(host)
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if not is_public(address) or lookups.denied.has_address(_plain(address)):
            raise EgressRefused(host)
    return addresses


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections for httpcore, to checked addresses only."""

    def __init__(self, allowed: frozenset[Upstream], lookups: Share) -> None:
        self._allowed = allowed
        self._lookups = lookups
        self._inner: Any = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first checked address that answers; TLS still sees the host name."""
        if (host.strip("[]").lower(), port) in self._allowed:
            return await self._inner.connect_tcp(host, port, timeout=timeout)
        problem: Exception = httpcore2.ConnectError(f"{host} has no address.")
        for address in await public_addresses(host.strip("[]"), self._lookups):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: a socket file is always inside."""
        raise EgressRefused(path)

    async def sleep(self, seconds: float) -> None:
        """Wait between connection attempts."""
        await self._inner.sleep(seconds)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """An httpx transport whose every connection passes the guard; no proxy is ever used.

    Args:
        allowed: exact upstreams that development lets through (`Settings.allowed_upstreams`).
        lookups: what whoever asks may have of the process's lookups.
        ssl_context: one that several transports share, since loading the roots takes long.
    """

    def __init__(
        self,
        allowed: frozenset[Upstream],
        *,
        lookups: Share,
        max_connections: int = 100,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        ssl_context = ssl_context or httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=ssl_context, trust_env=False)
        # httpx offers no way to pass a network backend on; the pool is the one thing replaced.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=30.0,
            network_backend=GuardedBackend(allowed, lookups),
        )


def _plain(address: IpAddress) -> IpAddress:
    """Return the address that is meant, without an IPv6 one around it."""
    return _embedded_ipv4(address) or address


def _embedded_ipv4(address: IpAddress) -> IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64, compatible)."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    number = int(address)
    if NAT64[0] <= number <= NAT64[1] or (number >> 32 == 0 and number > 1):
        return IPv4Address(number & 0xFFFFFFFF)
    return None
