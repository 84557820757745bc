"""One cURL command and the request that it must become."""

from dataclasses import dataclass, field
from typing import Any

from tests.saas_app.services.intake.curl.wire import Request


@dataclass(frozen=True)
class Case:
    """A command and its request, told by hand.

    Args:
        arguments: values for arguments that have no default.
        values: values of the variables; the shell gets them as its environment.
        differs: headers in which the tool knowingly differs from curl.
        with_curl: whether the real curl can run the text in bash.
    """

    name: str
    text: str
    method: str
    address: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[tuple[str, str], ...] = ()
    body: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    differs: frozenset[str] = frozenset()
    with_curl: bool = True

    @property
    def request(self) -> Request:
        """What must arrive; `headers` are those that have to be among the others."""
        return Request(
            method=self.method,
            address=self.address,
            query=tuple(sorted(self.query)),
            headers=self.headers,
            cookies=frozenset(self.cookies),
            body=self.body,
        )


def json_of(value: Any) -> tuple[str, Any]:
    """A JSON body."""
    return "json", value


def form_of(*pairs: tuple[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """A form body."""
    return "form", sorted(pairs)


def parts_of(*parts: tuple[str, str | None, str | None, str]) -> tuple[str, list[Any]]:
    """A multipart body: name, file name, type and content of each part."""
    return "parts", sorted(parts, key=str)
