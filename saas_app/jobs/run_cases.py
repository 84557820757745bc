"""Runs all test cases of a server, on behalf of the one who asked."""

from typing import Any
from uuid import UUID

from core.clock import now_utc
from core.errors import DomainError
from saas_app import resources
from saas_app.jobs.steps import step
from saas_app.services.case_runs import note_progress
from saas_app.services.test_cases import run_all_cases


async def run_cases(job_id: UUID, payload: dict[str, Any]) -> str:
    """Run the cases in one step: a repeated run asks the services again and stores anew."""
    return await step("run cases", lambda: _run(job_id, payload))


async def _run(job_id: UUID, payload: dict[str, Any]) -> str:
    parts = resources.get()

    async def progress(done: int, total: int, name: str) -> None:
        await note_progress(parts.database, job_id, done=done, total=total, name=name)

    try:
        summary = await run_all_cases(
            parts.database,
            parts.settings,
            parts.sealer,
            server_id=UUID(payload["server_id"]),
            user_id=UUID(payload["user_id"]),
            now=now_utc,
            progress=progress,
        )
    except DomainError as refusal:
        # Told at once: the person waits, and trying again is one click.
        return refusal.message
    failed = f", {summary.failed} failed" if summary.failed else ""
    skipped = f", {summary.skipped} skipped" if summary.skipped else ""
    return f"{summary.passed} passed{failed}{skipped}."
