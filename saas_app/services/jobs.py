"""Asking for work that nobody waits for: a row, written with the change that wants it."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import Job


async def enqueue(
    session: AsyncSession, kind: str, payload: dict[str, Any], *, now: datetime
) -> Job:
    """Ask for a job in the caller's transaction: it exists if and only if that commits.

    Args:
        session: the transaction of the change.
        kind: a kind of `saas_app.jobs.registry`.
        payload: what it needs to know, as JSON; ids, never secrets.
        now: when it was asked for; older jobs go first.
    """
    job = Job(kind=kind, payload=payload, created_at=now)
    session.add(job)
    await session.flush()  # for its id, by which the caller can follow it
    return job
