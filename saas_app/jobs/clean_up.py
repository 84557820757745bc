"""Deletes what has had its time: an hourly job, in small batches, so that nobody waits for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists
from sqlmodel import SQLModel, col, select

from core.clock import now_utc
from core.models import (
    AuthorizationCode,
    AuthorizationRequest,
    Call,
    Consent,
    Grant,
    IdempotentRequest,
    Intake,
    Job,
    OAuthClient,
    RefreshToken,
    Server,
    WebSession,
)
from saas_app import resources
from saas_app.jobs.steps import step

BATCH_ROWS = 500
CALLS_KEPT = timedelta(days=30)
DELETED_SERVERS_KEPT = timedelta(days=7)
FINISHED_JOBS_KEPT = timedelta(days=7)
# A used or expired token stays a while, because using it again is how theft is noticed.
TOKENS_KEPT = timedelta(days=1)


async def clean_up(_job_id: UUID, _payload: dict[str, Any]) -> str:
    """Delete all that is past its time, table by table."""
    total = 0
    for name in _past_their_time(now_utc()):
        deleted = BATCH_ROWS
        while deleted == BATCH_ROWS:
            deleted = await step(f"delete {name}", lambda name=name: _delete_batch(name))
            total += deleted
    return f"{total} rows deleted."


async def _delete_batch(name: str) -> int:
    """Delete some rows and return how many; the time is read anew, since a retry may come late."""
    table, condition = _past_their_time(now_utc())[name]
    key = col(table.id)  # pyright: ignore[reportAttributeAccessIssue] - each of them has one
    async with resources.get().database.write() as session:
        batch = select(key).where(condition).limit(BATCH_ROWS)
        ids = (await session.exec(batch)).all()
        if ids:
            await session.exec(delete(table).where(key.in_(ids)))
    return len(ids)


def _past_their_time(now: datetime) -> Mapping[str, tuple[type[SQLModel], ColumnElement[bool]]]:
    return {
        "web sessions": (WebSession, col(WebSession.expires_at) < now),
        "once-only requests": (IdempotentRequest, col(IdempotentRequest.expires_at) < now),
        "intakes": (Intake, col(Intake.expires_at) < now),
        "consents": (Consent, col(Consent.expires_at) < now - TOKENS_KEPT),
        "requests": (
            AuthorizationRequest,
            col(AuthorizationRequest.expires_at) < now - TOKENS_KEPT,
        ),
        "codes": (AuthorizationCode, col(AuthorizationCode.expires_at) < now - TOKENS_KEPT),
        "refresh tokens": (RefreshToken, col(RefreshToken.expires_at) < now - TOKENS_KEPT),
        # A grant without refresh tokens ends with its access token, after ten hours.
        "grants": (
            Grant,
            (col(Grant.created_at) < now - TOKENS_KEPT)
            & ~exists().where(col(RefreshToken.grant_id) == col(Grant.id)),
        ),
        "clients": (OAuthClient, col(OAuthClient.expires_at) < now),
        "calls": (Call, col(Call.started_at) < now - CALLS_KEPT),
        "servers": (Server, col(Server.deleted_at) < now - DELETED_SERVERS_KEPT),
        "jobs": (Job, col(Job.finished_at) < now - FINISHED_JOBS_KEPT),
    }
