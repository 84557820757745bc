"""The jobs program with a kind of job that keeps a diary, and a crash at a named moment.

`CRASH_AT` names the moment; at it the process is gone as if killed.
"""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core.logs import log
from saas_app.integrations.resend_mail import ResendMailer
from saas_app.integrations.smtp_mail import SmtpMailer
from saas_app.jobs import export_account, registry, relay, rescue, send_mail, worker, workflow
from saas_app.jobs.steps import step

CRASH_AT = os.environ.get("CRASH_AT", "")
DIARY = Path(os.environ["DATA_DIR"]) / "diary"
GATE = Path(os.environ["DATA_DIR"]) / "gate"


def crash_at(moment: str) -> None:
    if moment == CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)


async def keep_a_diary(job_id: UUID, payload: dict[str, Any]) -> str:
    """Write two entries; with `waits`, until the gate is open between them, and say so."""
    await step("first", lambda: write(f"{job_id} first"))
    log.info(f"diary.between_the_steps of {job_id}")
    crash_at("between the steps")
    if payload.get("waits"):
        await until_the_gate_is_open()
    await step("second", lambda: write(f"{job_id} second"))
    return "Both entries are written."


async def until_the_gate_is_open() -> None:
    while not GATE.exists():  # noqa: ASYNC110 - another process opens it
        await asyncio.sleep(0.05)


async def write(line: str) -> None:
    with DIARY.open("a") as file:
        file.write(f"{line}\n")


def main() -> None:
    kinds = {**registry.KINDS, "diary": keep_a_diary}
    workflow.KINDS = kinds  # pyright: ignore[reportAttributeAccessIssue]
    enqueue, finish = relay.enqueue_workflow, workflow.finish

    async def enqueue_and_crash(job) -> None:
        crash_at("before the workflow is enqueued")
        await enqueue(job)
        crash_at("before the row is marked")

    async def finish_and_crash(*args, **values) -> None:
        crash_at("before the end is written")
        await finish(*args, **values)
        crash_at("after the end is written")

    relay.enqueue_workflow, workflow.finish = enqueue_and_crash, finish_and_crash
    relay.HOURLY = ()
    crash_around_mail()
    crash_before_the_copy_is_noted()
    if "FORGET_AFTER_SECONDS" in os.environ:
        rescue.WORKFLOWS_KEPT = timedelta(seconds=int(os.environ["FORGET_AFTER_SECONDS"]))
        worker.FORGET_EVERY_SECONDS = 0.5
    worker.main()


def crash_around_mail() -> None:
    for mailer in (ResendMailer, SmtpMailer):

        async def send_and_crash(self, message, *, idempotency_key, send=mailer.send) -> str:
            given = await send(self, message, idempotency_key=idempotency_key)
            crash_at("after the mail is taken")
            return given

        mailer.send = send_and_crash
    note = send_mail.note_outcome

    async def note_and_crash(*args, **values) -> None:
        crash_at("before the mail is noted")
        await note(*args, **values)

    send_mail.note_outcome = note_and_crash


def crash_before_the_copy_is_noted() -> None:
    record = export_account.record_export

    async def record_and_crash(*args, **values) -> None:
        crash_at("before the copy is noted")
        await record(*args, **values)

    export_account.record_export = record_and_crash


if __name__ == "__main__":
    main()
