"""Which tools a draft has: added, copied, deleted and brought back, switched and put in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import cases_of, draft_tools_of
from core.audit import record_act
from core.errors import Invalid
from core.models import DraftTool, Evidence, TestCase
from core.permissions import Actor
from core.tool_spec import Annotations, HttpTool, read_tool
from saas_app.services.intake.names import tool_name
from saas_app.services.tools.addresses import read_address
from saas_app.services.tools.arguments import match_placeholders
from saas_app.services.tools.bindings import BODYLESS
from saas_app.services.tools.fields import change_field
from saas_app.services.tools.rows import draft_for, locked_tool, names_of, new_row, room_for
from saas_app.services.tools.views import ToolView, tool_of, view_of


@dataclass(frozen=True, slots=True)
class DeletedTool:
    """All that is needed to bring a deleted tool back, its test cases included."""

    spec: dict[str, Any]
    is_enabled: bool
    position: int
    evidence: Evidence
    cases: list[dict[str, Any]]


async def add_tool(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    method: str,
    url: str,
    now: datetime,
) -> ToolView:
    """Add a tool for one request; the `{placeholders}` of its address become its arguments.

    Raises:
        Invalid: the method or the address is none; its field is told.
        TooManyTools: the server is full.
    """
    draft = await draft_for(session, actor, server_id)
    position = await room_for(session, draft.server)
    tool = blank_tool(method, url, taken=await names_of(session, draft.server))
    row = await new_row(session, draft, tool, now=now, position=position)
    record_act(session, actor, "tools.added", subject=server_id, now=now, names=[tool.name])
    return view_of(row, draft.variables)


def blank_tool(method: str, url: str, *, taken: set[str]) -> HttpTool:
    """Return a tool for a method and an address, with a name made from both."""
    address = read_address(url)
    words = [word for word in re.split(r"[^A-Za-z0-9]+", address.path) if word]
    reads = method.upper() in BODYLESS
    spec: dict[str, Any] = {
        "name": tool_name("_".join([method.lower(), *words]), set(taken)),
        "input_schema": {"type": "object", "properties": {}, "additionalProperties": False},
        "annotations": Annotations(read_only=reads, destructive=not reads).model_dump(),
        "request": {
            "method": "GET",
            "base": address.base,
            "path": address.path,
            "fixed": address.fixed,
            "parameters": [],
            "sends_defaults": True,
        },
    }
    match_placeholders(spec, address.placeholders)
    return change_field(HttpTool.model_validate(spec), "method", method)


async def duplicate_tool(
    session: AsyncSession, actor: Actor, server_id: UUID, tool_id: UUID, *, now: datetime
) -> ToolView:
    """Copy a tool under a free name, behind the last one."""
    draft = await draft_for(session, actor, server_id)
    original = tool_of(await locked_tool(session, draft, tool_id))
    position = await room_for(session, draft.server)
    name = tool_name(f"{original.name}_copy", await names_of(session, draft.server))
    copy = original.model_copy(update={"name": name})
    row = await new_row(session, draft, copy, now=now, position=position)
    record_act(session, actor, "tools.added", subject=server_id, now=now, names=[copy.name])
    return view_of(row, draft.variables)


async def delete_tools(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_ids: Sequence[UUID],
    *,
    now: datetime,
) -> list[DeletedTool]:
    """Delete tools of the draft, and return what `restore_tools` brings back; versions stay."""
    draft = await draft_for(session, actor, server_id)
    cases = await cases_of(session, draft.server)
    deleted = []
    for tool_id in dict.fromkeys(tool_ids):
        row = await locked_tool(session, draft, tool_id)
        deleted.append(_kept(row, [case for case in cases if case.tool_id == row.id]))
        await session.delete(row)
    draft.touch(now)
    names = [one.spec["name"] for one in deleted]
    record_act(session, actor, "tools.deleted", subject=server_id, now=now, names=names[:50])
    await session.flush()  # frees the names
    return deleted


async def restore_tools(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    deleted: Sequence[DeletedTool],
    *,
    now: datetime,
) -> list[UUID]:
    """Bring deleted tools back where they were; one whose name was taken meanwhile gets another."""
    draft = await draft_for(session, actor, server_id)
    await room_for(session, draft.server, more=len(deleted))
    taken, restored = await names_of(session, draft.server), []
    for one in deleted:
        tool = read_tool(one.spec)
        tool = tool.model_copy(update={"name": tool_name(tool.name, taken)})
        row = await new_row(session, draft, tool, now=now, position=one.position)
        row.is_enabled, row.evidence = one.is_enabled, one.evidence
        await session.flush()  # the cases refer to it
        session.add_all(TestCase(tool_id=row.id, **case) for case in one.cases)
        restored.append(row.id)
    names = [one.spec["name"] for one in deleted]
    record_act(session, actor, "tools.restored", subject=server_id, now=now, names=names[:50])
    return restored


async def enable_tools(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_ids: Sequence[UUID],
    *,
    is_enabled: bool,
    now: datetime,
) -> int:
    """Switch tools on or off, and return how many changed; one switched off is not published."""
    draft = await draft_for(session, actor, server_id)
    wanted, changed = set(tool_ids), []
    for row in await draft_tools_of(session, draft.server):
        if row.id in wanted and row.is_enabled != is_enabled:
            row.is_enabled, row.updated_at = is_enabled, now
            changed.append(row.name)
    if changed:
        draft.touch(now)
        action = "tools.switched_on" if is_enabled else "tools.switched_off"
        record_act(session, actor, action, subject=server_id, now=now, names=changed[:50])
    return len(changed)


async def reorder_tools(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_ids: Sequence[UUID],
    *,
    now: datetime,
) -> None:
    """Put tools first, in the order given; the others follow as they stood.

    Raises:
        Invalid: an id is not one of the draft's, or is given twice.
    """
    draft = await draft_for(session, actor, server_id)
    rows = {row.id: row for row in await draft_tools_of(session, draft.server)}
    if len(set(tool_ids)) != len(tool_ids) or not set(tool_ids) <= set(rows):
        raise Invalid("The list of tools has changed. Reload to see the latest.")
    order = [*tool_ids, *(one for one in rows if one not in set(tool_ids))]
    for position, tool_id in enumerate(order):
        rows[tool_id].position = position
    draft.touch(now)


def _kept(row: DraftTool, cases: list[TestCase]) -> DeletedTool:
    return DeletedTool(
        spec=row.spec,
        is_enabled=row.is_enabled,
        position=row.position,
        evidence=row.evidence,
        cases=[case.model_dump(exclude={"id", "tool_id"}) for case in cases],
    )
