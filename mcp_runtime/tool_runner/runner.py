"""Runs one call of a tool, from checked arguments to a result; every failure becomes a result."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import UUID

from core.errors import DomainError
from core.logs import log
from core.tracing import span
from mcp_runtime.errors import NEUTRAL
from mcp_runtime.tool_runner.answers import as_outcome
from mcp_runtime.tool_runner.exchange import META_KEY, exchange_of
from mcp_runtime.tool_runner.http_request import OutgoingRequest, build_request
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.outcome import Outcome, failed, refused
from mcp_runtime.tool_runner.prepared_tool import PreparedTool
from mcp_runtime.tool_runner.upstream import Answer, Upstreams, with_default_headers

# Above this, shaping an answer takes long enough to hold up everybody else on the loop; so does
# a selection of any answer, should its owner mean it to.
SHAPED_ASIDE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call to run; `shows_exchange` adds what went over the wire, for drafts alone."""

    tool: PreparedTool
    arguments: Mapping[str, Any]
    variables: Mapping[str, str]
    organization_id: UUID
    shows_exchange: bool = False


class ToolRunner:
    """Runs calls over the connections of all organizations."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def run(self, call: ToolCall) -> Outcome:
        """Run a call; refusals and failures come back as results that the model can read."""
        with span("tool.call", tool=call.tool.spec.name):
            return await self._outcome(call)

    async def _outcome(self, call: ToolCall) -> Outcome:
        try:
            call.tool.check_arguments(call.arguments)
            request = build_request(
                call.tool.spec,
                call.arguments,
                call.variables,
                definitions=call.tool.definitions,
            )
            return await self._sent(call, with_default_headers(request))
        except DomainError as error:
            return refused(error)
        except Exception as error:  # noqa: BLE001 - the front: a bug is one neutral sentence
            log.opt(exception=error).error("tool.crashed", tool=call.tool.spec.name)
            return failed(NEUTRAL, code="internal")

    async def _sent(self, call: ToolCall, request: OutgoingRequest) -> Outcome:
        mask = Mask(request.secrets)
        started = perf_counter()
        answer: Answer | None = None
        try:
            answer = await self._upstreams.send(
                request,
                organization_id=call.organization_id,
                timeout_seconds=call.tool.spec.timeout_seconds,
            )
            outcome = await _shaped(answer, call.tool, mask)
        except DomainError as error:
            outcome = refused(error)
            outcome.content[0]["text"] = mask.in_text(error.message)
            outcome.upstream_status = answer.status if answer else None
        if call.shows_exchange:
            duration_ms = (perf_counter() - started) * 1000
            outcome.meta[META_KEY] = exchange_of(request, answer, mask, duration_ms=duration_ms)
        return outcome


async def _shaped(answer: Answer, tool: PreparedTool, mask: Mask) -> Outcome:
    if len(answer.body) > SHAPED_ASIDE_BYTES or tool.selection is not None:
        return await asyncio.to_thread(as_outcome, answer, tool, mask)
    return as_outcome(answer, tool, mask)
