"""The one workflow: runs the function of a job's kind and writes down how it ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from dbos import DBOS
from sqlmodel import col, update

from core.clock import now_utc
from core.errors import DomainError
from core.logs import log, log_context
from core.models import Job, JobStatus
from core.tracing import span
from saas_app import resources
from saas_app.jobs.registry import KINDS
from saas_app.jobs.steps import step

NEUTRAL = "Something went wrong on our side. It was logged, and trying again may help."


@DBOS.workflow(name="job", max_recovery_attempts=20)
async def run_job(job_id: str, kind: str, payload: dict[str, Any]) -> None:
    """Do a job. A crash on the way resumes it behind its last finished step."""
    with log_context(job_id=job_id, kind=kind), span("job"):
        status, message = await _outcome(UUID(job_id), kind, payload)
        await step("finish", lambda: finish(UUID(job_id), status, message, now=now_utc()))
        log.info("job.finished", status=status.value)


async def finish(job_id: UUID, status: JobStatus, message: str, *, now: datetime) -> None:
    """Write the end of a job on its row; a second time changes nothing."""
    still_open = col(Job.status).in_([JobStatus.WAITING, JobStatus.RUNNING])
    ended = (
        update(Job)
        .where(col(Job.id) == job_id, still_open)
        .values(status=status, message=message[:500], finished_at=now)
    )
    async with resources.get().database.write() as session:
        await session.exec(ended)


async def _outcome(job_id: UUID, kind: str, payload: dict[str, Any]) -> tuple[JobStatus, str]:
    do = KINDS.get(kind)
    if do is None:
        log.error("job.kind_unknown")
        return JobStatus.FAILED, NEUTRAL
    try:
        return JobStatus.DONE, await do(job_id, payload)
    except DomainError as error:
        log.info("job.refused", code=error.code)
        return JobStatus.FAILED, error.message
    except Exception:  # noqa: BLE001 - this is the front of all jobs
        log.exception("job.failed")
        return JobStatus.FAILED, NEUTRAL
