"""What is connected to, in which way, and what a client is told of it."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from core.ids import slugify

KEY_VARIABLE = "TOOLKILN_KEY"
PLACEHOLDER = f"${{{KEY_VARIABLE}}}"
LOCAL_ENDINGS = (".local", ".internal", ".localhost", ".lan", ".home.arpa")


class Way(StrEnum):
    """How a client shows who it is."""

    OAUTH = "oauth"
    KEY = "key"
    OPEN = "open"


@dataclass(frozen=True)
class Target:
    """A server to connect to.

    Args:
        name: the server's name as people read it.
        url: its MCP address.
    """

    name: str
    url: str
    way: Way = Way.OAUTH

    @cached_property
    def slug(self) -> str:
        """The name that clients file it under: a-z, 0-9 and -."""
        return slugify(self.name, fallback="toolkiln")

    @property
    def has_key(self) -> bool:
        """Whether the client sends a key."""
        return self.way is Way.KEY

    @cached_property
    def is_on_the_internet(self) -> bool:
        """Whether a service on the internet can reach the address over TLS."""
        parts = urlsplit(self.url)
        host = (parts.hostname or "").lower()
        if parts.scheme != "https" or ("." not in host and ":" not in host):
            return False
        try:
            return ip_address(host).is_global
        except ValueError:
            return not host.endswith(LOCAL_ENDINGS)

    @cached_property
    def is_this_machine(self) -> bool:
        """Whether the address is the visitor's own machine."""
        host = (urlsplit(self.url).hostname or "").lower()
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def headers(self, key: str = PLACEHOLDER) -> dict[str, str]:
        """Return the headers to send, where `key` is how the client writes the key's place."""
        return {"Authorization": f"Bearer {key}"} if self.has_key else {}


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text to copy, and where it goes."""

    label: str
    code: str
    language: str = "json"


@dataclass(frozen=True, slots=True)
class ClientSetup:
    """How one client connects.

    Args:
        link: opens the client with the form filled in, or empty.
        steps: what to do, in order, in plain words.
        notes: what could go wrong, or why it cannot work here.
        is_possible: whether this client can reach and sign in to the server in this way.
    """

    id: str
    name: str
    link: str = ""
    link_label: str = ""
    more_links: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    notes: tuple[str, ...] = ()
    is_possible: bool = True


def as_json(value: Any) -> str:
    """Return JSON as people write it in a file."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def with_headers(entry: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return a client's entry with its headers, if there are any."""
    return {**entry, "headers": headers} if headers else entry
