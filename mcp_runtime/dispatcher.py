"""The MCP address of every server: finds it, asks the guard, and serves the request.

A plain `tools/call` is answered here; everything else goes through the SDK.
"""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from uuid import UUID

from anyio.abc import TaskGroup
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.errors import DomainError, NotFound
from core.ids import as_uuid
from core.logs import bind_ids, log
from mcp_runtime.bodies import (
    Disconnected,
    as_message,
    client_name,
    read_body,
    replayed,
    while_connected,
)
from mcp_runtime.callers import Guard
from mcp_runtime.calling_off import HEADER as SESSION_HEADER
from mcp_runtime.calling_off import CalledOff, OpenCalls, Sender, naming
from mcp_runtime.calls import Calls, Exchange, put_exchange
from mcp_runtime.catalog import Catalog, LiveServer
from mcp_runtime.errors import (
    Forbidden,
    MethodNotAllowed,
    NothingPublished,
    ServerPaused,
    Unauthorized,
    http_bug,
    http_called_off,
    http_refusal,
)
from mcp_runtime.fast_path import FastCall, FastPath, answer_bytes, without_duplicates
from mcp_runtime.limits import Limits
from mcp_runtime.published_tools import HostedServer, host
from mcp_runtime.subscriptions import Subscriptions
from mcp_runtime.tool_runner.prepared_tool import PreparedTool

MAX_HOSTED = 1_000


class Dispatcher:
    """The ASGI endpoint of `/mcp/{server_id}/mcp`."""

    def __init__(
        self, catalog: Catalog, guard: Guard, calls: Calls, limits: Limits, task_group: TaskGroup
    ) -> None:
        self._catalog = catalog
        self._guard = guard
        self._calls = calls
        self._limits = limits
        self._task_group = task_group
        self._hosted: OrderedDict[UUID, HostedServer] = OrderedDict()
        self._fast_path = FastPath()
        self._open_calls = OpenCalls()
        self.subscriptions = Subscriptions(catalog, task_group, may_use=self._may_use)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await answer(self._serve, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        live = await self._live(scope["path_params"]["server_id"])
        bind_ids(server_id=live.id, organization_id=live.organization_id)
        require_post(scope)
        headers = without_duplicates(scope["headers"])
        plain = headers or {}
        caller = await self._guard.authenticate(authorization_of(scope), live)
        hosted = self._ready_to_serve(live)
        body = await read_body(receive, plain)
        message = as_message(body)
        exchange = Exchange(live, caller, client_name(message, plain))
        sender = Sender(live.id, caller, plain.get(SESSION_HEADER, ""))
        fast = self._fast_path.read(headers, message, body) if headers else None
        tool = hosted.tools.get(fast.name) if fast else None
        if fast is not None and tool is not None and not tool.has_mirrored_headers:
            call = self._answer_fast(hosted, fast, tool, exchange)
            call = while_connected(receive, call)
            response = await self._open_calls.run(sender, message, call)
            await response(scope, receive, send)
            return
        put_exchange(scope, exchange)
        if method_of(message) == "initialize":
            send = naming(send)
        slot = slot_for(self._limits, live, message)
        served = serve_in(slot, hosted, scope, body, send)
        await self._open_calls.run(sender, message, while_connected(receive, served))

    async def _answer_fast(
        self, hosted: HostedServer, call: FastCall, tool: PreparedTool, exchange: Exchange
    ) -> Response:
        async with self._limits.slot(exchange.live.id, exchange.live.organization_id):
            outcome = await self._calls.run(tool, call.arguments, exchange)
        body = answer_bytes(call, outcome.wire(), hosted.server_info)
        return Response(body, media_type="application/json")

    async def _live(self, server_id: str) -> LiveServer:
        live = await self._catalog.get(as_uuid(server_id))
        if live is None:
            raise NotFound("There is no MCP server at this address.")
        return live

    async def _may_use(self, authorization: str | None, live: LiveServer) -> bool:
        try:
            await self._guard.authenticate(authorization, live)
        except (Unauthorized, Forbidden):
            return False
        return True

    def _ready_to_serve(self, live: LiveServer) -> HostedServer:
        """Return the server at its present generation; requests under way keep the one they met."""
        if live.is_paused:
            raise ServerPaused(f"{live.name} is paused by its owner. Try again later.")
        if live.spec is None:
            raise NothingPublished(f"{live.name} has nothing published yet.")
        hosted = self._hosted.get(live.id)
        if hosted is None or hosted.live is not live:
            hosted = self._hosted[live.id] = host(
                live,
                live.spec,
                run=self._calls.run_for_request,
                listen=self.subscriptions.listen_to(live),
                task_group=self._task_group,
            )
            if len(self._hosted) > MAX_HOSTED:
                self._hosted.popitem(last=False)
        self._hosted.move_to_end(live.id)
        return hosted


async def answer(serve: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request and translate what goes wrong, once, for both MCP addresses."""
    has_started = False

    async def noting_send(message: Any) -> None:
        nonlocal has_started
        has_started = True
        await send(message)

    try:
        await serve(scope, receive, noting_send)
    except Disconnected:
        return
    except CalledOff as error:
        if not has_started:
            await http_called_off(error.request_id)(scope, receive, send)
    except DomainError as error:
        await http_refusal(error)(scope, receive, send)
    except Exception as error:
        if has_started:
            raise
        log.opt(exception=error).error("request.crashed")
        await http_bug()(scope, receive, send)


def require_post(scope: Scope) -> None:
    """Refuse other methods: there is no session here that a GET could listen to.

    Raises:
        MethodNotAllowed: the method is not POST.
    """
    if scope["method"] != "POST":
        raise MethodNotAllowed("This address takes POST only: it keeps no sessions.")


def authorization_of(scope: Scope) -> str | None:
    """Return the Authorization header; the first, should there be several."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return value.decode("latin-1")
    return None


def slot_for(limits: Limits, live: LiveServer, message: Any) -> AbstractAsyncContextManager[None]:
    """Return a place among the running calls, for whatever may turn out to be a call."""
    if method_of(message) in (None, "tools/call"):
        return limits.slot(live.id, live.organization_id)
    return nullcontext()


async def serve_in(
    slot: AbstractAsyncContextManager[None],
    hosted: HostedServer,
    scope: Scope,
    body: bytes,
    send: Send,
) -> None:
    """Have the SDK serve a request whose body was read, once it has its place."""
    async with slot:
        await hosted.manager.handle_request(scope, replayed(body), send)


def method_of(message: Any) -> Any:
    """Return what a message asks for, or None where it is not plain."""
    return message.get("method") if isinstance(message, Mapping) else None
