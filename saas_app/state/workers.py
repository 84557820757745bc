"""The workers of a server's Python tools, as the runtime tells of them."""

from dataclasses import dataclass

import reflex as rx

from core.clock import now_utc
from core.errors import UpstreamUnavailable
from core.permissions import Permission
from saas_app import resources
from saas_app.services.tools.python.settings import read_python_settings
from saas_app.services.workers import HostView, Workers, WorkerView, leave_to_look, workers_of
from saas_app.state.addresses import server_in
from saas_app.state.base import AppState
from saas_app.state.markers import member
from saas_app.state.trying_view import size, took

ENDS = {
    "timeout": "ran too long",
    "memory": "took too much memory",
    "cpu": "used too much processor time",
    "crashed": "crashed",
    "protocol": "sent what cannot be read",
    "retired": "replaced, or not needed any more",
    "stopped": "stopped with the sandbox",
    "left": "a caller left its call",
    "gone": "gone",
}


@dataclass(frozen=True)
class WorkerRow:
    """One worker as the page draws it."""

    lane: str
    doing: str
    calls: str
    memory: str


@dataclass(frozen=True)
class HostRow:
    """The traffic with one host as the page draws it."""

    host: str
    connections: str
    refused: str
    sent: str
    received: str


class WorkersState(AppState):
    """What the overview shows of the sandbox; `workers_trouble` says why it shows nothing."""

    has_workers: bool = False
    are_workers_known: bool = False
    workers_trouble: str = ""
    tier: str = ""
    worker_rows: list[WorkerRow] = []
    host_rows: list[HostRow] = []
    ends: list[list[str]] = []
    served: str = ""
    cold_starts: str = ""
    waited: str = ""
    longest_wait: str = ""

    @rx.event(background=True)
    @member
    async def look(self) -> None:
        """Show the workers, where the server has Python tools; the page does not wait for it."""
        async with self:
            server_id, sealer = server_in(self.router.url), resources.get().sealer
            async with self._looking() as (session, actor):
                view = await read_python_settings(session, actor, server_id)
                self.has_workers = view.has_python and actor.can(Permission.SERVER_TRY)
                if not self.has_workers:
                    return
                leave = await leave_to_look(session, actor, server_id, sealer=sealer, now=now_utc())
        try:
            workers = await workers_of(resources.get().settings, leave)
        except UpstreamUnavailable as error:
            async with self:
                self.workers_trouble, self.are_workers_known = error.message, False
            return
        async with self:
            if server_in(self.router.url) == server_id:
                self._show(workers)

    def _show(self, found: Workers) -> None:
        self.workers_trouble, self.are_workers_known = "", True
        self.tier = found.tier
        self.worker_rows = [_worker_row(one) for one in found.workers]
        self.host_rows = [_host_row(one) for one in found.hosts]
        self.ends = [
            [ENDS.get(end, end), f"{count:,}"] for end, count in sorted(found.ends.items())
        ]
        self.served, self.cold_starts = f"{found.calls:,}", f"{found.cold_starts:,}"
        self.waited, self.longest_wait = took(found.waited_ms), took(found.longest_wait_ms)


def _worker_row(one: WorkerView) -> WorkerRow:
    resting = "frozen until a call" if one.is_frozen else f"idle for {one.idle_seconds:,.0f} s"
    return WorkerRow(
        lane="Draft" if one.is_draft else "Live",
        doing=f"{one.running} running" if one.running else resting,
        calls=f"{one.calls:,}",
        memory=f"{one.memory_kib / 1024:,.1f} MiB",
    )


def _host_row(one: HostView) -> HostRow:
    return HostRow(
        host=one.host,
        connections=f"{one.connections:,}",
        refused=f"{one.refused:,}",
        sent=size(one.sent),
        received=size(one.received),
    )
