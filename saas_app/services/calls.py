"""The last calls of a server, and how the last day went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import server_for
from core.call_access import CallFilter, CallStats, call_stats_of, called_tools_of, calls_of
from core.errors import Invalid
from core.models import Call, CallStatus
from core.permissions import Actor, Permission

PAGE_SIZE = 50
STATS_HOURS = 24


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page of calls, newest first."""

    calls: Sequence[Call]
    tools: Sequence[str]
    page: int
    has_more: bool


async def list_calls(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    tool_name: str = "",
    status: str = "",
    page: int = 1,
) -> CallPage:
    """Return one page of the last calls, of one tool or status when given.

    Raises:
        Invalid: there is no such status.
    """
    server = await server_for(session, actor, server_id, to=Permission.CALL_VIEW)
    only = CallFilter(tool_name or None, _status(status))
    page = max(page, 1)
    # One more than fits tells whether there is a next page.
    calls = await calls_of(
        session, server, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE, only=only
    )
    tools = await called_tools_of(session, server)
    return CallPage(calls[:PAGE_SIZE], tools, page, len(calls) > PAGE_SIZE)


async def list_calls_behind(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    only: CallFilter,
    *,
    limit: int,
) -> Sequence[Call]:
    """Return calls, newest first, from a place in the list on that new calls do not move."""
    server = await server_for(session, actor, server_id, to=Permission.CALL_VIEW)
    return await calls_of(session, server, limit=limit, only=only)


async def call_stats(
    session: AsyncSession, actor: Actor, server_id: UUID, *, now: datetime
) -> CallStats:
    """Return count, errors, median and 95th percentile of the last 24 hours, and how they went."""
    server = await server_for(session, actor, server_id, to=Permission.CALL_VIEW)
    since = now - timedelta(hours=STATS_HOURS)
    return await call_stats_of(session, server, since=since, hours=STATS_HOURS)


def _status(text: str) -> CallStatus | None:
    if not text:
        return None
    try:
        return CallStatus(text)
    except ValueError:
        raise Invalid("There is no such status.", field="status") from None
