"""Asking for work that nobody waits for: a row, written with the change that wants it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from core.models import Job, JobStatus


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


async def enqueue_once(
    session: AsyncSession, kind: str, payloads: Mapping[UUID, dict[str, Any]], *, now: datetime
) -> None:
    """Ask for jobs by the ids that they are to have: one that was asked for before stays as it is.

    Args:
        session: the transaction of the change.
        kind: a kind of `saas_app.jobs.registry`.
        payloads: what each needs to know, by its id.
        now: when they were asked for.
    """
    if not payloads:
        return
    rows = [
        {
            "id": job_id,
            "kind": kind,
            "payload": payload,
            "status": JobStatus.WAITING,
            "progress": {},
            "message": "",
            "created_at": now,
        }
        for job_id, payload in payloads.items()
    ]
    insert: Any = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(
        Job
    )
    await session.exec(insert.values(rows).on_conflict_do_nothing())
