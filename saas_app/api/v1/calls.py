"""Calls of a server's tools: which, when, by whom, and how they went; never what was said."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from core.call_access import CallFilter
from core.ids import as_uuid
from core.models import Call, CallerKind, CallStatus
from saas_app.api.v1.contract import Operation, Page, PageQuery, Request, Shown
from saas_app.api.v1.paging import Place, as_moment, as_number, cut, read_cursor
from saas_app.services.calls import list_calls_behind


class CallItem(Shown):
    """A call."""

    id: UUID
    tool_name: str
    version_number: int | None = Field(description="Null: the draft was tried.")
    caller_kind: CallerKind
    caller: str
    client: str
    status: CallStatus
    error_code: str
    upstream_status: int | None
    duration_ms: float
    started_at: datetime


class CallQuery(PageQuery):
    """Which calls."""

    tool: str = Field(default="", max_length=64, description="Only of this tool.")
    status: CallStatus | None = Field(default=None, description="Only those that went so.")


async def list_calls(asked: Request) -> Page[CallItem]:
    """List calls, newest first."""
    query = asked.query
    behind = None
    if query.cursor:
        started_at, call_id = read_cursor(query.cursor, like=(0, ""))
        behind = as_moment(started_at), as_uuid(call_id)
    only = CallFilter(query.tool or None, query.status, behind)
    found = await list_calls_behind(
        asked.session, asked.actor, asked.server_id, only, limit=query.limit + 1
    )
    return cut(found, _item, query, place=_place)


def _place(call: Call) -> Place:
    return as_number(call.started_at), str(call.id)


def _item(call: Call) -> CallItem:
    return CallItem(**{name: getattr(call, name) for name in CallItem.model_fields})


OPERATIONS = (
    Operation(
        "list_calls", "GET", "/servers/{server_id}/calls", "calls:read", "Calls, newest first",
        list_calls, Page[CallItem], query=CallQuery, tag="Calls",
        description="Calls are kept for 30 days.",
    ),
)  # fmt: skip
