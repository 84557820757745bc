"""The last calls of a server, filtered by the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from core.call_access import CallStats
from core.clock import now_utc
from core.models import Call
from saas_app.services.calls import call_stats, list_calls
from saas_app.state.addresses import asked, number_asked, server_base, server_in
from saas_app.state.base import AppState
from saas_app.state.markers import member
from saas_app.state.server import as_text
from saas_app.state.trying_view import took

STATUSES = {
    "ok": "Answered",
    "tool_error": "Tool error",
    "refused": "Refused",
    "crashed": "Crashed",
}
CALLERS = {"oauth": "OAuth", "key": "Key", "public": "Public", "draft": "Draft"}


@dataclass(frozen=True)
class CallRow:
    """A call in a list."""

    id: str
    tool: str
    client: str
    caller: str
    status: str
    status_words: str
    detail: str
    took: str
    at: str


class CallsState(AppState):
    """One page of calls and the figures of the last day."""

    calls: list[CallRow] = []
    is_calls_ready: bool = False
    tool_choices: list[list[str]] = []
    only_tool: str = ""
    only_status: str = ""
    calls_page: int = 1
    newer_href: str = ""
    older_href: str = ""
    day_count: str = "0"
    day_errors: str = "–"
    day_p50: str = "–"
    day_p95: str = "–"
    calls_per_hour: list[int] = []
    errors_per_hour: list[int] = []

    @rx.event
    @member
    async def load_calls(self) -> None:
        """Show the calls that the address asks for, and the day's figures."""
        url = self.router.url
        self.only_tool, self.only_status = asked(url, "tool"), asked(url, "status")
        page = number_asked(url, "page")
        async with self._looking() as (session, actor):
            found = await list_calls(
                session,
                actor,
                server_in(url),
                tool_name=self.only_tool,
                status=self.only_status if self.only_status in STATUSES else "",
                page=page,
            )
            self._show_stats(await call_stats(session, actor, server_in(url), now=now_utc()))
        self.calls, self.calls_page = [call_row(call) for call in found.calls], found.page
        self.tool_choices = [["", "All tools"], *([name, name] for name in found.tools)]
        self.newer_href = self._address(page=found.page - 1) if found.page > 1 else ""
        self.older_href = self._address(page=found.page + 1) if found.has_more else ""
        self.is_calls_ready = True

    @rx.event
    @member
    async def choose_tool(self, name: str) -> EventSpec:
        """Show the calls of one tool, or of all."""
        self.only_tool = str(name)
        return rx.redirect(self._address(page=1))

    @rx.event
    @member
    async def choose_status(self, status: str) -> EventSpec:
        """Show the calls that ended in one way, or in any."""
        self.only_status = str(status)
        return rx.redirect(self._address(page=1))

    def _address(self, *, page: int) -> str:
        wanted = {
            "tool": self.only_tool,
            "status": self.only_status,
            "page": str(page) if page > 1 else "",
        }
        query = urlencode({name: text for name, text in wanted.items() if text})
        return f"{server_base(self.router.url)}/calls" + (f"?{query}" if query else "")

    def _show_stats(self, stats: CallStats) -> None:
        self.calls_per_hour = list(stats.per_hour)
        self.errors_per_hour = list(stats.errors_per_hour)
        self.day_count = f"{stats.count:,}"
        self.day_errors = f"{stats.errors / stats.count:.1%}" if stats.count else "–"
        self.day_p50 = took(stats.p50_ms) if stats.p50_ms is not None else "–"
        self.day_p95 = took(stats.p95_ms) if stats.p95_ms is not None else "–"


def call_row(call: Call) -> CallRow:
    """Return a call for a list."""
    status = call.upstream_status
    upstream = f"HTTP {status}" if status is not None else ""
    code = "" if call.error_code == f"http_{status}" else call.error_code.replace("_", " ")
    return CallRow(
        id=str(call.id),
        tool=call.tool_name,
        client=call.client or "Unnamed client",
        caller=CALLERS[call.caller_kind],
        status=str(call.status),
        status_words=STATUSES[call.status],
        detail=" · ".join(filter(None, (upstream, code))),
        took=took(call.duration_ms),
        at=as_text(call.started_at),
    )
