"""Open `subscriptions/listen` streams: told when the tools of their server change."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from anyio.abc import TaskGroup
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged

from mcp_runtime.catalog import Catalog, LiveServer

MAX_STREAMS_PER_SERVER = 256

Listen = Callable[[Any, Any], Awaitable[Any]]


class _Streams:
    """The open streams of one server, and the state of it that they were opened under."""

    def __init__(self, live: LiveServer) -> None:
        self.live = live
        self.open = 0
        self.bus = InMemorySubscriptionBus()
        self.handler = ListenHandler(self.bus, max_subscriptions=MAX_STREAMS_PER_SERVER)


class Subscriptions:
    """The listen streams of all servers; they outlive the swap of what is served.

    A new version is announced on them. Any other change (pause, deletion, access, a revoked key)
    ends them politely, and the clients that still may come back listen again.
    """

    def __init__(self, catalog: Catalog, task_group: TaskGroup) -> None:
        self._catalog = catalog
        self._task_group = task_group
        self._servers: dict[UUID, _Streams] = {}
        catalog.on_change(self._on_change)

    def listen_to(self, live: LiveServer) -> Listen:
        """Return the handler of `subscriptions/listen` for a server."""

        async def listen(ctx: Any, params: Any) -> Any:
            streams = self._servers.setdefault(live.id, _Streams(live))
            streams.open += 1
            try:
                return await streams.handler(ctx, params)
            finally:
                streams.open -= 1
                if not streams.open and self._servers.get(live.id) is streams:
                    del self._servers[live.id]

        return listen

    def close(self) -> None:
        """End all streams politely."""
        for streams in self._servers.values():
            streams.handler.close()

    def _on_change(self, server_id: UUID) -> None:
        if server_id in self._servers:
            self._task_group.start_soon(self._tell, server_id)

    async def _tell(self, server_id: UUID) -> None:
        now = await self._catalog.get(server_id)
        streams = self._servers.get(server_id)
        if streams is None:
            return
        if now is not None and now.version_number != streams.live.version_number:
            was, streams.live = streams.live, now
            if _lets_in_the_same(was, now):
                await streams.bus.publish(ToolsListChanged())
                return
        streams.handler.close()


def _lets_in_the_same(was: LiveServer, now: LiveServer) -> bool:
    return not now.is_paused and was.access_policy is now.access_policy
