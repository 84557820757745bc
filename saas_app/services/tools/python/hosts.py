"""Which hosts a server's tools name in their code, and whether its list lets them be reached."""

import re
from collections.abc import Iterable

from core.errors import Invalid

WRITTEN_ADDRESS = re.compile(
    r"\b(?:https?|wss?)://([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?=[:/?#\"'`\s\\]|$)"
)
HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*")
LONGEST = 253
MAX_HOSTS = 200
MAX_PORTS = 20


def hosts_in(texts: Iterable[str]) -> list[str]:
    """Return the hosts of the addresses that are written in texts, each once."""
    found = (host.lower() for text in texts for host in WRITTEN_ADDRESS.findall(text))
    return list(dict.fromkeys(found))


def is_listed(host: str, hosts: Iterable[str]) -> bool:
    """Whether a list of hosts covers one; the egress guard has the last word."""
    return any(
        one in ("*", host) or (one.startswith("*.") and host.endswith(one[1:])) for one in hosts
    )


def read_hosts(text: str) -> tuple[str, ...]:
    """Return hosts as they were typed in, one a line or separated by commas or blanks.

    Raises:
        Invalid: one of them is no host, or there are too many; the field is `hosts`.
    """
    hosts = tuple(dict.fromkeys(re.findall(r"[^\s,]+", text.lower())))
    for host in hosts:
        if host != "*" and (len(host) > LONGEST or not HOST.fullmatch(host)):
            raise Invalid(
                f"{host[:60]} is not a host. Write api.example.com, *.example.com, or * for all.",
                field="hosts",
            )
    if len(hosts) > MAX_HOSTS:
        raise Invalid(
            f"At most {MAX_HOSTS} hosts fit here; *.example.com covers many.", field="hosts"
        )
    return hosts


def read_ports(text: str) -> tuple[int, ...]:
    """Return ports as they were typed in.

    Raises:
        Invalid: one of them is no port; the field is `ports`.
    """
    ports = tuple(dict.fromkeys(re.findall(r"[^\s,]+", text)))
    for port in ports:
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            raise Invalid(f"{port[:20]} is not a port: 1 to 65535.", field="ports")
    if len(ports) > MAX_PORTS:
        raise Invalid(f"At most {MAX_PORTS} ports fit here.", field="ports")
    return tuple(map(int, ports))
