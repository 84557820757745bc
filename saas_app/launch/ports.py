"""Whether the ports are free, said before anything starts."""

import socket

from core.errors import DomainError
from core.settings import Settings


class PortTaken(DomainError):
    """Another program listens on a port that the product needs."""

    code = "port_taken"


def require_free_ports(settings: Settings) -> None:
    """Refuse to start where another program listens.

    Raises:
        PortTaken: with the setting to change.
    """
    wanted = {"WEB_PORT": settings.web_port, "RUNTIME_PORT": settings.runtime_port}
    if not settings.is_production:
        wanted["SAMPLE_API_PORT"] = settings.sample_api_port
    if len(set(wanted.values())) < len(wanted):
        raise PortTaken(f"{' and '.join(wanted)} are not all different; change one of them.")
    for setting, port in wanted.items():
        if not _is_free(settings.host, port):
            raise PortTaken(
                f"Port {port} is taken by another program, maybe by a copy of this one. Stop that, "
                f"or choose another port:  {setting}={free_port(settings.host)} bin/run"
            )


def free_port(host: str) -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def _is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        # As the servers do: connections of a copy that just ended do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
