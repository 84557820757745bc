"""The servers as they are live: loaded on demand, kept in memory, reloaded when they change."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import CannotOpen, Sealer
from core.database import Database
from core.errors import UpstreamUnavailable
from core.generation import current_generation, servers_changed_since
from core.logs import log
from core.models import AccessPolicy, EnvironmentVariable, Organization, Server, Version
from core.plans import PlanName
from core.tool_spec import ServerSpec, Variable
from mcp_runtime.ticking import Ticker

POLL_SECONDS = 0.25
# Past this age nothing tells whether a server is paused or a key revoked, so none is served.
STALE_SECONDS = 30.0
MAX_SERVERS = 2_000
# Ids that no server has; apart from the servers, which anybody's guesses would push out otherwise.
MAX_MISSING = 2_000

OnChange = Callable[[UUID, int], None]


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A server at one generation, with everything the runtime needs to serve it.

    `spec` is None while nothing is published; `variables` holds opened values over plain defaults.
    """

    id: UUID
    organization_id: UUID
    name: str
    access_policy: AccessPolicy
    plan: PlanName
    is_paused: bool
    generation: int
    version_number: int | None
    spec: ServerSpec | None
    variables: Mapping[str, str]


class CatalogStale(UpstreamUnavailable):
    """The database has not answered for a while."""

    code = "catalog_stale"
    status = 503


class Catalog:
    """Live servers by id, least recently used ones dropped first.

    A load that was under way when its server changed is not kept: its caller gets the state of
    before the change, and the next one loads again.

    Args:
        watched: the database as the poll sees it, over connections of its own: callers who keep
            all others busy must not delay the news that a key was revoked.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        watched: Database | None = None,
        max_servers: int = MAX_SERVERS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._database = database
        self._watched = watched or database
        self._sealer = sealer
        self._max_servers = max_servers
        self._servers: OrderedDict[UUID, LiveServer] = OrderedDict()
        self._missing: OrderedDict[UUID, None] = OrderedDict()
        self._loading: dict[UUID, asyncio.Task[LiveServer | None]] = {}
        self._listeners: list[OnChange] = []
        self._generation: int | None = None
        self._polled_at: float | None = None
        self._poller = Ticker(self._try_to_poll, every_seconds=poll_seconds)
        self._has_failed = False

    async def start(self) -> None:
        """Read the counter and watch it from now on; a database that is away may come back."""
        await self._try_to_poll()
        self._poller.start("catalog poll")

    async def stop(self) -> None:
        """Stop watching."""
        await self._poller.stop()

    async def get(self, server_id: UUID) -> LiveServer | None:
        """Return a server, or None when there is none or it is deleted.

        Raises:
            CatalogStale: the database has been silent for too long to know.
        """
        if self.seconds_since_poll > STALE_SECONDS:
            raise CatalogStale("The service cannot reach its database right now.", can_retry=True)
        server = self._servers.get(server_id)
        if server is not None:
            self._servers.move_to_end(server_id)
            return server
        return None if server_id in self._missing else await self._loaded(server_id)

    def on_change(self, listener: OnChange) -> None:
        """Have `listener` called with the id of every server that changes, and its generation."""
        self._listeners.append(listener)

    @property
    def seconds_since_poll(self) -> float:
        """How long ago the database last answered the poll."""
        return float("inf") if self._polled_at is None else monotonic() - self._polled_at

    async def poll(self) -> None:
        """Look at the counter once, and forget the servers that were stamped since."""
        async with self._watched.read() as session:
            generation = await current_generation(session)
            known = self._generation
            changed: Mapping[UUID, int] = {}
            if known is not None and generation != known:
                changed = await servers_changed_since(session, known)
        self._generation = generation
        self._polled_at = monotonic()
        for server_id, now_at in changed.items():
            self._forget(server_id, now_at)

    async def _try_to_poll(self) -> None:
        try:
            await self.poll()
        except Exception as error:  # noqa: BLE001 - the poll must outlive any failure
            if not self._has_failed:
                log.opt(exception=error).error("catalog.poll_failed")
            self._has_failed = True
        else:
            self._has_failed = False

    def _forget(self, server_id: UUID, generation: int) -> None:
        self._servers.pop(server_id, None)
        self._missing.pop(server_id, None)
        self._loading.pop(server_id, None)
        for listener in self._listeners:
            listener(server_id, generation)

    async def _loaded(self, server_id: UUID) -> LiveServer | None:
        """Load a server once for all who wait for it."""
        task = self._loading.get(server_id)
        if task is None:
            task = asyncio.create_task(self._load(server_id), name="catalog load")
            self._loading[server_id] = task
            task.add_done_callback(lambda done: self._keep(server_id, done))
        return await asyncio.shield(task)

    def _keep(self, server_id: UUID, task: asyncio.Task[LiveServer | None]) -> None:
        is_newest = self._loading.get(server_id) is task
        if is_newest:
            del self._loading[server_id]
        if task.cancelled() or task.exception() is not None or not is_newest:
            return
        server = task.result()
        if server is None:
            self._missing[server_id] = None
        else:
            self._servers[server_id] = server
        if len(self._servers) > self._max_servers:
            self._servers.popitem(last=False)
        if len(self._missing) > MAX_MISSING:
            self._missing.popitem(last=False)

    async def _load(self, server_id: UUID) -> LiveServer | None:
        async with self._database.read() as session:
            server = await session.get(Server, server_id)
            if server is None or server.deleted_at is not None:
                return None
            version = None
            if server.live_version_id is not None:
                version = await session.get(Version, server.live_version_id)
            organization = await session.get_one(Organization, server.organization_id)
            values = await opened_values(session, self._sealer, server_id)
        spec = None if version is None else ServerSpec.model_validate(version.spec)
        return LiveServer(
            id=server.id,
            organization_id=server.organization_id,
            name=server.name,
            access_policy=server.access_policy,
            plan=organization.plan,
            # An organization that waits to be deleted serves nothing, whatever its servers say.
            is_paused=server.is_paused or organization.delete_at is not None,
            generation=server.generation,
            version_number=None if version is None else version.number,
            spec=spec,
            variables=with_defaults(spec.variables if spec else (), values),
        )


async def opened_values(session: AsyncSession, sealer: Sealer, server_id: UUID) -> dict[str, str]:
    """Return the values that a server's variables have, opened.

    A value that cannot be opened counts as missing: the tools that need it say so by name.
    """
    rows = await session.exec(
        select(EnvironmentVariable).where(EnvironmentVariable.server_id == server_id)
    )
    values: dict[str, str] = {}
    for row in rows:
        if row.sealed_value is None:
            continue
        try:
            values[row.name] = sealer.open(row.sealed_value, bound_to=row.seal_binding).decode()
        except (CannotOpen, UnicodeDecodeError):
            log.error("variable.cannot_be_opened", server_id=str(server_id), name=row.name)
    return values


def with_defaults(
    variables: tuple[Variable, ...] | list[Variable], values: Mapping[str, str]
) -> dict[str, str]:
    """Return the values, over the defaults of plain variables that have none."""
    defaults = {v.name: v.default for v in variables if v.default is not None}
    return {**defaults, **values}
