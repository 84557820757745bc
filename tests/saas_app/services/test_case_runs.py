"""Runs of all test cases: asked for, followed, stopped; as owner, member, viewer and stranger."""

import pytest

from core.errors import Forbidden, NotFound
from core.models import Job, JobStatus
from saas_app.services.case_runs import (
    RunStopped,
    look_at_run,
    note_progress,
    start_run,
    stop_run,
)
from tests.cast import NOW, make_server


@pytest.fixture
async def run(database, committed_cast):
    """A server of acme and a run that bob asked for: their ids."""
    async with database.write() as session:
        server = await make_server(session, committed_cast.alice)
        return server.id, await start_run(session, committed_cast.bob, server.id, now=NOW)


async def test_a_run_is_a_waiting_job_that_knows_who_asked(database, committed_cast, run):
    server_id, job_id = run
    async with database.read() as session:
        job = await session.get(Job, job_id)
    assert (job.kind, job.status) == ("run_cases", JobStatus.WAITING)
    assert job.payload == {
        "server_id": str(server_id),
        "user_id": str(committed_cast.bob.user_id),
    }


async def test_a_run_is_followed_by_its_organization(database, committed_cast, run):
    server_id, job_id = run
    await note_progress(database, job_id, done=1, total=3, name="get_city: Paris")
    async with database.read() as session:
        seen = await look_at_run(session, committed_cast.alice, server_id, job_id)
    assert (seen.done, seen.total, seen.name) == (1, 3, "get_city: Paris")
    assert not seen.is_over


async def test_a_stopped_run_goes_no_further(database, committed_cast, run):
    server_id, job_id = run
    async with database.write() as session:
        await stop_run(session, committed_cast.bob, server_id, job_id, now=NOW)
    with pytest.raises(RunStopped):
        await note_progress(database, job_id, done=1, total=3, name="")
    async with database.read() as session:
        seen = await look_at_run(session, committed_cast.bob, server_id, job_id)
    assert (seen.is_over, seen.has_failed, seen.message) == (True, True, "Stopped.")


async def test_viewers_and_strangers_neither_start_nor_follow_nor_stop(
    database, committed_cast, run
):
    server_id, job_id = run
    for actor, kind in ((committed_cast.vera, Forbidden), (committed_cast.mallory, NotFound)):
        async with database.write() as session:
            with pytest.raises(kind):
                await start_run(session, actor, server_id, now=NOW)
            with pytest.raises(kind):
                await look_at_run(session, actor, server_id, job_id)
            with pytest.raises(kind):
                await stop_run(session, actor, server_id, job_id, now=NOW)


async def test_a_run_of_another_server_is_not_found(database, committed_cast, run):
    async with database.write() as session:
        theirs = await make_server(session, committed_cast.mallory)
        with pytest.raises(NotFound):
            await look_at_run(session, committed_cast.mallory, theirs.id, run[1])
