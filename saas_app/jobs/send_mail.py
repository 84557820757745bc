"""Sends a message, and comes back to those whose provider was away."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from dbos import DBOS

from core.clock import now_utc
from core.database import Database
from core.logs import log
from saas_app import resources
from saas_app.jobs.steps import step
from saas_app.services.jobs import enqueue_once
from saas_app.services.mail.sending import (
    TRIES,
    Fate,
    Outcome,
    give_up_old_mail,
    note_outcome,
    parked_mail,
    try_to_send,
)

OF_ROUNDS = UUID("0f3a3f0e-1c57-4f0b-8a53-6b1a51a3a6d2")  # any constant: a namespace of our own
KIND = "send_mail"


async def send_mail(_job_id: UUID, payload: dict[str, Any]) -> str:
    """Try up to three times; each try and each note is a step, each wait outlives a crash.

    A crash after the provider took the message and before that was kept repeats the try, under the
    same idempotency key.
    """
    mail_id, before = UUID(payload["mail_id"]), int(payload.get("attempts", 0))
    for number in range(1, TRIES + 1):
        kept = await step(f"try {number}", lambda number=number: _try(mail_id, number))
        outcome = Outcome.of_json(kept)
        attempts = before + number
        await step(
            f"note {number}",
            lambda outcome=outcome, attempts=attempts: _note(mail_id, outcome, attempts),
        )
        if outcome.fate is not Fate.LATER:
            return outcome.problem or "Done."
        if number < TRIES:
            await wait(outcome.wait_seconds)
    return "It waits for its next round."


async def wait(seconds: float) -> None:
    """Wait, and after a crash only for what is left."""
    await DBOS.sleep_async(seconds)


async def resume_parked_mail(database: Database, *, now: datetime) -> int:
    """Write the jobs of rounds that are due; their ids come from the round, so they come once."""
    async with database.read() as session:
        due = await parked_mail(session, now=now)
    payloads: dict[UUID, dict[str, Any]] = {
        uuid5(OF_ROUNDS, f"{mail_id} {attempts}"): {"mail_id": str(mail_id), "attempts": attempts}
        for mail_id, attempts in due
    }
    async with database.write() as session:
        await give_up_old_mail(session, now=now)
        await enqueue_once(session, KIND, payloads, now=now)
    if due:
        log.info("mail.resumed", number=len(due))
    return len(due)


async def _try(mail_id: UUID, number: int) -> dict[str, Any]:
    parts = resources.get()
    outcome = await try_to_send(
        parts.database,
        parts.sealer,
        parts.mailer,
        mail_id,
        number=number,
        web_url=parts.settings.web_url,
    )
    return outcome.as_json()


async def _note(mail_id: UUID, outcome: Outcome, attempts: int) -> None:
    parts = resources.get()
    async with parts.database.write() as session:
        await note_outcome(
            session,
            mail_id,
            outcome,
            attempts=attempts,
            provider=parts.mailer.name,
            now=now_utc(),
        )
