"""Nothing runs twice or is lost, whenever a worker dies."""

import asyncio
import signal
import time
from uuid import UUID

import pytest

from core.database import Database
from core.models import Job, JobStatus
from core.settings import Settings
from saas_app.services.jobs import enqueue
from tests.cast import NOW
from tests.saas_app.jobs.workers import Worker

MOMENTS = (
    "before the workflow is enqueued",
    "before the row is marked",
    "between the steps",
    "before the end is written",
    "after the end is written",
)
SECONDS = 60.0


async def ask_for_diary(database: Database, **payload: object) -> UUID:
    async with database.write() as session:
        return (await enqueue(session, "diary", dict(payload), now=NOW)).id


async def status_of(database: Database, job_id: UUID) -> Job:
    async with database.read() as session:
        return await session.get_one(Job, job_id)


async def until_done(database: Database, job_id: UUID) -> Job:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        job = await status_of(database, job_id)
        if job.status in (JobStatus.DONE, JobStatus.FAILED):
            return job
        await asyncio.sleep(0.1)
    raise AssertionError("The job did not end.")


def diary(settings: Settings) -> list[str]:
    path = settings.data_dir / "diary"
    return path.read_text().splitlines() if path.exists() else []


async def until_between_the_steps(worker: Worker, job_id: UUID) -> None:
    """Wait until the first step is remembered: one that is only done may be done again."""
    deadline = time.monotonic() + SECONDS
    while not any(f"diary.between_the_steps of {job_id}" in line for line in worker.lines):
        assert time.monotonic() < deadline, worker.lines
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_job_survives_a_crash(settings, database, start_worker, moment):
    job_id = await ask_for_diary(database)
    first = start_worker(CRASH_AT=moment)
    assert await asyncio.to_thread(first.wait) == -signal.SIGKILL, first.lines
    start_worker()
    job = await until_done(database, job_id)
    assert (job.status, job.message) == (JobStatus.DONE, "Both entries are written.")
    assert diary(settings) == [f"{job_id} first", f"{job_id} second"]


async def test_two_workers_share_the_work_and_do_nothing_twice(settings, database, start_worker):
    job_ids = [await ask_for_diary(database) for _ in range(20)]
    start_worker()
    start_worker()
    for job_id in job_ids:
        assert (await until_done(database, job_id)).status is JobStatus.DONE
    written = [f"{job_id} {entry}" for job_id in job_ids for entry in ("first", "second")]
    assert sorted(diary(settings)) == sorted(written)


async def test_another_worker_takes_over_from_one_that_stays_away(settings, database, start_worker):
    job_id = await ask_for_diary(database, waits=True)
    first = start_worker(WORKER_ID="north")
    await until_between_the_steps(first, job_id)
    await asyncio.to_thread(first.kill)
    (settings.data_dir / "gate").touch()  # not before: the first might have gone on
    start_worker(WORKER_ID="south")
    assert (await until_done(database, job_id)).status is JobStatus.DONE
    assert diary(settings) == [f"{job_id} first", f"{job_id} second"]


async def test_a_worker_that_is_told_to_stop_leaves_its_work_for_the_next(
    settings, database, start_worker
):
    job_id = await ask_for_diary(database, waits=True)
    first = start_worker()
    await until_between_the_steps(first, job_id)
    first.process.terminate()
    assert await asyncio.to_thread(first.wait) == 0, first.lines
    assert (await status_of(database, job_id)).status is JobStatus.RUNNING
    assert diary(settings) == [f"{job_id} first"]


async def test_a_name_serves_one_worker_at_a_time(settings, database, start_worker):
    job_id = await ask_for_diary(database)
    start_worker(WORKER_ID="north")
    await until_done(database, job_id)
    second = start_worker(WORKER_ID="north")
    assert await asyncio.to_thread(second.wait) == 1
    assert "Another worker runs as north" in "".join(second.lines)


async def test_old_workflows_are_forgotten(settings, database, start_worker):
    job_id = await ask_for_diary(database)
    worker = start_worker(FORGET_AFTER_SECONDS="0")
    await until_done(database, job_id)
    deadline = time.monotonic() + SECONDS
    while not any("jobs.forgotten" in line for line in worker.lines):
        assert time.monotonic() < deadline, worker.lines
        await asyncio.sleep(0.1)
    assert (await status_of(database, job_id)).status is JobStatus.DONE


async def test_an_unknown_kind_fails_and_says_so(database, start_worker):
    async with database.write() as session:
        job = await enqueue(session, "unheard of", {}, now=NOW)
    start_worker()
    ended = await until_done(database, job.id)
    assert ended.status is JobStatus.FAILED
    assert ended.message.startswith("Something went wrong")


async def test_a_job_whose_workflow_was_lost_is_done_all_the_same(settings, database, start_worker):
    job_id = await ask_for_diary(database)
    async with database.write() as session:
        (await session.get_one(Job, job_id)).status = JobStatus.RUNNING
    start_worker()
    assert (await until_done(database, job_id)).status is JobStatus.DONE
    assert len(diary(settings)) == 2
