"""Takes over what a vanished worker left, mends rows, and forgets finished workflows."""

import asyncio
from datetime import datetime, timedelta

from dbos import DBOS
from sqlmodel import col, select, update

from core.clock import now_utc
from core.database import Database
from core.logs import log
from core.models import Job, JobStatus
from core.settings import Settings
from saas_app.jobs.names import try_name
from saas_app.jobs.workflow import NEUTRAL, finish

CHECKED_AT_ONCE = 200
WORKFLOWS_KEPT = timedelta(days=8)  # longer than their rows, so that no row finds its own missing


async def rescue_abandoned(settings: Settings, database: Database, *, own_name: str) -> None:
    """Give the workflows of names that nobody holds back to the queue."""
    pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
    for owner in {workflow.executor_id for workflow in pending} - {own_name, None}:
        name = await try_name(settings, database, str(owner))
        if name is None:
            continue  # it lives
        try:
            # Holding the name, so that its owner cannot come back half-way.
            handles = await asyncio.to_thread(DBOS._recover_pending_workflows, [str(owner)])  # noqa: SLF001 - has no public name in DBOS 3.4
            log.warning("jobs.rescued", worker=owner, number=len(handles))
        finally:
            await name.release()


async def reconcile(database: Database) -> None:
    """Set rows right that say `running` when their workflow says otherwise.

    Only a lost or restored workflow database brings this about, or a workflow that crashed its
    worker so often that it was given up.
    """
    running = select(Job.id).where(Job.status == JobStatus.RUNNING).order_by(col(Job.created_at))
    async with database.read() as session:
        ids = (await session.exec(running.limit(CHECKED_AT_ONCE))).all()
    if not ids:
        return
    known = await DBOS.list_workflows_async(
        workflow_ids=[str(job_id) for job_id in ids], load_input=False, load_output=False
    )
    status_of = {workflow.workflow_id: workflow.status for workflow in known}
    for job_id in ids:
        status = status_of.get(str(job_id))
        if status is None:
            log.warning("job.workflow_missing", job_id=str(job_id))
            again = update(Job).where(col(Job.id) == job_id).values(status=JobStatus.WAITING)
            async with database.write() as session:
                await session.exec(again)
        elif status in ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
            log.error("job.given_up", job_id=str(job_id), status=status)
            await finish(job_id, JobStatus.FAILED, NEUTRAL, now=now_utc())


async def forget_finished(*, now: datetime) -> None:
    """Delete what DBOS keeps of workflows that ended long ago."""
    old = await DBOS.list_workflows_async(
        completed_before=(now - WORKFLOWS_KEPT).isoformat(),
        limit=CHECKED_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    if old:
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old])
        log.info("jobs.forgotten", number=len(old))
