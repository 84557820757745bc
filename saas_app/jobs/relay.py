"""Carries waiting rows to workflows, so that nothing is lost between a change and its job.

The row's id is the workflow's id. A crash after the workflow was enqueued and before the row was
marked repeats the enqueueing, which then finds the workflow and does nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from dbos import DBOS, SetWorkflowID
from sqlmodel import col, select, update

from core.database import Database
from core.logs import log
from core.models import Job, JobStatus
from saas_app.jobs.workflow import run_job
from saas_app.services.jobs import enqueue_once

QUEUE = "jobs"
# Mail waits for others' machines: in a queue of its own it holds up nothing when they are away.
MAIL_QUEUE = "mail"
QUEUE_OF = {"send_mail": MAIL_QUEUE}
BATCH = 50
HOURLY = ("clean_up",)
OF_HOURS = UUID("5b0f6f6e-2f0c-4f0e-9d1c-0d6f6a4f7f51")  # any constant: a namespace of our own


async def relay_once(database: Database) -> int:
    """Enqueue the oldest waiting jobs and return how many there were."""
    jobs = await waiting_jobs(database)
    for job in jobs:
        await enqueue_workflow(job)
    if jobs:
        await mark_running(database, [job.id for job in jobs])
        log.info("jobs.relayed", number=len(jobs))
    return len(jobs)


async def waiting_jobs(database: Database) -> Sequence[Job]:
    """Return the oldest waiting jobs."""
    waiting = (
        select(Job)
        .where(Job.status == JobStatus.WAITING)
        .order_by(col(Job.created_at))
        .limit(BATCH)
    )
    async with database.read() as session:
        return (await session.exec(waiting)).all()


async def enqueue_workflow(job: Job) -> None:
    """Enqueue the job's workflow, unless there is one already."""
    with SetWorkflowID(str(job.id)):
        await DBOS.enqueue_workflow_async(
            QUEUE_OF.get(job.kind, QUEUE), run_job, str(job.id), job.kind, job.payload
        )


async def mark_running(database: Database, job_ids: Sequence[UUID]) -> None:
    """Mark jobs that were enqueued; one that is finished by now stays finished."""
    enqueued = (
        update(Job)
        .where(col(Job.id).in_(job_ids), col(Job.status) == JobStatus.WAITING)
        .values(status=JobStatus.RUNNING)
    )
    async with database.write() as session:
        await session.exec(enqueued)


async def write_hourly_jobs(database: Database, *, now: datetime) -> None:
    """Write the rows of this hour's jobs; their ids come from the hour, so they come once."""
    hour = now.strftime("%Y-%m-%dT%H")
    async with database.write() as session:
        for kind in HOURLY:
            await enqueue_once(session, kind, {uuid5(OF_HOURS, f"{kind} {hour}"): {}}, now=now)
