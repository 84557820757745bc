"""What the runtime's tests share: a service on loopback and a runtime in front of it."""

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest

from core.clock import now_utc
from core.crypto import Sealer
from core.database import Database
from core.draft_tokens import DraftPass, issue_draft_token
from core.generation import announce_change
from core.models import (
    AccessPolicy,
    DraftTool,
    EnvironmentVariable,
    Server,
    ServerKey,
    Version,
)
from core.sandbox_protocol import SOCKET_NAME
from core.settings import Settings
from core.tokens import KEY_PREFIX, digest_of, new_token, shown_part
from core.tool_spec import PythonSettings, ServerSpec, Tool, Variable
from mcp_runtime.app import Runtime
from tests.cast import NOW, Cast, make_cast, make_server
from tests.sandbox.conftest import RunningSupervisor, start_supervisor, stop_supervisor
from tests.upstreams.service import Service
from tests.upstreams.serving import free_socket, serving

JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    """A plain HTTP client that speaks to MCP addresses."""
    async with httpx2.AsyncClient(headers=JSON) as web:
        yield web


@pytest.fixture(scope="session")
def shared_supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSupervisor]:
    """A supervisor of the sandbox for all tests of a process: each has servers of its own."""
    running = start_supervisor(tmp_path_factory.mktemp("sandbox"))
    yield running
    stop_supervisor(running)


@pytest.fixture
def supervisor(shared_supervisor: RunningSupervisor, settings: Settings) -> RunningSupervisor:
    """The supervisor, where a test's own settings look for it."""
    shared = shared_supervisor.folder / SOCKET_NAME
    (settings.data_dir / SOCKET_NAME).symlink_to(shared)
    return shared_supervisor


@dataclass(slots=True)
class Upstream:
    """The running service."""

    service: Service
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A service on loopback."""
    service = Service()
    sock, port = free_socket()
    async with serving(service.app(), sock):
        yield Upstream(service, port)
        service.gate.set()


@dataclass(slots=True)
class Hosting:
    """A running runtime, and the hands that publish on it."""

    runtime: Runtime
    settings: Settings
    database: Database
    sealer: Sealer
    cast: Cast
    port: int

    @property
    def url(self) -> str:
        """The address of the runtime."""
        return f"http://localhost:{self.port}"

    def address(self, server_id: UUID, *, draft: bool = False) -> str:
        """Return the MCP address of a server."""
        return f"{self.url}/mcp/{server_id}/{'draft/' if draft else ''}mcp"

    async def publish(
        self,
        *tools: Tool,
        server_id: UUID | None = None,
        policy: AccessPolicy = AccessPolicy.PUBLIC,
        values: Mapping[str, str] | None = None,
        variables: tuple[Variable, ...] = (),
        instructions: str = "",
        python: PythonSettings = PythonSettings(),  # noqa: B008 - immutable
    ) -> UUID:
        """Publish tools on a server, which is made when none is named; return its id."""
        spec = ServerSpec(
            name="Weather",
            instructions=instructions,
            tools=tools,
            variables=variables,
            python=python,
        )
        async with self.database.write() as session:
            if server_id is None:
                server = await make_server(session, self.cast.alice)
            else:
                server = await session.get_one(Server, server_id)
            number = server.generation
            version = Version(
                server_id=server.id,
                number=number,
                spec=spec.model_dump(mode="json"),
                content_hash=spec.content_hash(),
                contract_hash=spec.contract_hash(),
                created_at=NOW,
            )
            session.add(version)
            await session.flush()
            server.live_version_id = version.id
            server.access_policy = policy
            for name, value in (values or {}).items():
                self._add_variable(session, server.id, name, value)
            await announce_change(session, server)
        await self.runtime.resources.catalog.poll()
        return server.id

    async def draft(
        self,
        *tools: Tool,
        values: Mapping[str, str] | None = None,
        is_enabled: bool = True,
    ) -> UUID:
        """Write a draft; return its server's id."""
        async with self.database.write() as session:
            server = await make_server(session, self.cast.alice)
            for position, tool in enumerate(tools):
                session.add(
                    DraftTool(
                        server_id=server.id,
                        name=tool.name,
                        spec=tool.model_dump(mode="json"),
                        position=position,
                        is_enabled=is_enabled,
                        created_at=NOW,
                        updated_at=NOW,
                    )
                )
            for name, value in (values or {}).items():
                self._add_variable(session, server.id, name, value)
        return server.id

    def draft_token(self, server_id: UUID) -> str:
        """Return a pass to a server's draft."""
        user_id = self.cast.alice.user_id
        return issue_draft_token(self.sealer, DraftPass(server_id, user_id), now=now_utc())

    async def change(self, server_id: UUID, **values: Any) -> None:
        """Change a server's row, the way the web app does."""
        async with self.database.write() as session:
            server = await session.get_one(Server, server_id)
            for name, value in values.items():
                setattr(server, name, value)
            await announce_change(session, server)

    async def key_for(self, server_id: UUID) -> tuple[str, UUID]:
        """Return a new key of a server, and its id."""
        token = new_token(KEY_PREFIX)
        key = ServerKey(
            server_id=server_id,
            name="Test",
            shown_part=shown_part(token),
            token_digest=digest_of(token),
            created_at=NOW,
        )
        async with self.database.write() as session:
            session.add(key)
        return token, key.id

    def _add_variable(self, session: Any, server_id: UUID, name: str, value: str) -> None:
        row = EnvironmentVariable(
            server_id=server_id,
            name=name,
            definition=Variable(name=name).model_dump(mode="json"),
            created_at=NOW,
            updated_at=NOW,
        )
        row.sealed_value = self.sealer.seal(value.encode(), bound_to=row.seal_binding)
        session.add(row)


@pytest.fixture
async def hosting(settings: Settings, sealer: Sealer, upstream: Upstream) -> AsyncIterator[Hosting]:
    """A runtime on loopback that may reach the service."""
    async with running_runtime(settings, sealer, upstream.port) as hosting:
        yield hosting


class running_runtime(AsyncExitStack):  # noqa: N801 - reads as the context manager it is
    """Runs a runtime over a database for the length of a block."""

    def __init__(self, settings: Settings, sealer: Sealer, *upstream_ports: int) -> None:
        super().__init__()
        self._settings = settings
        self._sealer = sealer
        self._ports = upstream_ports

    async def __aenter__(self) -> Hosting:  # pyright: ignore[reportIncompatibleMethodOverride]
        await super().__aenter__()
        sock, port = free_socket()
        allowed = ",".join(
            f"{host}:{port}" for port in self._ports for host in ("127.0.0.1", "localhost")
        )
        settings = self._settings.model_copy(
            update={"runtime_port": port, "egress_allowed_hosts": allowed}
        )
        settings = _fresh(settings)
        database = Database(settings)
        self.push_async_callback(database.close)
        async with database.write() as session:
            cast = await make_cast(session)
        runtime = Runtime(settings)
        await self.enter_async_context(serving(runtime.app, sock, lifespan="on"))
        return Hosting(runtime, settings, database, self._sealer, cast, port)


def _fresh(settings: Settings) -> Settings:
    """Return settings whose cached addresses follow from the changed fields."""
    values = settings.model_dump()
    return Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]


def a_secret() -> str:
    """Return a value that appears nowhere by chance."""
    return f"sek-{secrets.token_hex(8)}"
