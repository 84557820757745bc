"""The draft address of a server: what its builder tries is run exactly as it will be served."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from anyio.abc import TaskGroup
from pydantic import ValidationError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.types import Receive, Scope, Send

from core.crypto import Sealer
from core.database import Database
from core.draft_tokens import DraftPass, read_draft_token
from core.errors import NotFound, SignedOut
from core.ids import as_uuid
from core.logs import bind_ids, log
from core.models import DraftTool, EnvironmentVariable, Organization, Server
from core.tool_spec import PythonSettings, ServerSpec, Tool, Variable, read_tool
from mcp_runtime.bindings import Bindings
from mcp_runtime.bodies import as_message, read_body, while_connected
from mcp_runtime.catalog import LiveServer, opened_values, with_defaults
from mcp_runtime.dispatcher import answer, authorization_of, require_post, serve_in, slot_for
from mcp_runtime.errors import TooBusy
from mcp_runtime.fast_path import without_duplicates
from mcp_runtime.limits import Limits
from mcp_runtime.published_tools import host
from mcp_runtime.telling import asks_to_be_told, teller
from mcp_runtime.tool_runner.calls import ToolCall
from mcp_runtime.tool_runner.outcome import Outcome, refused
from mcp_runtime.tool_runner.prepared_tool import PreparedTool
from mcp_runtime.tool_runner.runner import ToolRunner


class DraftEndpoint:
    """The ASGI endpoint of `/mcp/{server_id}/draft/mcp`.

    Only a pass of the web app opens it. The draft is read from the database at every request, so
    what is tried is what was just typed; tools that are switched off can be tried too. Tries are
    not recorded as calls.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        runner: ToolRunner,
        limits: Limits,
        bindings: Bindings,
        task_group: TaskGroup,
    ) -> None:
        self._bindings = bindings
        self._database = database
        self._sealer = sealer
        self._runner = runner
        self._limits = limits
        self._task_group = task_group

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await answer(self._serve, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        require_post(scope)
        draft = pass_to_draft(scope, self._sealer)
        body = await read_body(receive, without_duplicates(scope["headers"]) or {})
        live = await self._draft_of(draft.server_id)
        assert live.spec is not None  # noqa: S101 - `_draft_of` always makes one
        bind_ids(server_id=live.id, organization_id=live.organization_id)
        message = as_message(body)
        hosted = host(
            live,
            live.spec,
            run=self._tried(live, draft.user_id),
            listen=None,
            task_group=self._task_group,
            streams=asks_to_be_told(message),
        )
        slot = slot_for(self._limits, live, message)
        await while_connected(receive, serve_in(slot, hosted, scope, body, send))

    def _tried(self, live: LiveServer, user_id: UUID) -> Any:
        sandboxed = self._bindings.sandboxed(live, user=str(user_id), is_draft=True)

        async def run(tool: PreparedTool, arguments: Mapping[str, Any], context: Any) -> Outcome:
            call = ToolCall(
                tool,
                arguments,
                live.variables,
                live.organization_id,
                sandboxed,
                shows_exchange=True,
                tell=teller(context),
            )
            try:
                return await self._runner.run(call)
            except TooBusy as busy:
                return refused(busy)

        return run

    async def _draft_of(self, server_id: UUID) -> LiveServer:
        async with self._database.read() as session:
            server = await session.get(Server, server_id)
            if server is None or server.deleted_at is not None:
                raise NotFound("There is no draft at this address.")
            variables = await _definitions(session, server_id)
            values = await opened_values(session, self._sealer, server_id)
            tools = await _tools(session, server_id)
            organization = await session.get_one(Organization, server.organization_id)
        return LiveServer(
            id=server.id,
            organization_id=server.organization_id,
            name=server.name,
            access_policy=server.access_policy,
            plan=organization.plan,
            is_paused=server.is_paused,
            generation=server.generation,
            version_number=None,
            spec=ServerSpec(
                name=server.name,
                instructions=server.instructions,
                tools=tuple(tools),
                variables=tuple(variables),
                python=PythonSettings.model_validate(server.python_settings),
            ),
            variables=with_defaults(variables, values),
        )


def pass_to_draft(scope: Scope, sealer: Sealer) -> DraftPass:
    """Return the pass that a request carries, which is for the draft that its address names.

    Raises:
        SignedOut: it carries none, or one that has ended.
        NotFound: the pass is for another draft.
    """
    scheme, _, token = (authorization_of(scope) or "").partition(" ")
    if scheme.lower() != "bearer":
        raise SignedOut("The draft of a server opens with a pass of its builder only.")
    draft = read_draft_token(sealer, token.strip())
    if draft.server_id != as_uuid(scope["path_params"]["server_id"]):
        raise NotFound("There is no draft at this address.")
    return draft


async def _tools(session: AsyncSession, server_id: UUID) -> list[Tool]:
    rows = await session.exec(
        select(DraftTool)
        .where(DraftTool.server_id == server_id)
        .order_by(col(DraftTool.position), col(DraftTool.name))
    )
    tools = []
    for row in rows:
        try:
            tools.append(read_tool(row.spec))
        except ValidationError:
            # It is being edited into shape; the editor shows what is wrong with it.
            log.info("draft.tool_incomplete", server_id=str(server_id), tool=row.name)
    return tools


async def _definitions(session: AsyncSession, server_id: UUID) -> list[Variable]:
    rows = await session.exec(
        select(EnvironmentVariable)
        .where(EnvironmentVariable.server_id == server_id)
        .order_by(col(EnvironmentVariable.position), col(EnvironmentVariable.name))
    )
    return [Variable.model_validate(row.definition) for row in rows]
