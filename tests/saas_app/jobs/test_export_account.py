"""The copy of one's data through a real worker: packed, stored, noted, told; and crashes."""

import asyncio
import io
import signal
import time
import zipfile

import orjson
import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import Job, JobStatus, StoredFile
from saas_app.integrations.disk_storage import DiskStorage
from saas_app.services.account_export import ExportView, look_at_export, request_export
from tests.letters import posted
from tests.people import FRESH

SECONDS = 60.0


async def ask(database, user_id) -> None:
    async with database.write() as session:
        await request_export(session, user_id, origin=FRESH, now=now_utc())


async def until_over(database, user_id) -> ExportView:
    """Look again and again, as the page does."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        async with database.read() as session:
            seen = await look_at_export(session, user_id, now=now_utc())
        if not seen.is_running:
            return seen
        await asyncio.sleep(0.1)
    raise AssertionError("The copy is being made for ever.")


@pytest.fixture
def store(settings) -> DiskStorage:
    return DiskStorage(settings.data_dir / "files", b"0" * 32, clock=now_utc)


async def files_in(store, key) -> dict[str, bytes]:
    found = await store.get(key, most_bytes=10_000_000)
    assert found is not None
    assert found.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_copy_that_was_asked_for_is_made_and_told_by_mail(
    database, committed_cast, sealer, store, start_worker
):
    bob = committed_cast.bob.user_id
    await ask(database, bob)
    start_worker()
    seen = await until_over(database, bob)
    files = await files_in(store, seen.key)
    assert orjson.loads(files["profile.json"])["email"] == "bob@example.com"
    assert b"alice" not in b"".join(files.values())
    async with database.read() as session:
        assert [one.template for one in await posted(session, sealer)] == ["export_ready"]


async def test_a_crash_before_it_is_noted_makes_one_copy_and_one_letter(
    database, committed_cast, sealer, store, start_worker
):
    bob = committed_cast.bob.user_id
    await ask(database, bob)
    first = start_worker(CRASH_AT="before the copy is noted")
    assert await asyncio.to_thread(first.wait) == -signal.SIGKILL, first.lines
    start_worker()
    seen = await until_over(database, bob)
    assert await files_in(store, seen.key)
    async with database.read() as session:
        assert len((await session.exec(select(StoredFile))).all()) == 1
        assert len(await posted(session, sealer)) == 1


async def test_where_files_are_switched_off_the_job_says_so(database, committed_cast, start_worker):
    bob = committed_cast.bob.user_id
    await ask(database, bob)
    start_worker(STORAGE="off")
    assert (await until_over(database, bob)).problem == "Files are switched off on this site."
    async with database.read() as session:
        assert (
            await session.exec(select(Job.status).where(Job.kind == "export_account"))
        ).one() == (JobStatus.FAILED)
