"""Runs one call of a tool, from its arguments to a result; every failure becomes a result."""

from core.errors import DomainError
from core.logs import log
from core.tracing import span
from mcp_runtime.errors import NEUTRAL, TooBusy
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.http_runner import HttpRunner
from mcp_runtime.tool_runner.outcome import Outcome, failed, refused
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool, PreparedPythonTool
from mcp_runtime.tool_runner.sandbox.client import SandboxUnavailable
from mcp_runtime.tool_runner.sandbox.runner import PythonRunner


class ToolRunner:
    """Runs calls of either kind of tool.

    Args:
        http: runs HTTP tools.
        python: runs Python tools; None where there is no sandbox.
    """

    def __init__(self, http: HttpRunner, python: PythonRunner | None = None) -> None:
        self._http = http
        self._python = python

    async def run(self, call: ToolCall) -> Outcome:
        """Run a call; refusals and failures come back as results that the model can read.

        Raises:
            TooBusy: there is no room for it: not for the model to act on, but for its client.
        """
        with span("tool.call", tool=call.tool.spec.name):
            return await self._outcome(call)

    async def _outcome(self, call: ToolCall) -> Outcome:
        try:
            call.tool.check_arguments(call.arguments)
            return await self._ran(call)
        except TooBusy:
            raise
        except DomainError as error:
            return refused(error)
        except Exception as error:  # noqa: BLE001 - the front: a bug is one neutral sentence
            log.opt(exception=error).error("tool.crashed", tool=call.tool.spec.name)
            return failed(NEUTRAL, code="internal")

    async def _ran(self, call: ToolCall) -> Outcome:
        match call.tool:
            case PreparedHttpTool() as tool:
                return await self._http.run(call, tool)
            case PreparedPythonTool() as tool if self._python is not None:
                return await self._python.run(call, tool)
            case PreparedPythonTool():
                raise SandboxUnavailable(
                    "Python tools are switched off on this host.", can_retry=False
                )
        raise TypeError(f"Nothing runs a {type(call.tool).__name__}.")
