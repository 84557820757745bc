"""Running all test cases of a server as a job, so that a closed tab does not end it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import server_for
from core.database import Database
from core.errors import Conflict, NotFound
from core.models import Job, JobStatus
from core.permissions import Actor, Permission

KIND = "run_cases"
OPEN = (JobStatus.WAITING, JobStatus.RUNNING)


class RunStopped(Conflict):
    """The person who started the run has ended it."""

    code = "run_stopped"


@dataclass(frozen=True, slots=True)
class RunView:
    """How a run stands: `done` of `total` cases, and which one is being run."""

    is_over: bool
    has_failed: bool
    done: int
    total: int
    name: str
    message: str


async def start_run(session: AsyncSession, actor: Actor, server_id: UUID, *, now: datetime) -> UUID:
    """Ask for a run of all cases and return the job's id.

    Raises:
        NotFound: no such server.
        Forbidden: the actor may not try tools.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
    payload = {"server_id": str(server.id), "user_id": str(actor.user_id)}
    job = Job(kind=KIND, payload=payload, created_at=now)
    session.add(job)
    return job.id


async def look_at_run(
    session: AsyncSession, actor: Actor, server_id: UUID, job_id: UUID
) -> RunView:
    """Return how a run of the actor's server stands."""
    job = await _run_for(session, actor, server_id, job_id)
    progress = job.progress
    return RunView(
        is_over=job.status not in OPEN,
        has_failed=job.status is JobStatus.FAILED,
        done=int(progress.get("done", 0)),
        total=int(progress.get("total", 0)),
        name=str(progress.get("name", "")),
        message=job.message,
    )


async def stop_run(
    session: AsyncSession, actor: Actor, server_id: UUID, job_id: UUID, *, now: datetime
) -> None:
    """End a run before its next case; results so far stay."""
    job = await _run_for(session, actor, server_id, job_id)
    if job.status in OPEN:
        job.status, job.message, job.finished_at = JobStatus.FAILED, "Stopped.", now
        session.add(job)


async def note_progress(
    database: Database, job_id: UUID, *, done: int, total: int, name: str
) -> None:
    """Write down where a run is.

    Raises:
        RunStopped: it was stopped.
    """
    still_open = (
        update(Job)
        .where(col(Job.id) == job_id, col(Job.status).in_(OPEN))
        .values(progress={"done": done, "total": total, "name": name})
        .returning(col(Job.id))
    )
    async with database.write() as session:
        if (await session.exec(still_open)).first() is None:
            raise RunStopped("Stopped.")


async def _run_for(session: AsyncSession, actor: Actor, server_id: UUID, job_id: UUID) -> Job:
    server = await server_for(session, actor, server_id, to=Permission.SERVER_TRY)
    job = (await session.exec(select(Job).where(Job.id == job_id, Job.kind == KIND))).first()
    if job is None or job.payload.get("server_id") != str(server.id):
        raise NotFound("That run is gone.")
    return job
