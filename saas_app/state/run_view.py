"""What the sandbox tells of the run of a Python tool, made ready to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saas_app.state.trying_view import size, took

NOT_LISTED = "is not among the hosts"


@dataclass(frozen=True)
class Connection:
    """What went out: to where, how much, how long; or why it was refused.

    Args:
        allows: the host that the list could be given, where that is what is missing.
    """

    place: str
    sent: str
    received: str
    took: str
    refused: str
    allows: str


@dataclass(frozen=True)
class RunView:
    """A run; `is_known` is false for a request, which has none."""

    is_known: bool = False
    output: str = ""
    is_output_cut: bool = False
    connections: list[Connection] = field(default_factory=list)
    has_refusals: bool = False
    memory: str = ""
    cpu: str = ""
    waited: str = ""
    started: str = ""
    is_cold: bool = False


def run_view(run: Mapping[str, Any] | None) -> RunView:
    """Return a run as the page draws it."""
    if run is None:
        return RunView()
    connections = [_connection(one) for one in run.get("connections", ())]
    memory = run.get("memory_kib")
    return RunView(
        is_known=True,
        output="".join(text for _stream, text in run.get("output", ())),
        is_output_cut=bool(run.get("is_output_cut")),
        connections=connections,
        has_refusals=any(one.refused for one in connections),
        memory=f"{memory / 1024:,.1f} MiB" if memory else "",
        cpu=took(run["cpu_ms"]) if "cpu_ms" in run else "",
        waited=took(run["waited_ms"]) if run.get("waited_ms", 0) >= 1 else "",
        started=took(run["started_ms"]) if run.get("is_cold") else "",
        is_cold=bool(run.get("is_cold")),
    )


def _connection(told: Mapping[str, Any]) -> Connection:
    refused = str(told.get("refused") or "")
    return Connection(
        place=f"{told['host']}:{told['port']}",
        sent=size(told["sent"]),
        received=size(told["received"]),
        took="" if refused else took(told["duration_ms"]),
        refused=refused,
        allows=str(told["host"]) if NOT_LISTED in refused else "",
    )
