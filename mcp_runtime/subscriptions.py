"""Open `subscriptions/listen` streams: told when the tools of their server change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from anyio import sleep
from anyio.abc import TaskGroup
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from core.logs import log
from mcp_runtime.catalog import Catalog, LiveServer

MAX_STREAMS_PER_SERVER = 256
# A token that ends, or a user who leaves the organization, changes no server that would be told.
LOOK_AGAIN_SECONDS = 30.0

Listen = Callable[[Any, Any], Awaitable[Any]]
# Whether the holder of an Authorization header may use a server, as it is now.
MayUse = Callable[[str | None, LiveServer], Awaitable[bool]]


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """One open stream, and by what right; a handler of its own, so that it can end alone."""

    authorization: str | None
    handler: ListenHandler


@dataclass(slots=True)
class _Streams:
    """The open streams of one server, and the version of it that they know."""

    version_number: int | None
    open: set[_Stream] = field(default_factory=set)
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)

    def close(self) -> None:
        for stream in self.open:
            stream.handler.close()


class Subscriptions:
    """The listen streams of all servers; they outlive the swap of what is served.

    A new version is announced on them. At any change of its server, and now and then without one,
    each caller's right is looked at again, and the stream of one who has lost it ends politely.
    """

    def __init__(self, catalog: Catalog, task_group: TaskGroup, *, may_use: MayUse) -> None:
        self._catalog = catalog
        self._task_group = task_group
        self._may_use = may_use
        self._servers: dict[UUID, _Streams] = {}
        catalog.on_change(self._on_change)
        task_group.start_soon(self._keep_looking)

    def listen_to(self, live: LiveServer) -> Listen:
        """Return the handler of `subscriptions/listen` for a server."""

        async def listen(ctx: Any, params: Any) -> Any:
            streams = self._servers.setdefault(live.id, _Streams(live.version_number))
            if len(streams.open) >= MAX_STREAMS_PER_SERVER:
                raise MCPError(INTERNAL_ERROR, "Too many streams listen to this server.")
            handler = ListenHandler(streams.bus, max_subscriptions=1)
            stream = _Stream(ctx.request.headers.get("authorization"), handler)
            streams.open.add(stream)
            try:
                return await handler(ctx, params)
            finally:
                streams.open.discard(stream)
                if not streams.open and self._servers.get(live.id) is streams:
                    del self._servers[live.id]

        return listen

    def close(self) -> None:
        """End all streams politely."""
        for streams in self._servers.values():
            streams.close()

    async def look_again(self) -> None:
        """End the streams of those who may not use their server any more."""
        for server_id in list(self._servers):
            await self._tell(server_id)

    def _on_change(self, server_id: UUID, _generation: int) -> None:
        if server_id in self._servers:
            self._task_group.start_soon(self._tell, server_id)

    async def _keep_looking(self) -> None:
        while True:
            await sleep(LOOK_AGAIN_SECONDS)
            await self.look_again()

    async def _tell(self, server_id: UUID) -> None:
        streams = self._servers.get(server_id)
        if streams is None:
            return
        try:
            await self._sort_out(server_id, streams)
        except Exception as error:  # noqa: BLE001 - a failure here must not end the whole runtime
            # Nobody knows any more who may listen; whoever still may comes back.
            log.opt(exception=error).error("subscriptions.cannot_be_checked")
            streams.close()

    async def _sort_out(self, server_id: UUID, streams: _Streams) -> None:
        now = await self._catalog.get(server_id)
        if now is None or now.is_paused or now.spec is None:
            streams.close()
            return
        for stream in list(streams.open):
            if not await self._may_use(stream.authorization, now):
                stream.handler.close()
        if now.version_number != streams.version_number:
            streams.version_number = now.version_number
            await streams.bus.publish(ToolsListChanged())
