"""The copy of one's data: asked for, made by a job, kept for a week, and fetched."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.database import Database
from core.errors import Conflict, NotFound
from core.models import FilePurpose, Job, JobStatus, StoredFile, User
from core.permissions import Origin, require_fresh
from saas_app.services.account_export.collecting import as_zip, collect_account
from saas_app.services.jobs import enqueue
from saas_app.services.letters import Letters, as_day
from saas_app.services.limits import Limit
from saas_app.services.storage import Storage

KIND = "export_account"
KEPT = timedelta(days=7)
ACCOUNT_EXPORTS = Limit("account exports", 3, timedelta(days=1))
OPEN = (JobStatus.WAITING, JobStatus.RUNNING)


class CopyGone(NotFound):
    """There is no copy to fetch."""

    code = "copy_gone"


@dataclass(frozen=True, slots=True)
class ExportView:
    """How the newest attempt stands, and the copy that is there until it ends, where one is.

    `problem` says why the attempt failed; an older copy is there all the same. `key` is the file
    in the store, for a signed address; only the user may be given one.
    """

    is_running: bool = False
    problem: str = ""
    key: str = ""
    size_bytes: int = 0
    made_at: datetime | None = None
    ends_at: datetime | None = None


async def request_export(
    session: AsyncSession, user_id: UUID, *, origin: Origin, now: datetime
) -> UUID:
    """Ask for a copy, and return the job's id; a letter comes when it is there.

    Raises:
        NotFresh: the person has not proved lately who they are.
        Conflict: one is being made.
    """
    require_fresh(origin)
    job = await _last_job(session, user_id)
    if job is not None and job.status in OPEN:
        raise Conflict("A copy is being made already. You get a letter when it is there.")
    job = await enqueue(session, KIND, {"user_id": str(user_id)}, now=now)
    record_own_act(session, user_id, "account.export_requested", now=now, origin=origin)
    return job.id


async def look_at_export(session: AsyncSession, user_id: UUID, *, now: datetime) -> ExportView:
    """Say how the user's newest attempt stands, and which copy there is."""
    job = await _last_job(session, user_id)
    file = await _newest_file(session, user_id, now=now)
    return ExportView(
        is_running=job is not None and job.status in OPEN,
        problem=job.message if job is not None and job.status is JobStatus.FAILED else "",
        key=file.key if file is not None else "",
        size_bytes=file.size_bytes if file is not None else 0,
        made_at=file.created_at if file is not None else None,
        ends_at=file.delete_at if file is not None else None,
    )


async def store_export(
    database: Database, storage: Storage, user_id: UUID, job_id: UUID, *, now: datetime
) -> int:
    """Pack the copy and put it where the job's id says, again and again if need be.

    Returns:
        Its size in bytes.

    Raises:
        NotFound: the account is gone.
        UpstreamUnavailable: the store does not take it.
    """
    async with database.read() as session:
        if await session.get(User, user_id) is None:
            raise NotFound("That account does not exist any more.")
        files = await collect_account(session, user_id, now=now)
    packed = await asyncio.to_thread(as_zip, files, now=now)
    await storage.put(key_of(job_id), packed, content_type="application/zip")
    return len(packed)


async def record_export(
    session: AsyncSession,
    user_id: UUID,
    *,
    file: tuple[str, int],
    letters: Letters,
    now: datetime,
) -> None:
    """Note that the copy is in the store, and tell the user; a second time changes nothing.

    The copy before it goes: a person has one.

    Args:
        session: a transaction.
        user_id: whose copy it is.
        file: its key in the store, and its size in bytes.
        letters: how the letter is sent.
        now: when it was stored; it goes a week later.
    """
    key, size = file
    known = select(StoredFile.id).where(StoredFile.key == key)
    if (await session.exec(known)).first() is not None:
        return
    user = await session.get(User, user_id)
    await session.exec(update(StoredFile).where(*_copies_of(user_id, now)).values(delete_at=now))
    session.add(
        StoredFile(
            key=key,
            purpose=FilePurpose.EXPORT,
            user_id=user.id if user is not None else None,
            content_type="application/zip",
            size_bytes=size,
            delete_at=now + KEPT if user is not None else now,
            created_at=now,
        )
    )
    if user is None:  # the account went meanwhile; the clean-up takes the file
        return
    await letters.send(
        session, "export_ready", user, now=now,
        link=letters.link("/account/data"), expires=as_day(now + KEPT),
    )  # fmt: skip
    record_own_act(session, user_id, "account.exported", now=now)


async def fetch_export(
    session: AsyncSession, storage: Storage, user_id: UUID, *, origin: Origin, now: datetime
) -> str:
    """Return an address that downloads the user's newest copy, for an hour.

    Whoever has stolen a session would get everything at once, so it takes a fresh proof.

    Raises:
        NotFresh: the person has not proved lately who they are.
        Forbidden: an admin acts in their name.
        CopyGone: there is none, or none any more.
    """
    require_fresh(origin)
    file = await _newest_file(session, user_id, now=now)
    if file is None:
        raise CopyGone("That copy is not there any more. Make a new one.")
    record_own_act(session, user_id, "account.export_fetched", now=now, origin=origin)
    return storage.sign_get(file.key, file_name=f"toolkiln-{file.created_at:%Y-%m-%d}.zip")


def key_of(job_id: UUID) -> str:
    """Return where in the store the copy that a job makes is kept."""
    return f"exports/{job_id.hex}.zip"


async def _last_job(session: AsyncSession, user_id: UUID) -> Job | None:
    theirs = (
        select(Job)
        .where(
            Job.kind == KIND,
            col(Job.payload)["user_id"].as_string() == str(user_id),
        )
        .order_by(col(Job.created_at).desc())
        .limit(1)
    )
    return (await session.exec(theirs)).first()


async def _newest_file(session: AsyncSession, user_id: UUID, *, now: datetime) -> StoredFile | None:
    theirs = (
        select(StoredFile)
        .where(*_copies_of(user_id, now))
        .order_by(col(StoredFile.created_at).desc())
        .limit(1)
    )
    return (await session.exec(theirs)).first()


def _copies_of(user_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(StoredFile.user_id) == user_id,
        col(StoredFile.purpose) == FilePurpose.EXPORT,
        col(StoredFile.delete_at) > now,
    )
