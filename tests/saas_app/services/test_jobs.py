"""Asking for work: a row with an id of the caller's is written once."""

from uuid import UUID

from sqlmodel import select

from core.models import Job, JobStatus
from saas_app.services.jobs import enqueue_once
from tests.cast import NOW

FIRST, SECOND = UUID(int=1), UUID(int=2)


async def test_a_job_that_was_asked_for_before_stays_as_it_is(session):
    await enqueue_once(session, "clean_up", {FIRST: {}}, now=NOW)
    job = await session.get_one(Job, FIRST)
    job.status = JobStatus.DONE
    await enqueue_once(session, "clean_up", {FIRST: {"n": 1}, SECOND: {"n": 2}}, now=NOW)
    await enqueue_once(session, "clean_up", {}, now=NOW)
    await session.flush()
    session.expire_all()
    found = {one.id: one for one in (await session.exec(select(Job))).all()}
    assert (found[FIRST].status, found[FIRST].payload) == (JobStatus.DONE, {})
    assert (found[SECOND].status, found[SECOND].payload) == (JobStatus.WAITING, {"n": 2})
