"""Puts the runtime together: the one place that builds its parts from the settings."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import anyio
from anyio.abc import TaskGroup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from core.clock import now_utc
from core.crypto import Sealer
from core.database import Database
from core.settings import Settings
from mcp_runtime.bindings import Bindings, draft_lane, live_lane
from mcp_runtime.calls import Calls
from mcp_runtime.catalog import Catalog
from mcp_runtime.dispatcher import Dispatcher
from mcp_runtime.draft import DraftEndpoint
from mcp_runtime.draft_questions import CodeCheck, WorkerStatus
from mcp_runtime.headers import HeaderGuard
from mcp_runtime.health import Health
from mcp_runtime.limits import Limits
from mcp_runtime.oauth.bearer import BearerGuard
from mcp_runtime.oauth.routes import oauth_routes
from mcp_runtime.oauth.signing_keys import KeyRing
from mcp_runtime.resources import Resources
from mcp_runtime.tool_runner.http_runner import HttpRunner
from mcp_runtime.tool_runner.runner import ToolRunner
from mcp_runtime.tool_runner.sandbox.client import SandboxClient
from mcp_runtime.tool_runner.sandbox.runner import PythonRunner
from mcp_runtime.tool_runner.sandbox.store import Store
from mcp_runtime.tool_runner.upstream import Upstreams
from mcp_runtime.usage import Usage


class Runtime:
    """One runtime process: its parts, its routes, its start and its end."""

    def __init__(self, settings: Settings) -> None:
        database, sealer = Database(settings), Sealer(settings.master_keys)
        self._watched = Database(settings, pool_size=1)
        catalog = Catalog(database, sealer, watched=self._watched)
        self.resources = Resources(settings, database, sealer, catalog)
        self.usage = Usage(database)
        self.upstreams = Upstreams(settings.allowed_upstreams, denied=settings.denied)
        self.limits = Limits()
        self.sandbox = SandboxClient(settings.data_dir)
        catalog.on_change(self._end_workers)
        self._runner = ToolRunner(
            HttpRunner(self.upstreams), PythonRunner(self.sandbox, Store(database))
        )
        self._keys = KeyRing(database, sealer, clock=now_utc)
        self._health = Health(self.resources, self.sandbox, is_draining=lambda: self.is_draining)
        self._dispatcher: Dispatcher | None = None
        self._draft: DraftEndpoint | None = None
        self.is_draining = False
        questions = database, sealer, self.sandbox, self.limits
        self.app = Starlette(
            routes=[
                # As classes, endpoints are ASGI applications that take every method themselves.
                Route("/mcp/{server_id}/mcp", _Endpoint(self, "live")),
                Route("/mcp/{server_id}/draft/mcp", _Endpoint(self, "draft")),
                Route("/mcp/{server_id}/draft/check", CodeCheck(*questions)),
                Route("/mcp/{server_id}/draft/workers", WorkerStatus(*questions)),
                *oauth_routes(self.resources, keys=self._keys),
                *self._health.routes(),
            ],
            middleware=[Middleware(HeaderGuard, settings=settings)],
            lifespan=self._lifespan,
        )

    def drain(self) -> None:
        """Begin to stop: say so when asked, and end the streams that would otherwise never end."""
        self.is_draining = True
        if self._dispatcher is not None:
            self._dispatcher.subscriptions.close()

    async def serve_live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to a published server."""
        assert self._dispatcher is not None  # noqa: S101 - set before the first request
        await self._dispatcher(scope, receive, send)

    async def serve_draft(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to a draft."""
        assert self._draft is not None  # noqa: S101 - set before the first request
        await self._draft(scope, receive, send)

    def _end_workers(self, server_id: UUID, generation: int) -> None:
        """End what holds code or values of a server that may be old, or not its own any more."""
        for lane in (live_lane(server_id), draft_lane(server_id)):
            self.sandbox.forget(lane, generation)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Start everything under one task group, and stop it in the opposite order."""
        async with AsyncExitStack() as ends:
            ends.push_async_callback(self.resources.database.close)
            ends.push_async_callback(self._watched.close)
            ends.push_async_callback(self.upstreams.close)
            ends.push_async_callback(self.sandbox.close)
            ends.push_async_callback(self.usage.stop)
            ends.push_async_callback(self.resources.catalog.stop)
            async with anyio.create_task_group() as tasks:
                self._build_endpoints(tasks)
                await self.resources.catalog.start()
                self.usage.start()
                yield
                self.drain()
                tasks.cancel_scope.cancel()

    def _build_endpoints(self, tasks: TaskGroup) -> None:
        resources = self.resources
        guard = BearerGuard(resources, keys=self._keys)
        bindings = Bindings(resources.settings.allowed_upstreams)
        calls = Calls(self._runner, self.usage, bindings)
        self._dispatcher = Dispatcher(resources.catalog, guard, calls, self.limits, tasks)
        self._draft = DraftEndpoint(
            resources.database, resources.sealer, self._runner, self.limits, bindings, tasks
        )


class _Endpoint:
    """Hands a request to a part of the runtime that exists only while it runs."""

    def __init__(self, runtime: Runtime, kind: str) -> None:
        self._runtime = runtime
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = self._runtime.serve_draft if self._kind == "draft" else self._runtime.serve_live
        await serve(scope, receive, send)
