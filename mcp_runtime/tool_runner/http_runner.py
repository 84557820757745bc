"""Sends the request of an HTTP tool and shapes what comes back."""

import asyncio
from time import perf_counter

from core.errors import DomainError
from mcp_runtime.tool_runner.answers import as_outcome
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.exchange import META_KEY, exchange_of
from mcp_runtime.tool_runner.http_request import OutgoingRequest, build_request
from mcp_runtime.tool_runner.masking import Mask
from mcp_runtime.tool_runner.outcome import Outcome, refused
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool
from mcp_runtime.tool_runner.upstream import Answer, Upstreams, with_default_headers

# Above this, shaping an answer takes long enough to hold up everybody else on the loop; so does
# a selection of any answer, should its owner mean it to.
SHAPED_ASIDE_BYTES = 200_000


class HttpRunner:
    """Runs calls over the connections of all organizations."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def run(self, call: ToolCall, tool: PreparedHttpTool) -> Outcome:
        """Run a call whose arguments were checked.

        Raises:
            DomainError: the request cannot be built.
        """
        request = build_request(
            tool.http, call.arguments, call.variables, definitions=tool.definitions
        )
        return await self._sent(call, tool, with_default_headers(request))

    async def _sent(
        self, call: ToolCall, tool: PreparedHttpTool, request: OutgoingRequest
    ) -> Outcome:
        mask = Mask(request.secrets)
        started = perf_counter()
        answer: Answer | None = None
        try:
            answer = await self._upstreams.send(
                request,
                organization_id=call.organization_id,
                timeout_seconds=tool.http.timeout_seconds,
            )
            outcome = await _shaped(answer, tool, mask)
        except DomainError as error:
            outcome = refused(error)
            outcome.content[0]["text"] = mask.in_text(error.message)
            outcome.upstream_status = answer.status if answer else None
        if call.shows_exchange:
            duration_ms = (perf_counter() - started) * 1000
            outcome.meta[META_KEY] = exchange_of(request, answer, mask, duration_ms=duration_ms)
        return outcome


async def _shaped(answer: Answer, tool: PreparedHttpTool, mask: Mask) -> Outcome:
    if len(answer.body) > SHAPED_ASIDE_BYTES or tool.selection is not None:
        return await asyncio.to_thread(as_outcome, answer, tool, mask)
    return as_outcome(answer, tool, mask)
