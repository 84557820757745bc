"""Posting: a letter exists if and only if its change does, and is refused before it is one."""

import pytest
from sqlmodel import select

from core.errors import Invalid
from core.models import Job, Mail, MailStatus, User
from saas_app.services.mail import Letter, post
from saas_app.services.mail.cleaning import LetterUnfit
from saas_app.services.mail.outbox import values_of
from tests.cast import NOW

VERIFY = Letter("verify_email", "ada@example.com", {"link": "/verify-email?token=secret"})


async def test_a_letter_is_a_row_and_a_job(session, sealer):
    mail = await post(session, sealer, VERIFY, now=NOW)
    await session.flush()
    assert (mail.status, mail.subject) == (MailStatus.WAITING, "Confirm your address")
    job = (await session.exec(select(Job))).one()
    assert (job.kind, job.payload) == ("send_mail", {"mail_id": str(mail.id)})


async def test_what_fills_it_is_sealed_for_its_row(session, sealer):
    mail = await post(session, sealer, VERIFY, now=NOW)
    assert b"secret" not in mail.sealed_values
    assert values_of(mail, sealer) == VERIFY.values


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "a@b@c.example", "a@b.example,c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "Ada <a@b.example>", "a b@c.example", "x" * 250 + "@b.example",
    ],
)  # fmt: skip
async def test_an_address_is_one_plain_address(session, sealer, address):
    for letter in (
        Letter("verify_email", address, VERIFY.values),
        Letter("verify_email", "a@b.example", VERIFY.values, reply_to=address or "@"),
    ):
        with pytest.raises(Invalid, match="not an e-mail address"):
            await post(session, sealer, letter, now=NOW)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "a+b.c@sub.example", "grüße@bücher.example"]
)
async def test_ordinary_addresses_are_fine(session, sealer, address):
    assert await post(session, sealer, Letter("verify_email", address, VERIFY.values), now=NOW)


async def test_a_letter_that_cannot_be_written_is_not_posted(session, sealer):
    for letter in (
        Letter("unheard_of", "a@b.example"),
        Letter("verify_email", "a@b.example"),
        Letter("verify_email", "a@b.example", {"link": "javascript:alert(1)"}),
        Letter("verify_email", "a@b.example", {"link": 7}),
    ):
        with pytest.raises(LetterUnfit):
            await post(session, sealer, letter, now=NOW)
    assert (await session.exec(select(Mail))).all() == []


async def test_a_letter_is_bounded(session, sealer):
    values = {"name": "Ada", "email": "a@b.example", "message": "x" * 20_001}
    with pytest.raises(Invalid, match="too long"):
        await post(session, sealer, Letter("contact", "us@kiln.example", values), now=NOW)


async def test_muted_mail_is_not_posted_and_warnings_are(session, sealer, cast):
    alice = await session.get_one(User, cast.alice.user_id)
    alice.muted_mail = ["exports", "billing", "new_sign_in", "password_changed"]
    about = {"to": alice.email, "user_id": alice.id}
    export = Letter("export_ready", values={"link": "/account/data"}, **about)
    assert await post(session, sealer, export, now=NOW) is None
    for template in ("new_sign_in", "password_changed"):
        assert await post(session, sealer, Letter(template, **about), now=NOW) is not None
    about["user_id"] = cast.bob.user_id
    export = Letter("export_ready", values={"link": "/account/data"}, **about)
    assert await post(session, sealer, export, now=NOW) is not None
