"""Sending: what becomes of a message, and when it is tried again."""

import statistics
from datetime import timedelta

import pytest

from core.crypto import Sealer
from core.models import Mail, MailStatus
from saas_app.services.mail import Letter, post
from saas_app.services.mail.sending import (
    MOST_TRIES,
    ROUNDS_AFTER,
    TRIES,
    Fate,
    Outcome,
    give_up_old_mail,
    note_outcome,
    parked_mail,
    try_to_send,
    wait_after,
)
from saas_app.services.ports import MailRefused, MailUnavailable, Message
from tests.cast import NOW

HERE = "http://localhost:3000"


class Post:
    """A mailer of the tests: takes messages, or raises what it was given."""

    name = "resend"

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.taken: list[tuple[str, Message]] = []

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append((idempotency_key, message))
        return f"id-{len(self.taken)}"


@pytest.fixture
async def mail(database, sealer) -> Mail:
    letter = Letter("verify_email", "ada@example.com", {"link": "/verify-email?token=t"})
    async with database.write() as session:
        return await post(session, sealer, letter, now=NOW)


async def sent(database, sealer, mailer, mail, *, attempts=1, provider="resend") -> Mail:
    """Try once, write it down, and return the row."""
    outcome = await try_to_send(database, sealer, mailer, mail.id, number=1, web_url=HERE)
    async with database.write() as session:
        await note_outcome(session, mail.id, outcome, attempts=attempts, provider=provider, now=NOW)
    async with database.read() as session:
        return await session.get_one(Mail, mail.id)


async def test_a_provider_gets_the_message_and_its_content_is_dropped(database, sealer, mail):
    mailer = Post()
    row = await sent(database, sealer, mailer, mail)
    ((key, message),) = mailer.taken
    assert (key, message.to) == (str(mail.id), "ada@example.com")
    assert f"{HERE}/verify-email?token=t" in message.text
    assert (row.status, row.attempts, row.provider) == (MailStatus.SENT, 1, "resend")
    assert (row.provider_id, row.sent_at, row.sealed_values) == ("id-1", NOW, None)


async def test_the_outbox_keeps_the_content(database, sealer, mail):
    row = await sent(database, sealer, Post(), mail, provider="outbox")
    assert row.status is MailStatus.SENT
    assert row.sealed_values == mail.sealed_values


async def test_a_message_is_sent_once_however_often_its_job_runs(database, sealer, mail):
    mailer = Post()
    await sent(database, sealer, mailer, mail)
    row = await sent(database, sealer, mailer, mail, attempts=9)
    assert (len(mailer.taken), row.attempts) == (1, 1)


async def test_a_refused_message_has_failed_and_says_why(database, sealer, mail):
    row = await sent(database, sealer, Post(MailRefused("No such receiver.")), mail)
    assert (row.status, row.problem) == (MailStatus.FAILED, "No such receiver.")
    final = MailUnavailable("The quota is used up.", can_retry=False)
    assert row.sealed_values is not None
    again = await try_to_send(database, sealer, Post(final), mail.id, number=1, web_url=HERE)
    assert again.fate is Fate.NONE


async def test_an_account_that_cannot_send_has_failed_too(database, sealer, mail):
    refusal = MailUnavailable("The quota is used up.", can_retry=False)
    row = await sent(database, sealer, Post(refusal), mail)
    assert (row.status, row.problem) == (MailStatus.FAILED, "The quota is used up.")


async def test_a_provider_that_is_away_leaves_the_message_waiting(database, sealer, mail):
    refusal = MailUnavailable("No answer.", can_retry=True)
    row = await sent(database, sealer, Post(refusal), mail)
    assert (row.status, row.attempts, row.problem) == (MailStatus.WAITING, 1, "No answer.")
    row = await sent(database, sealer, Post(), mail, attempts=2)
    assert (row.status, row.attempts, row.problem) == (MailStatus.SENT, 2, "")


async def test_the_last_try_of_the_last_round_fails(database, sealer, mail):
    refusal = MailUnavailable("No answer.", can_retry=True)
    row = await sent(database, sealer, Post(refusal), mail, attempts=MOST_TRIES)
    assert (row.status, row.problem) == (MailStatus.FAILED, "No answer.")


async def test_what_cannot_be_opened_or_written_has_failed(database, sealer, mail):
    outcome = await try_to_send(
        database, Sealer((b"z" * 32,)), Post(), mail.id, number=1, web_url=HERE
    )
    assert (outcome.fate, outcome.problem) == (
        Fate.FAILED, "Its content was sealed under another MASTER_KEY.",
    )  # fmt: skip
    async with database.write() as session:
        (await session.get_one(Mail, mail.id)).template = "of_an_older_version"
    row = await sent(database, sealer, Post(), mail)
    assert row.status is MailStatus.FAILED
    assert "could not be written" in row.problem


async def test_a_deleted_message_is_no_work(database, sealer, mail):
    async with database.write() as session:
        await session.delete(await session.get_one(Mail, mail.id))
    outcome = await try_to_send(database, sealer, Post(), mail.id, number=1, web_url=HERE)
    assert outcome.fate is Fate.NONE


def test_waits_grow_are_spread_and_give_way_to_what_the_provider_asks():
    for number, seconds in ((1, 1), (2, 4), (3, 16)):
        waits = [wait_after(number) for _ in range(200)]
        assert 0.75 * seconds <= min(waits) < max(waits) <= 1.25 * seconds
        assert statistics.stdev(waits) > seconds / 20
    assert wait_after(1, asked=7) == 7
    assert wait_after(2, asked=1) >= 3
    assert wait_after(1, asked=86_400) == 60


def test_an_outcome_survives_being_kept():
    outcome = Outcome(Fate.LATER, problem="No answer.", wait_seconds=1.5)
    assert Outcome.of_json(outcome.as_json()) == outcome


async def test_a_parked_message_comes_again_round_by_round(database, mail):
    async def due(attempts: int, after: timedelta) -> list[object]:
        async with database.write() as session:
            row = await session.get_one(Mail, mail.id)
            row.attempts = attempts
            await session.flush()
            return list(await parked_mail(session, now=NOW + after))

    for number, after in enumerate(ROUNDS_AFTER, start=1):
        attempts = TRIES * number
        assert await due(attempts, after - timedelta(seconds=1)) == []
        assert await due(attempts, after) == [(mail.id, attempts)]
        assert await due(attempts + 1, after) == []  # its round is under way
    assert await due(MOST_TRIES, timedelta(hours=23)) == []


async def test_the_rounds_end_before_the_provider_forgets_the_key():
    assert ROUNDS_AFTER[-1] < timedelta(hours=24)
    assert sorted(ROUNDS_AFTER) == list(ROUNDS_AFTER)


async def test_what_waited_for_a_day_is_given_up(database, mail):
    for hours, status in ((23, MailStatus.WAITING), (25, MailStatus.FAILED)):
        async with database.write() as session:
            await give_up_old_mail(session, now=NOW + timedelta(hours=hours))
        async with database.read() as session:
            row = await session.get_one(Mail, mail.id)
        assert row.status is status
    assert row.problem == "It could not be sent within a day."
