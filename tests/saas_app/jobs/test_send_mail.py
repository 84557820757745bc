"""Mail through a real worker: outages, slowness and crashes; nothing is lost or sent twice."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlmodel import func, select

from core.clock import now_utc
from core.models import Job, Mail, MailStatus
from saas_app import resources
from saas_app.jobs import send_mail as module
from saas_app.jobs.send_mail import resume_parked_mail, send_mail
from saas_app.services.jobs import enqueue
from saas_app.services.mail import Letter, open_mail, post
from saas_app.services.mail.sending import ROUNDS_AFTER, TRIES
from tests.vendors.resend import KEY, FakeResend, fake_resend
from tests.vendors.smtp import mail_server

SECONDS = 60.0


@pytest.fixture
async def provider() -> AsyncIterator[FakeResend]:
    async with fake_resend() as fake:
        yield fake


def at(provider: FakeResend, **values: str) -> dict[str, str]:
    """The environment of a worker that sends with the provider."""
    return {
        "MAIL": "resend",
        "RESEND_API_KEY": KEY,
        "RESEND_API_URL": provider.url,
        "EMAIL_FROM": "Kiln <mail@kiln.example>",
        **values,
    }


async def ask_for_mail(database, sealer, *, to="ada@example.com") -> Mail:
    letter = Letter("verify_email", to, {"link": "/verify-email?token=t"})
    async with database.write() as session:
        return await post(session, sealer, letter, now=now_utc())


async def until(database, mail, is_so) -> Mail:
    """Look at a message again and again, until it is as it should be."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        async with database.read() as session:
            row = await session.get_one(Mail, mail.id)
        if is_so(row):
            return row
        await asyncio.sleep(0.1)
    raise AssertionError(f"It stays {row.status}, tried {row.attempts} times: {row.problem}")


async def until_sent(database, mail) -> Mail:
    return await until(database, mail, lambda row: row.status is MailStatus.SENT)


async def test_mail_goes_out(database, sealer, provider, start_worker):
    mail = await ask_for_mail(database, sealer)
    start_worker(**at(provider))
    row = await until_sent(database, mail)
    assert (row.attempts, row.provider, row.sealed_values) == (1, "resend", None)
    assert row.provider_id == provider.known[str(mail.id)][0]
    assert provider.delivered[0]["subject"] == row.subject == "Confirm your address"


@pytest.mark.parametrize("moment", ["after the mail is taken", "before the mail is noted"])
async def test_a_crash_between_sending_and_noting_sends_nothing_twice(
    database, sealer, provider, start_worker, moment
):
    mail = await ask_for_mail(database, sealer)
    first = start_worker(**at(provider, CRASH_AT=moment))
    assert await asyncio.to_thread(first.wait) == -signal.SIGKILL, first.lines
    assert len(provider.delivered) == 1
    start_worker(**at(provider))
    row = await until_sent(database, mail)
    assert row.provider_id == provider.known[str(mail.id)][0]
    assert len(provider.delivered) == 1


async def test_an_answer_that_got_lost_sends_nothing_twice(
    database, sealer, provider, start_worker
):
    provider.loses_answers = True
    mail = await ask_for_mail(database, sealer)
    start_worker(**at(provider))
    await until(database, mail, lambda row: row.attempts == 1)
    provider.loses_answers = False
    row = await until_sent(database, mail)
    assert row.attempts == 2
    assert len(provider.delivered) == 1


async def test_an_outage_holds_up_mail_alone_and_loses_none(
    settings, database, sealer, provider, start_worker
):
    provider.is_down = True
    mails = [
        await ask_for_mail(database, sealer, to=f"ada{number}@example.com") for number in range(12)
    ]
    start_worker(**at(provider))
    async with database.write() as session:
        diary = await enqueue(session, "diary", {}, now=now_utc())
    deadline = time.monotonic() + SECONDS
    while not (settings.data_dir / "diary").exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert str(diary.id) in (settings.data_dir / "diary").read_text()
    for mail in mails:
        row = await until(database, mail, lambda row: row.attempts == TRIES)
        assert (row.status, row.problem) == (MailStatus.WAITING, "Resend failed (HTTP 502).")
    provider.is_down = False
    async with database.write() as session:  # a minute passes
        for mail in mails:
            (await session.get_one(Mail, mail.id)).created_at -= ROUNDS_AFTER[0]
    await resume_parked_mail(database, now=now_utc())
    for mail in mails:
        assert (await until_sent(database, mail)).attempts == TRIES + 1
    assert len(provider.delivered) == 12


