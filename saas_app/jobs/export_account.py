"""Makes the copy of a person's data: packed and stored in one step, noted in another."""

from typing import Any
from uuid import UUID

from core.clock import now_utc
from saas_app import resources
from saas_app.jobs.steps import step
from saas_app.services.account_export import key_of, record_export, store_export


async def export_account(job_id: UUID, payload: dict[str, Any]) -> str:
    """Keep the copy under the job's id, so that a repeated step writes over itself."""
    user_id = UUID(payload["user_id"])
    size = await step("store the copy", lambda: _store(job_id, user_id))
    await step("note the copy", lambda: _note(job_id, user_id, size))
    return "The copy is there."


async def _store(job_id: UUID, user_id: UUID) -> int:
    parts = resources.get()
    return await store_export(parts.database, parts.storage, user_id, job_id, now=now_utc())


async def _note(job_id: UUID, user_id: UUID, size: int) -> None:
    parts = resources.get()
    async with parts.database.write() as session:
        await record_export(
            session,
            user_id,
            file=(key_of(job_id), size),
            letters=parts.letters,
            now=now_utc(),
        )
