"""Code that nobody has looked at as it is, which is looked at before a version is made of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of
from core.crypto import Sealer
from core.errors import Invalid, UpstreamUnavailable
from core.models import DraftTool, Evidence
from core.permissions import Actor, Permission
from core.settings import Settings
from core.tool_spec import PythonTool
from saas_app.services.draft_address import leave_for
from saas_app.services.tools.python.looking import Look, Seen, look_at, note_look
from saas_app.services.tools.rows import draft_for
from saas_app.services.tools.views import tool_of

Looked = Sequence[tuple[Look, Seen]]


async def start_looks(
    session: AsyncSession, actor: Actor, server_id: UUID, *, sealer: Sealer, now: datetime
) -> list[Look]:
    """Give leave to look at what the next version would have and is unchecked."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_PUBLISH)
    leave = leave_for(actor.user_id, server_id, sealer=sealer, now=now)
    rows = [row for row in await draft_tools_of(session, draft.server) if row.is_enabled]
    unchecked = [(row.id, _code_of(row)) for row in rows if row.evidence is Evidence.UNCHECKED]
    return [Look(row_id, tool, leave) for row_id, tool in unchecked if tool is not None]


async def look_at_all(settings: Settings, looks: Iterable[Look]) -> Looked:
    """Have code looked at; what nobody can look at stays unchecked, which the bar is for."""
    looked = []
    for look in looks:
        try:
            looked.append((look, await look_at(settings, look)))
        except UpstreamUnavailable:
            break
    return looked


async def note_looks(session: AsyncSession, actor: Actor, looked: Looked) -> None:
    """Keep what was found, in the transaction that publishes.

    Raises:
        Invalid: something keeps the code of a tool from working.
    """
    for look, seen in looked:
        if seen.errors:
            raise Invalid(f"{look.tool.name} cannot be published. {seen.errors[0]}")
        await note_look(session, actor, look, seen, to=Permission.SERVER_PUBLISH)


def _code_of(row: DraftTool) -> PythonTool | None:
    """Return the Python tool of a row; what is no tool at all is told when it is published."""
    try:
        tool = tool_of(row)
    except ValidationError:
        return None
    return tool if isinstance(tool, PythonTool) else None
