"""What the web app asks about a draft besides calling its tools: its code, and its workers."""

from collections.abc import Mapping

import orjson
from pydantic import Field, JsonValue, ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.crypto import Sealer
from core.database import Database
from core.draft_tokens import DraftPass
from core.errors import Invalid, NotFound
from core.frozen import Frozen
from core.logs import bind_ids
from core.models import Organization, Server
from core.plans import PLANS
from core.sandbox_protocol import Packages
from core.tool_spec import MAX_SOURCE_CHARACTERS
from mcp_runtime.bodies import read_body, while_connected
from mcp_runtime.dispatcher import answer, require_post
from mcp_runtime.draft import pass_to_draft
from mcp_runtime.fast_path import without_duplicates
from mcp_runtime.limits import Limits
from mcp_runtime.tool_runner.sandbox.client import Answer, SandboxClient, SandboxUnavailable


class CodeAsked(Frozen):
    """Code to look at: the function that is the tool, and the input schema that it must fit."""

    source: str = Field(max_length=MAX_SOURCE_CHARACTERS)
    function: str
    input_schema: dict[str, JsonValue] | None = None


class _Question:
    """An ASGI endpoint that the pass to a draft opens; it passes on what the supervisor answers."""

    def __init__(
        self, database: Database, sealer: Sealer, sandbox: SandboxClient, limits: Limits
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._sandbox = sandbox
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await answer(self._serve, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        require_post(scope)
        server = await self._server_of(pass_to_draft(scope, self._sealer))
        bind_ids(server_id=server.id, organization_id=server.organization_id)
        body = await read_body(receive, without_duplicates(scope["headers"]) or {})
        response = await while_connected(receive, self._answered(server, body))
        await response(scope, receive, send)

    async def _answered(self, server: Server, body: bytes) -> Response:
        raise NotImplementedError

    async def _server_of(self, draft: DraftPass) -> Server:
        async with self._database.read() as session:
            server = await session.get(Server, draft.server_id)
        if server is None or server.deleted_at is not None:
            raise NotFound("There is no draft at this address.")
        return server


class CodeCheck(_Question):
    """`/mcp/{server_id}/draft/check`: has code looked at without running it."""

    async def _answered(self, server: Server, body: bytes) -> Response:
        asked = _code_in(body)
        question = {
            "source": asked.source,
            "function": asked.function,
            "schema": asked.input_schema,
        }
        async with self._limits.slot(server.id, server.organization_id):
            packages = await self._packages_of(server)
            tenant = str(server.organization_id)
            return _told(await self._sandbox.check(question, tenant=tenant, packages=packages))

    async def _packages_of(self, server: Server) -> Packages:
        """Return what the tools of a server may import, by its organization's plan."""
        async with self._database.read() as session:
            organization = await session.get_one(Organization, server.organization_id)
        return PLANS[organization.plan].python.packages


class WorkerStatus(_Question):
    """`/mcp/{server_id}/draft/workers`: how the server's workers are, live and draft."""

    async def _answered(self, server: Server, body: bytes) -> Response:  # noqa: ARG002 - of the base
        return _told(await self._sandbox.status(str(server.id)))


def _code_in(body: bytes) -> CodeAsked:
    try:
        return CodeAsked.model_validate_json(body)
    except ValidationError as error:
        raise Invalid("This is no code to look at.") from error


def _told(said: Answer) -> Response:
    """Return an answer of the supervisor as it is.

    Raises:
        SandboxUnavailable: the supervisor says that it cannot.
    """
    if isinstance(error := said.get("error"), Mapping):
        raise SandboxUnavailable(str(error["message"]), can_retry=True)
    return Response(orjson.dumps(said), media_type="application/json")
