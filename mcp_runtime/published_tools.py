"""One MCP server as the SDK serves it, built from what is live."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from anyio.abc import TaskGroup
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from core.tool_spec import ServerSpec
from mcp_runtime.catalog import LiveServer
from mcp_runtime.subscriptions import Listen
from mcp_runtime.tool_runner.outcome import Outcome
from mcp_runtime.tool_runner.prepared_tool import PreparedTool, prepared

# Short, so that a client which asks instead of listening sees a publish within a second too.
FRESH_MS = 500
CACHED_METHODS: tuple[CacheableMethod, ...] = (
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
)

RunTool = Callable[[PreparedTool, Mapping[str, Any], Any], Awaitable[Outcome]]


class SharedManager(StreamableHTTPSessionManager):
    """A stateless session manager that borrows a task group instead of running one of its own.

    The library's `run()` has to be entered and left in one task, once; servers here come and go
    with requests. A test holds on to the two attributes that this relies on.
    """

    def borrow(self, task_group: TaskGroup) -> "SharedManager":
        """Serve with somebody else's task group."""
        self._task_group = task_group
        self._lifespan_state = {}
        return self


@dataclass(frozen=True, slots=True)
class HostedServer:
    """A live server, ready to be spoken to; replaced as a whole when the server changes."""

    live: LiveServer
    tools: Mapping[str, PreparedTool]
    server: Server[Any]
    manager: SharedManager
    server_info: Mapping[str, Any]


def prepare(spec: ServerSpec) -> dict[str, PreparedTool]:
    """Return the tools of a spec by name, in their published order."""
    return {tool.name: prepared(tool, spec.variables) for tool in spec.tools}


def host(
    live: LiveServer,
    spec: ServerSpec,
    *,
    run: RunTool,
    listen: Listen | None,
    task_group: TaskGroup,
    streams: bool = False,
) -> HostedServer:
    """Build the SDK's server for a spec.

    Args:
        live: whose server it is.
        spec: what is served: the published version, or a draft.
        run: runs a tool with its arguments; the third argument is the SDK's context of the request.
        listen: serves `subscriptions/listen`; None where nothing ever changes.
        task_group: where the older protocol revisions run their exchanges.
        streams: whether an answer may come as a stream, with what is told before it.
    """
    tools = prepare(spec)
    number = "" if live.version_number is None else str(live.version_number)
    server: Server[Any] = Server(
        spec.name,
        version=number,
        title=spec.name,
        instructions=spec.instructions or None,
        cache_hints={method: CacheHint(ttl_ms=FRESH_MS) for method in CACHED_METHODS},
        get_tool_input_schema=lambda name: _input_schema(tools, name),
        on_list_tools=_tools_lister(tools.values()),
        on_call_tool=_tool_caller(tools, run),
        on_list_prompts=_no_prompts,
        on_list_resources=_no_resources,
        on_list_resource_templates=_no_templates,
        on_subscriptions_listen=listen,
    )
    # Tracing is set up around the whole request; the SDK's own span would only repeat it.
    server.middleware.clear()
    manager = SharedManager(server, json_response=not streams, stateless=True).borrow(task_group)
    return HostedServer(live, tools, server, manager, server.server_info_stamp)


def _input_schema(tools: Mapping[str, PreparedTool], name: str) -> Mapping[str, Any] | None:
    tool = tools.get(name)
    return None if tool is None else tool.spec.input_schema


def _tools_lister(tools: Iterable[PreparedTool]) -> Any:
    async def list_tools(_ctx: Any, _params: Any) -> dict[str, Any]:
        return {"tools": [tool.wire for tool in tools], "resultType": "complete"}

    return list_tools


def _tool_caller(tools: Mapping[str, PreparedTool], run: RunTool) -> Any:
    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> dict[str, Any]:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        outcome = await run(tool, params.arguments or {}, ctx)
        return {**outcome.wire(), "resultType": "complete"}

    return call_tool


async def _no_prompts(_ctx: Any, _params: Any) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=[])


async def _no_resources(_ctx: Any, _params: Any) -> types.ListResourcesResult:
    return types.ListResourcesResult(resources=[])


async def _no_templates(_ctx: Any, _params: Any) -> types.ListResourceTemplatesResult:
    return types.ListResourceTemplatesResult(resource_templates=[])
