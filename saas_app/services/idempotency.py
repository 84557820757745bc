"""Requests that must not happen twice: reserved, done, and answered alike when sent again.

A reservation is committed before the work begins, so that the same request at the same moment is
told to wait. The answer is written in the transaction of the work itself: either both hold or
neither. A reservation whose process died is free again after a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Conflict, Invalid
from core.models import IdempotentRequest

KEPT = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=2)


class IdempotencyKeyReused(Invalid):
    """The idempotency key came with another request before."""

    code = "idempotency_key_reused"


class RequestInProgress(Conflict):
    """The same request is being worked on."""

    code = "request_in_progress"


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it is told apart: by whom, under which idempotency key, asking for what."""

    organization_key_id: UUID
    idempotency_key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to do a request, or the answer it got before."""

    row_id: UUID
    since: datetime
    answer: dict[str, Any] | None


async def reserve_request(
    session: AsyncSession, sent: SentRequest, *, now: datetime
) -> Reservation:
    """Reserve a request; the transaction must commit before the work begins.

    Raises:
        IdempotencyKeyReused: it stands for another request.
        RequestInProgress: somebody is at it.
    """
    if await _insert(session, sent, now=now):
        return await _reserved(session, sent)
    row = await _locked(session, sent)
    if row is None:
        raise _in_progress()  # it was given back this moment; trying again helps
    is_abandoned = row.answer is None and row.created_at <= now - ABANDONED_AFTER
    if row.expires_at <= now or (is_abandoned and row.request_digest == sent.digest):
        row.request_digest, row.answer = sent.digest, None
        row.created_at, row.expires_at = now, now + KEPT
        session.add(row)
        return Reservation(row.id, now, None)
    if row.request_digest != sent.digest:
        raise IdempotencyKeyReused(
            "This Idempotency-Key came with another request before. Use a new one for each.",
            field="Idempotency-Key",
        )
    if row.answer is None:
        raise _in_progress()
    return Reservation(row.id, row.created_at, row.answer)


async def keep_answer(
    session: AsyncSession, reservation: Reservation, answer: dict[str, Any]
) -> None:
    """Write down the answer, in the transaction of the work.

    Raises:
        RequestInProgress: the work took so long that somebody else took the request over.
    """
    mine = select(IdempotentRequest).where(IdempotentRequest.id == reservation.row_id)
    row = (await session.exec(mine.with_for_update())).first()
    if row is None or row.answer is not None or row.created_at != reservation.since:
        raise _in_progress()
    row.answer = answer
    session.add(row)


async def give_back(session: AsyncSession, reservation: Reservation) -> None:
    """Forget a request that came to nothing, so that it can be sent again."""
    mine = select(IdempotentRequest).where(IdempotentRequest.id == reservation.row_id)
    row = (await session.exec(mine.with_for_update())).first()
    if row is not None and row.answer is None and row.created_at == reservation.since:
        await session.exec(delete(IdempotentRequest).where(col(IdempotentRequest.id) == row.id))


async def _insert(session: AsyncSession, sent: SentRequest, *, now: datetime) -> bool:
    """Insert unless it is there; whoever inserts the same at this moment is waited for."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = (sqlite if is_sqlite else postgresql).insert(IdempotentRequest)
    reserved = insert.values(
        id=uuid4(),
        organization_key_id=sent.organization_key_id,
        idempotency_key=sent.idempotency_key,
        request_digest=sent.digest,
        expires_at=now + KEPT,
        created_at=now,
    ).on_conflict_do_nothing(index_elements=["organization_key_id", "idempotency_key"])
    return bool((await session.exec(reserved.returning(IdempotentRequest.id))).all())


async def _reserved(session: AsyncSession, sent: SentRequest) -> Reservation:
    row = await _locked(session, sent)
    assert row is not None  # noqa: S101 - it was inserted a moment ago, in this transaction
    return Reservation(row.id, row.created_at, None)


async def _locked(session: AsyncSession, sent: SentRequest) -> IdempotentRequest | None:
    same = (
        select(IdempotentRequest)
        .where(
            IdempotentRequest.organization_key_id == sent.organization_key_id,
            IdempotentRequest.idempotency_key == sent.idempotency_key,
        )
        .with_for_update()
    )
    return (await session.exec(same)).first()


def _in_progress() -> RequestInProgress:
    return RequestInProgress("The same request is being worked on. Send it again in a moment.")
