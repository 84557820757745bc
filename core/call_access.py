"""The only door to the calls of a server, and to what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import Call, CallerKind, CallStatus, Server


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to show: of one tool, with one outcome, or all.

    `behind` is the start and the id of a call: only those that follow it in the list.
    """

    tool_name: str | None = None
    status: CallStatus | None = None
    behind: tuple[datetime, UUID] | None = None


async def calls_of(
    session: AsyncSession,
    server: Server,
    *,
    limit: int,
    offset: int = 0,
    only: CallFilter | None = None,
) -> Sequence[Call]:
    """Return the last calls, newest first."""
    only = only or CallFilter()
    mine = select(Call).where(Call.server_id == server.id)
    if only.tool_name is not None:
        mine = mine.where(Call.tool_name == only.tool_name)
    if only.status is not None:
        mine = mine.where(Call.status == only.status)
    if only.behind is not None:
        started_at, call_id = only.behind
        mine = mine.where(
            or_(
                col(Call.started_at) < started_at,
                and_(col(Call.started_at) == started_at, col(Call.id) > call_id),
            )
        )
    newest = mine.order_by(col(Call.started_at).desc(), col(Call.id))
    return (await session.exec(newest.limit(limit).offset(offset))).all()


async def called_tools_of(session: AsyncSession, server: Server) -> Sequence[str]:
    """Return the names of the tools that were ever called, for a filter to offer."""
    mine = select(Call.tool_name).where(Call.server_id == server.id).distinct()
    return (await session.exec(mine.order_by(Call.tool_name))).all()


@dataclass(frozen=True, slots=True)
class CallStats:
    """How the calls since a moment went; durations are None when there were no calls.

    Attributes:
        per_hour: Calls of each hour, the oldest first; the last holds whatever came later, too.
        errors_per_hour: The same of calls that failed.
    """

    count: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    per_hour: tuple[int, ...]
    errors_per_hour: tuple[int, ...]


async def call_stats_of(
    session: AsyncSession, server: Server, *, since: datetime, hours: int
) -> CallStats:
    """Return count, errors and nearest-rank percentiles of clients' calls, in one query.

    Ranked by window functions, since SQLite has no percentile functions, and counted hour by hour,
    since the two databases cut time in different ways. Tries of the draft do not count: they say
    nothing about what clients meet.
    """
    columns: Any = (
        Call.started_at,
        Call.duration_ms,
        case((col(Call.status) == CallStatus.OK, 0), else_=1).label("is_error"),
        func.row_number().over(order_by=col(Call.duration_ms)).label("rank"),
        func.count().over().label("total"),
    )
    ranked = (
        select(*columns)
        .where(
            Call.server_id == server.id,
            Call.started_at >= since,
            Call.caller_kind != CallerKind.DRAFT,
        )
        .subquery()
    )
    at_least = [
        func.min(case((ranked.c.rank * 100 >= ranked.c.total * share, ranked.c.duration_ms)))
        for share in (50, 95)
    ]
    in_hours = [_in_hour(ranked.c.started_at, since, hour, of=hours) for hour in range(hours)]
    counts = [func.count(case((is_in, 1))) for is_in in in_hours]
    errors = [func.count(case((is_in & (ranked.c.is_error == 1), 1))) for is_in in in_hours]
    total_errors = func.coalesce(func.sum(ranked.c.is_error), 0)
    wanted: Any = (func.count(), total_errors, *at_least, *counts, *errors)
    row = tuple((await session.exec(select(*wanted).select_from(ranked))).one())
    count, error_count, p50_ms, p95_ms, *of_hours = row
    return CallStats(
        count, error_count, p50_ms, p95_ms, tuple(of_hours[:hours]), tuple(of_hours[hours:])
    )


def _in_hour(started_at: Any, since: datetime, hour: int, *, of: int) -> Any:
    begins = started_at >= since + timedelta(hours=hour)
    ends = started_at < since + timedelta(hours=hour + 1)
    return begins & ends if hour + 1 < of else begins
