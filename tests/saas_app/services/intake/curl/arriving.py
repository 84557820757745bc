"""Calls a proposed tool through the runtime's own runner, and returns what arrived of it."""

import re
import ssl
from typing import Any
from uuid import UUID

from core.http_request import BaseUrl
from core.tool_spec import HttpTool
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.http_runner import HttpRunner
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool
from mcp_runtime.tool_runner.runner import ToolRunner
from mcp_runtime.tool_runner.upstream import DEFAULT_HEADERS, Upstreams
from saas_app.services.intake.proposal import Proposal
from tests.saas_app.services.intake.curl.wire import Recorder, Request

NOBODY = UUID(int=1)


async def arriving(
    proposal: Proposal,
    arguments: dict[str, Any],
    values: dict[str, str],
    recorder: Recorder,
    ssl_context: ssl.SSLContext,
) -> Request:
    """Run the only tool of a proposal against the recorder, whatever host it is meant for.

    The host travels as the first step of the path, and is put back into what arrived.
    """
    (tool,) = proposal.tools
    here = f"127.0.0.1:{recorder.port}"
    moved, name = _moved(tool, here), tool.request.base.variable
    if name is not None:
        values = {**values, name: _address_at(values[name], here)}
    upstreams = Upstreams(frozenset({("127.0.0.1", recorder.port)}), ssl_context=ssl_context)
    try:
        call = ToolCall(PreparedHttpTool(moved, proposal.variables), arguments, values, NOBODY)
        outcome = await ToolRunner(HttpRunner(upstreams)).run(call)
    finally:
        await upstreams.close()
    assert outcome.upstream_status == 200, outcome.content
    (arrived,) = recorder.taken()
    host, _, path = arrived.address.removeprefix(f"{here}/").partition("/")
    return arrived.with_address(f"{host}/{path}").without(
        {name.lower(): value for name, value in DEFAULT_HEADERS}
    )


def _moved(tool: HttpTool, here: str) -> HttpTool:
    base = tool.request.base
    base = BaseUrl(url=_address_at(base.url, here), variable=base.variable)
    request = tool.request.model_copy(update={"base": base})
    return tool.model_copy(update={"request": request})


def _address_at(url: str, here: str) -> str:
    return re.sub(r"^https?://", f"http://{here}/", url)
