"""Deletes what has had its time: an hourly job, in small batches, so that nobody waits for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, inspect
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.models import (
    AuthorizationCode,
    AuthorizationRequest,
    Call,
    Consent,
    EmailChange,
    Grant,
    IdempotentRequest,
    Intake,
    Invitation,
    Job,
    LimitCounter,
    Mail,
    OAuthClient,
    OneTimeToken,
    RefreshToken,
    Server,
    SignInChallenge,
    TrustedDevice,
    WebSession,
)
from saas_app import resources
from saas_app.jobs.clean_files import BATCH_FILES, delete_old_files
from saas_app.jobs.steps import step
from saas_app.services.account_deletion import delete_next_account
from saas_app.services.organization_deletion import delete_next_organization

BATCH_ROWS = 500
CALLS_KEPT = timedelta(days=30)
DELETED_SERVERS_KEPT = timedelta(days=7)
FINISHED_JOBS_KEPT = timedelta(days=7)
# A used or expired token stays a while, because using it again is how theft is noticed.
TOKENS_KEPT = timedelta(days=1)
MAIL_KEPT = timedelta(days=30)
INVITATIONS_KEPT = timedelta(days=30)


class EndOfOne(Protocol):
    """Ends one whose time has come, and says whether there was one."""

    async def __call__(self, session: AsyncSession, *, now: datetime) -> bool: ...


# Organizations first: an account's own end at the same moment as the account.
ENDS: Mapping[str, EndOfOne] = {
    "organizations": delete_next_organization,
    "accounts": delete_next_account,
}


async def clean_up(_job_id: UUID, _payload: dict[str, Any]) -> str:
    """Delete all that is past its time, table by table."""
    total = 0
    for name in _past_their_time(now_utc()):
        deleted = BATCH_ROWS
        while deleted == BATCH_ROWS:
            deleted = await step(f"delete {name}", lambda name=name: _delete_batch(name))
            total += deleted
    for name, delete_next in ENDS.items():
        while await step(f"delete {name}", lambda do=delete_next: _end_next(do)):
            total += 1
    files = BATCH_FILES
    while files == BATCH_FILES:
        files = await step("delete files", delete_old_files)
        total += files
    return f"{total} rows deleted."


async def _end_next(delete_next: EndOfOne) -> bool:
    """End one in a transaction of its own: much may go with it."""
    async with resources.get().database.write() as session:
        return await delete_next(session, now=now_utc())


async def _delete_batch(name: str) -> int:
    """Delete some rows and return how many; the time is read anew, since a retry may come late."""
    table, condition = _past_their_time(now_utc())[name]
    (key,) = inspect(table).primary_key
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
        "invitations": (Invitation, col(Invitation.expires_at) < now - INVITATIONS_KEPT),
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
        "one-time tokens": (OneTimeToken, col(OneTimeToken.expires_at) < now - TOKENS_KEPT),
        "challenges": (SignInChallenge, col(SignInChallenge.expires_at) < now - TOKENS_KEPT),
        "address changes": (EmailChange, col(EmailChange.expires_at) < now),
        "trusted devices": (TrustedDevice, col(TrustedDevice.expires_at) < now),
        "limit counters": (LimitCounter, col(LimitCounter.ends_at) < now),
        "mail": (Mail, col(Mail.created_at) < now - MAIL_KEPT),
        "jobs": (Job, col(Job.finished_at) < now - FINISHED_JOBS_KEPT),
    }
