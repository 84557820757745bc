"""Where the requests of a document go: fixed addresses, or variables where there is a choice."""

import itertools
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.http_request import BaseUrl
from core.tool_spec import Variable
from saas_app.services.intake.names import variable_name
from saas_app.services.intake.openapi import swagger2
from saas_app.services.intake.openapi.document import (
    Dialect,
    Document,
    as_list,
    as_object,
    as_text,
)
from saas_app.services.intake.openapi.wording import shortened

MAX_CHOICES = 40
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LOOKS_LIKE_A_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/|$)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://[^/\s?#{}\[\]]+[^\s?#{}]*$", re.IGNORECASE)


class Servers:
    """Gives each operation its base address and collects the variables this takes."""

    def __init__(self, document: Document, *, prefix: str) -> None:
        self._document = document
        self._prefix = prefix
        self._known: dict[str, BaseUrl] = {}
        self._variables: dict[str, Variable] = {}
        self._for_all = self._servers_of_the_document()

    def base_for(self, path_item: dict[str, Any], operation: dict[str, Any]) -> BaseUrl:
        """Return the base of an operation: its own servers, the path's, or the document's."""
        own = as_list(operation.get("servers")) or as_list(path_item.get("servers"))
        if self._document.dialect is Dialect.SWAGGER_2 or not own:
            own = self._for_all
        key = repr(own)
        if key not in self._known:
            self._known[key] = self._base([as_object(server) for server in own])
        return self._known[key]

    def variables(self) -> list[Variable]:
        """The plain variables that hold base addresses, in the order they were needed."""
        return list(self._variables.values())

    def _servers_of_the_document(self) -> list[Any]:
        if self._document.dialect is Dialect.SWAGGER_2:
            return swagger2.servers(self._document)
        return as_list(self._document.root.get("servers")) or [{"url": "/"}]

    def _base(self, servers: list[dict[str, Any]]) -> BaseUrl:
        options = [option for server in servers for option in _expand(server)]
        addresses = [found for url in options if (found := self._absolute(url)) is not None]
        addresses = list(dict.fromkeys(addresses))
        is_open = any(_is_open(server) for server in servers)
        if len(addresses) == 1 and len(servers) == 1 and not is_open:
            return BaseUrl(url=addresses[0])
        default = addresses[0] if addresses and self._absolute(options[0]) else None
        variable = Variable(
            name=self._new_name(addresses),
            description=_describe(servers, default),
            is_required=default is None,
            is_secret=False,
            default=default,
            choices=() if is_open or len(addresses) > MAX_CHOICES else tuple(addresses),
        )
        self._variables[variable.name] = variable
        return BaseUrl(url=default or "", variable=variable.name)

    def _absolute(self, url: str) -> str | None:
        """Return an address with scheme and host, or nothing when the document does not tell it."""
        source = self._document.source_url or ""
        if _LOOKS_LIKE_A_HOST.match(url):
            url = f"https://{url}"
        elif source.lower().startswith(("http://", "https://")):
            url = _joined(source, url)
        elif url.startswith("//"):
            url = f"https:{url}"
        return url.rstrip("/") if _ABSOLUTE.match(url) else None

    def _new_name(self, addresses: list[str]) -> str:
        """BASE_URL for the first set of servers; the others are named after their host."""
        wanted = f"{self._prefix}_BASE_URL"
        if self._variables and addresses:
            wanted = f"{urlsplit(addresses[0]).hostname}_BASE_URL"
        wanted = name = variable_name(wanted.lower())
        number = 2
        while name in self._variables:
            name, number = f"{wanted[:60]}_{number}", number + 1
        return name


def _joined(source: str, url: str) -> str:
    try:
        return urljoin(source, url)
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _expand(server: dict[str, Any]) -> list[str]:
    """Every address that a server's enumerated variables make, that of the defaults first."""
    url = as_text(server.get("url"))
    names = list(dict.fromkeys(_PLACEHOLDER.findall(url)))
    described = as_object(server.get("variables"))
    values = [_values(as_object(described.get(name))) for name in names]
    if not all(values):
        return [url]
    combinations = itertools.islice(itertools.product(*values), MAX_CHOICES + 1)
    return [_fill(url, dict(zip(names, chosen, strict=True))) for chosen in combinations]


def _values(variable: dict[str, Any]) -> list[str]:
    values = [variable.get("default"), *as_list(variable.get("enum"))]
    return list(
        dict.fromkeys(str(value) for value in values if isinstance(value, str | int | float))
    )


def _fill(url: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), url)


def _is_open(server: dict[str, Any]) -> bool:
    """Whether part of the address is free text, so that its choices cannot be listed."""
    described = as_object(server.get("variables"))
    names = _PLACEHOLDER.findall(as_text(server.get("url")))
    return any(not as_list(as_object(described.get(name)).get("enum")) for name in names)


def _describe(servers: list[dict[str, Any]], default: str | None) -> str:
    start = (
        "Address of the API."
        if default
        else "Address of the API, for example https://api.example.com; the document leaves it open."
    )
    lines = [start, *(_describe_server(server) for server in servers[:10])]
    return shortened("\n".join(line for line in lines if line), 1_000)


def _describe_server(server: dict[str, Any]) -> str:
    url, description = as_text(server.get("url")), as_text(server.get("description"))
    details = [
        f"{name}: {as_text(as_object(about).get('description')) or _default_of(about)}"
        for name, about in as_object(server.get("variables")).items()
    ]
    about = "; ".join(part for part in (description, *details) if part)
    return f"{url} ({about})" if about else url


def _default_of(about: Any) -> str:
    return f"default {as_object(about).get('default', 'none')}"
