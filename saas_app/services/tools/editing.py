"""Editing a draft tool as one types: each field is saved or refused on its own."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import row_for
from core.audit import record_act
from core.errors import Invalid
from core.models import DraftTool
from core.permissions import Actor, Permission
from core.tool_spec import HttpTool, PythonTool, Tool
from core.tool_spec import read_tool as read_spec
from saas_app.services.tools.fields import change_field
from saas_app.services.tools.rows import draft_for, locked_tool, refuse_taken, write_tool
from saas_app.services.tools.views import ToolView, tool_of, view_of


@dataclass(frozen=True, slots=True)
class ToolChanges:
    """New values by field (see `fields.change_field`, and `is_enabled`).

    Args:
        seen: the stamp of the state that the editor shows; None overwrites whatever is there.
    """

    values: dict[str, Any]
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class ToolEdit:
    """What came of an edit: the tool as it now is, and the fields that were refused, with why.

    Args:
        before: the spec as it was, for `put_back_tool`.
    """

    tool: ToolView
    before: dict[str, Any]
    refused: dict[str, str] = field(default_factory=dict)


async def read_tool(
    session: AsyncSession, actor: Actor, server_id: UUID, tool_id: UUID
) -> ToolView:
    """Return a tool for its editor."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return view_of(await row_for(session, draft.server, DraftTool, tool_id), draft.variables)


async def edit_tool(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    changes: ToolChanges,
    *,
    now: datetime,
) -> ToolEdit:
    """Change fields of a tool; what is valid is kept, what is not is told, field by field.

    Raises:
        ChangedMeanwhile: somebody else changed the tool since.
    """
    draft = await draft_for(session, actor, server_id)
    row = await locked_tool(session, draft, tool_id, seen=changes.seen)
    tool, before, refused = tool_of(row), row.spec, {}
    for name, value in changes.values.items():
        try:
            if name == "is_enabled":
                row.is_enabled = bool(value)
                continue
            changed = change_field(tool, name, value)
            if changed.name != tool.name:
                await refuse_taken(session, draft.server, changed.name, but=row.id)
            tool = changed
        except Invalid as error:
            refused[error.field or name] = error.message
    was = tool_of(row)
    write_tool(draft, row, tool, now=now)
    _record_edit(session, actor, server_id, (was, tool), now=now)
    await session.flush()  # a name taken in the same moment shows here, not at the commit
    return ToolEdit(view_of(row, draft.variables), before, refused)


async def put_back_tool(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    before: dict[str, Any],
    now: datetime,
) -> ToolView:
    """Take edits back: give a tool the spec that it had before them, but the name it has now."""
    draft = await draft_for(session, actor, server_id)
    row = await locked_tool(session, draft, tool_id)
    was, tool = tool_of(row), read_spec(before | {"name": row.name})
    write_tool(draft, row, tool, now=now)
    _record_edit(session, actor, server_id, (was, tool), now=now)
    return view_of(row, draft.variables)


def _record_edit(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tools: tuple[Tool, Tool],
    *,
    now: datetime,
) -> None:
    """Note an edit of what a tool does: a trial has the organization's credentials.

    Words that only describe the tool are no security matter, and saved at every pause in typing.
    """
    before, after = tools
    if isinstance(before, PythonTool) or isinstance(after, PythonTool):
        if _code(before) != _code(after):
            record_act(
                session, actor, "tool.code_edited", subject=server_id, now=now, tool=after.name
            )
        return
    if before.request == after.request:
        return
    places = {}
    if _place(before) != _place(after):
        places = {"before": _place(before), "after": _place(after)}
    record_act(
        session, actor, "tool.request_edited", subject=server_id, now=now, tool=after.name, **places
    )


def _code(tool: Tool) -> tuple[str, str]:
    return (tool.source, tool.function) if isinstance(tool, PythonTool) else ("", "")


def _place(tool: HttpTool) -> str:
    """Return where a tool's request goes, as its draft spells it."""
    base = tool.request.base
    return f"{tool.request.method} {base.url or f'{{{{{base.variable}}}}}'}{tool.request.path}"
