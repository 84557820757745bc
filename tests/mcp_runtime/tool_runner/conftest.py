"""A runner over real connections, whose pauses take no time."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.tool_spec import HttpTool
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.http_runner import HttpRunner
from mcp_runtime.tool_runner.outcome import Outcome
from mcp_runtime.tool_runner.prepared_tool import PreparedHttpTool
from mcp_runtime.tool_runner.runner import ToolRunner
from mcp_runtime.tool_runner.upstream import Upstreams


@dataclass(slots=True)
class Running:
    """A runner, what it may reach, and the pauses it has made."""

    allowed: set[tuple[str, int]] = field(default_factory=set)
    pauses: list[float] = field(default_factory=list)
    upstreams: Upstreams = field(init=False)
    organization_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        """Make the connections; what may be reached can still be added to."""
        self.upstreams = Upstreams(self.allowed, wait=self._pause)  # pyright: ignore[reportArgumentType]

    def allow(self, *ports: int) -> None:
        """Let requests through to ports of loopback."""
        self.allowed.update((host, port) for port in ports for host in ("127.0.0.1", "localhost"))

    async def run(
        self,
        tool: HttpTool,
        arguments: Mapping[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        *,
        shows_exchange: bool = False,
    ) -> Outcome:
        """Run a call."""
        call = ToolCall(
            PreparedHttpTool(tool),
            arguments or {},
            variables or {},
            self.organization_id,
            shows_exchange=shows_exchange,
        )
        return await ToolRunner(HttpRunner(self.upstreams)).run(call)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A runner that reaches nothing yet."""
    running = Running()
    yield running
    await running.upstreams.close()