async def test_a_refusal_is_final_and_says_why(database, sealer, provider, start_worker):
    provider.fail_next(422, "validation_error")
    mail = await ask_for_mail(database, sealer)
    start_worker(**at(provider))
    row = await until(database, mail, lambda row: row.status is not MailStatus.WAITING)
    assert (row.status, row.attempts) == (MailStatus.FAILED, 1)
    assert row.problem == "Resend refused the message (validation_error)."
    assert len(provider.requests) == 1


async def test_too_many_at_once_waits_as_long_as_it_is_asked(
    database, sealer, provider, start_worker
):
    provider.fail_next(429, "rate_limit_exceeded", retry_after="2")
    mail = await ask_for_mail(database, sealer)
    start_worker(**at(provider))
    assert (await until_sent(database, mail)).attempts == 2
    refused_at, asked_again_at = provider.asked_at
    assert asked_again_at - refused_at >= 2


async def test_a_worker_without_a_provider_keeps_mail_in_the_outbox(database, sealer, start_worker):
    mail = await ask_for_mail(database, sealer)
    worker = start_worker(MAIL="outbox")
    row = await until_sent(database, mail)
    assert row.provider == "outbox"
    assert "token=t" in open_mail(row, sealer, web_url="http://localhost:3000").text
    lines = "".join(worker.lines)
    assert f"/dev/outbox?mail={mail.id}" in lines
    assert "token=t" not in lines


async def test_mail_that_is_switched_off_fails_and_says_so(database, sealer, start_worker):
    mail = await ask_for_mail(database, sealer)
    start_worker(MAIL="off")
    row = await until(database, mail, lambda row: row.status is MailStatus.FAILED)
    assert "MAIL=off" in row.problem


async def test_a_mail_server_gets_the_same_message_id_again(
    tmp_path, database, sealer, start_worker
):
    with mail_server(tmp_path) as server:
        environment = {
            "MAIL": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SMTP_TLS": "off",
            "EMAIL_FROM": "Kiln <mail@kiln.example>",
        }
        mail = await ask_for_mail(database, sealer)
        first = start_worker(**environment, CRASH_AT="after the mail is taken")
        assert await asyncio.to_thread(first.wait) == -signal.SIGKILL, first.lines
        before = server.last()["Message-ID"]
        start_worker(**environment)
        row = await until_sent(database, mail)
        assert row.provider_id == server.last()["Message-ID"] == before
        assert len(server.envelopes) == 2


@pytest.fixture
def _without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the steps as they are, and pass waits over; the tests above do it with real workers."""

    async def run(_name, do):
        return await do()

    async def wait(_seconds):
        pass

    monkeypatch.setattr(module, "step", run)
    monkeypatch.setattr(module, "wait", wait)


@pytest.mark.usefixtures("_without_a_worker")
async def test_a_round_is_three_tries(database, sealer, provider, settings, monkeypatch):
    provider.is_down = True
    sending = rebuilt(settings, provider)
    monkeypatch.setattr(resources, "get", lambda: sending)
    mail = await ask_for_mail(database, sealer)
    message = await send_mail(uuid4(), {"mail_id": str(mail.id)})
    assert message == "It waits for its next round."
    assert [key for key, _ in provider.requests] == [str(mail.id)] * TRIES
    await sending.database.close()


def rebuilt(settings, provider):
    sends = {"resend_api_key": SecretStr(KEY), "resend_api_url": provider.url}
    return resources.build(settings.model_copy(update=sends))


async def test_a_round_is_asked_for_once_however_many_workers_ask(database, sealer):
    mail = await ask_for_mail(database, sealer)
    async with database.write() as session:
        row = await session.get_one(Mail, mail.id)
        row.attempts, row.created_at = TRIES, now_utc() - timedelta(minutes=2)
    for _ in range(3):
        await resume_parked_mail(database, now=now_utc())
    async with database.read() as session:
        jobs = select(func.count()).select_from(Job).where(Job.kind == "send_mail")
        assert (await session.exec(jobs)).one() == 2
