"""Runs a call for a caller and notes that it happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

from starlette.types import Scope

from core.clock import now_utc
from core.logs import log
from core.models import CallStatus
from mcp_runtime.bindings import Bindings
from mcp_runtime.callers import Caller
from mcp_runtime.catalog import LiveServer
from mcp_runtime.errors import TooBusy
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.outcome import Outcome, failed, refused
from mcp_runtime.tool_runner.prepared_tool import PreparedTool
from mcp_runtime.tool_runner.runner import ToolRunner
from mcp_runtime.usage import CallRow, Usage

SCOPE_KEY = "toolkiln.exchange"
REFUSALS = frozenset(
    {
        "invalid", "variable_missing", "tool_broken", "egress_refused",
        "too_busy", "host_busy", "sandbox_unavailable",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request to a server: whose it is and which server it met.

    It travels in the ASGI scope, through the SDK, to where the tool runs.
    """

    live: LiveServer
    caller: Caller
    client: str


def put_exchange(scope: Scope, exchange: Exchange) -> None:
    """Attach an exchange to a request."""
    scope[SCOPE_KEY] = exchange


class Calls:
    """Runs calls of published tools and records them: who, what, how, how long; never with what."""

    def __init__(self, runner: ToolRunner, usage: Usage, bindings: Bindings) -> None:
        self._runner = runner
        self._bindings = bindings
        self._usage = usage

    async def run_for_request(
        self, tool: PreparedTool, arguments: Mapping[str, Any], context: Any
    ) -> Outcome:
        """Run a call that came through the SDK, which has no words for a host without room."""
        try:
            return await self.run(tool, arguments, context.request.scope[SCOPE_KEY])
        except TooBusy as busy:
            return refused(busy)

    async def run(
        self, tool: PreparedTool, arguments: Mapping[str, Any], exchange: Exchange
    ) -> Outcome:
        """Run a call and record it, also when its caller has gone before it came to its end.

        Raises:
            TooBusy: there is no room for it.
        """
        started_at, started = now_utc(), perf_counter()
        live, outcome = exchange.live, failed("", code="cancelled")
        try:
            sandboxed = self._bindings.sandboxed(live, user=exchange.caller.caller)
            outcome = await self._runner.run(
                ToolCall(tool, arguments, live.variables, live.organization_id, sandboxed)
            )
        except TooBusy as busy:
            outcome = refused(busy)
            raise
        finally:
            self._record(tool, outcome, exchange, started_at, started)
        return outcome

    def _record(
        self,
        tool: PreparedTool,
        outcome: Outcome,
        exchange: Exchange,
        started_at: datetime,
        started: float,
    ) -> None:
        live = exchange.live
        duration_ms = (perf_counter() - started) * 1000
        call = CallRow(
            id=uuid4(),
            server_id=live.id,
            version_number=live.version_number,
            tool_name=tool.spec.name,
            caller_kind=exchange.caller.kind,
            caller=exchange.caller.caller[:80],
            client=exchange.client[:80],
            status=status_of(outcome),
            error_code=outcome.error_code[:40],
            upstream_status=outcome.upstream_status,
            duration_ms=duration_ms,
            started_at=started_at,
        )
        self._usage.record(call)
        log.debug(
            "tool.called",
            tool=tool.spec.name,
            status=call["status"].value,
            error=outcome.error_code,
            duration_ms=round(duration_ms, 1),
        )


def status_of(outcome: Outcome) -> CallStatus:
    """Return how a call ended, in one word."""
    if not outcome.is_error:
        return CallStatus.OK
    if outcome.error_code == "internal":
        return CallStatus.CRASHED
    return CallStatus.REFUSED if outcome.error_code in REFUSALS else CallStatus.TOOL_ERROR
