"""What the sandbox tells of the run of a Python tool, made ready to show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypedDict

from core.egress import is_public
from saas_app.state.trying_view import size, took

NOT_LISTED = "is not among the hosts"
# A page takes more of them badly; the whole text is there to be copied.
MOST_LINES = 1_000
MOST_LINES_LIVE = 200


class OutputLine(TypedDict):
    """A line of what was printed; its number stays while more is printed."""

    number: int
    stream: str
    text: str


@dataclass(frozen=True)
class Connection:
    """What went out: to where, how much, how long; or why it was refused.

    Args:
        allows: the host that the list could be given, where that is all that is missing.
    """

    place: str
    is_open: bool
    sent: str
    received: str
    took: str
    refused: str
    allows: str


@dataclass(frozen=True)
class RunView:
    """A run; `is_known` is false for a request, which has none.

    Args:
        offers_hosts: whether one of the connections could be allowed.
    """

    is_known: bool = False
    output: str = ""
    lines: list[OutputLine] = field(default_factory=list)
    is_output_cut: bool = False
    connections: list[Connection] = field(default_factory=list)
    has_refusals: bool = False
    offers_hosts: bool = False
    memory: str = ""
    cpu: str = ""
    waited: str = ""
    started: str = ""
    is_cold: bool = False


class LiveRun:
    """Gathers what is heard of a run while it goes on."""

    def __init__(self) -> None:
        self._output: list[tuple[str, str]] = []
        self._connections: dict[int, Mapping[str, Any]] = {}
        self.has_news = False

    def hear(self, source: str, said: Any) -> None:
        """Take a piece of output, or a connection as it is by now."""
        if source == "connection":
            self._connections[said["number"]] = said
        else:
            self._output.append((source, said))
        self.has_news = True

    def view(self) -> RunView:
        """Return what there is by now, as the page draws it."""
        self.has_news = False
        return RunView(
            is_known=True,
            lines=lines_of(self._output, most=MOST_LINES_LIVE),
            **_connections(self._connections.values()),
        )


def run_view(run: Mapping[str, Any] | None) -> RunView:
    """Return a run as the page draws it."""
    if run is None:
        return RunView()
    memory, output = run.get("memory_kib"), run.get("output", ())
    return RunView(
        is_known=True,
        output="".join(text for _stream, text in output),
        lines=lines_of(output, most=MOST_LINES),
        is_output_cut=bool(run.get("is_output_cut")),
        **_connections(run.get("connections", ())),
        memory=f"{memory / 1024:,.1f} MiB" if memory else "",
        cpu=took(run["cpu_ms"]) if "cpu_ms" in run else "",
        waited=took(run["waited_ms"]) if run.get("waited_ms", 0) >= 1 else "",
        started=took(run["started_ms"]) if run.get("is_cold") else "",
        is_cold=bool(run.get("is_cold")),
    )


def lines_of(pieces: Iterable[tuple[str, str]], *, most: int) -> list[OutputLine]:
    """Return the last lines of what was printed; a line is of one stream."""
    lines: list[tuple[str, str]] = []
    goes_on = False
    for stream, text in pieces:
        for part in text.splitlines(keepends=True):
            if goes_on and lines[-1][0] == stream:
                lines[-1] = (stream, lines[-1][1] + part)
            else:
                lines.append((stream, part))
            goes_on = not part.endswith(("\n", "\r"))
    first = max(0, len(lines) - most)
    return [
        OutputLine(number=number, stream=stream, text=text.rstrip("\r\n"))
        for number, (stream, text) in enumerate(lines[first:], first)
    ]


def _connections(told: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields of a view that tell of its connections."""
    connections = [_connection(one) for one in told]
    return {
        "connections": connections,
        "has_refusals": any(one.refused for one in connections),
        "offers_hosts": any(one.allows for one in connections),
    }


def _connection(told: Mapping[str, Any]) -> Connection:
    refused = str(told.get("refused") or "")
    is_missing = NOT_LISTED in refused and not _leads_inside(str(told["host"]))
    return Connection(
        place=f"{told['host']}:{told['port']}",
        is_open=bool(told.get("is_open")),
        sent=size(told["sent"]),
        received=size(told["received"]),
        took="" if refused else took(told["duration_ms"]),
        refused=refused,
        allows=str(told["host"]) if is_missing else "",
    )


def _leads_inside(host: str) -> bool:
    """Whether a host is written as an address that is refused whatever the list says."""
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return False
