"""The rows behind draft tools: fetched with permission, locked for a change, and stamped."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of, row_for, server_for, variables_of
from core.errors import Conflict, Invalid
from core.models import DraftTool, Evidence, Server
from core.permissions import Actor, Permission
from core.tool_spec import Tool
from saas_app.services.tools.checks import evidence_after, evidence_of_change
from saas_app.services.tools.views import stamp_of, tool_of

MAX_TOOLS = 2_000


class ChangedMeanwhile(Conflict):
    """Somebody else saved the same thing since it was loaded."""

    code = "changed_meanwhile"


class TooManyTools(Conflict):
    """The server is full."""

    code = "too_many_tools"

    def __init__(self) -> None:
        super().__init__(f"A server has at most {MAX_TOOLS:,} tools. Make another server.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A server whose draft may be changed, and the names of the variables it defines."""

    server: Server
    variables: set[str]

    def touch(self, now: datetime) -> None:
        """Note that the draft is no longer what was published."""
        self.server.updated_at = max(now, self.server.updated_at)


async def draft_for(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    to: Permission = Permission.SERVER_EDIT,
) -> Draft:
    """Return the draft of the actor's server, or refuse like `server_for`."""
    server = await server_for(session, actor, server_id, to=to)
    return Draft(server, {row.name for row in await variables_of(session, server)})


async def locked_tool(
    session: AsyncSession, draft: Draft, tool_id: UUID, *, seen: str | None = None
) -> DraftTool:
    """Return a tool that nobody else changes until this transaction ends.

    Args:
        session: a write transaction.
        draft: the draft it belongs to.
        tool_id: which tool.
        seen: the stamp of the state that the caller looked at; None takes any.

    Raises:
        ChangedMeanwhile: it was changed since.
    """
    row = await row_for(session, draft.server, DraftTool, tool_id)
    await session.refresh(row, with_for_update=True)
    if seen is not None and stamp_of(row) != seen:
        raise ChangedMeanwhile(
            "This tool was changed elsewhere a moment ago. Load the latest, then change it again."
        )
    return row


def write_tool(draft: Draft, row: DraftTool, tool: Tool, *, now: datetime) -> None:
    """Put a tool into its row; two changes in one moment still have two stamps."""
    before = evidence_of_change(tool_of(row), tool, row.evidence)
    row.name = tool.name
    row.spec = tool.model_dump(mode="json")
    row.evidence = evidence_after(tool, draft.variables, before=before)
    row.updated_at = max(now, row.updated_at + timedelta(microseconds=1))
    draft.touch(now)


async def new_row(
    session: AsyncSession, draft: Draft, tool: Tool, *, now: datetime, position: int
) -> DraftTool:
    """Add a tool to a draft; the caller has seen to its name and to the limit."""
    row = DraftTool(
        server_id=draft.server.id,
        name=tool.name,
        spec=tool.model_dump(mode="json"),
        evidence=evidence_after(tool, draft.variables, before=Evidence.UNCHECKED),
        position=position,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    draft.touch(now)
    return row


async def names_of(session: AsyncSession, server: Server, *, but: UUID | None = None) -> set[str]:
    """Return the names of a draft's tools in lower case: some clients tell no case apart."""
    rows = await draft_tools_of(session, server)
    return {row.name.lower() for row in rows if row.id != but}


async def room_for(session: AsyncSession, server: Server, *, more: int = 1) -> int:
    """Return the position behind the last tool.

    Raises:
        TooManyTools: that many more do not fit.
    """
    rows = await draft_tools_of(session, server)
    if len(rows) + more > MAX_TOOLS:
        raise TooManyTools
    return rows[-1].position + 1 if rows else 0


async def refuse_taken(
    session: AsyncSession, server: Server, name: str, *, but: UUID | None = None
) -> None:
    """Refuse a name that another tool of the server has.

    Raises:
        Invalid: it is taken.
    """
    if name.lower() in await names_of(session, server, but=but):
        raise Invalid(f"Another tool of this server is called {name}.", field="name")
