"""SMTP, against a real mail server on loopback."""

import asyncio

import pytest

from saas_app.integrations import smtp_mail
from saas_app.integrations.smtp_mail import SmtpMailer
from saas_app.services.ports import MailRefused, MailUnavailable, Message
from tests.conftest import settings_with
from tests.vendors.smtp import PASSWORD, USER, mail_server

MESSAGE = Message("ada@example.com", "Grüße", "<p>Hello ü</p>", "Hello ü\n")


def mailer_for(tmp_path, port: int, *, tls: str = "off", **values: object) -> SmtpMailer:
    return SmtpMailer(
        settings_with(
            tmp_path,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls=tls,
            email_from="Kiln <mail@kiln.example>",
            **values,
        )
    )


async def refusal_of(mailer: SmtpMailer) -> MailUnavailable:
    with pytest.raises(MailUnavailable) as refused:
        await mailer.send(MESSAGE, idempotency_key="k")
    return refused.value


async def test_a_message_arrives_in_both_forms(tmp_path):
    message = Message(MESSAGE.to, MESSAGE.subject, MESSAGE.html, MESSAGE.text, "bob@example.com")
    with mail_server(tmp_path) as server:
        given = await mailer_for(tmp_path, server.port).send(message, idempotency_key="mail-1")
        assert server.envelopes[0].mail_from == "mail@kiln.example"
        assert server.envelopes[0].rcpt_tos == ["ada@example.com"]
        received = server.last()
    assert given == received["Message-ID"] == "<mail-1@kiln.example>"
    assert received["From"] == "Kiln <mail@kiln.example>"
    assert received["Reply-To"] == "bob@example.com"
    assert received["Subject"] == "Grüße"
    assert received["Auto-Submitted"] == "auto-generated"
    text, html = received.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", "Hello ü")
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>Hello ü</p>")


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_password_goes_over_tls_alone(tmp_path, monkeypatch, tls):
    with mail_server(tmp_path, tls=tls, needs_password=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        signed_in = {"smtp_user": USER, "smtp_password": PASSWORD}
        mailer = mailer_for(tmp_path, server.port, tls=tls, **signed_in)
        await mailer.send(MESSAGE, idempotency_key="k")
        assert len(server.envelopes) == 1
        wrong = mailer_for(tmp_path, server.port, tls=tls, smtp_user=USER, smtp_password="wrong")
        refusal = await refusal_of(wrong)
        assert refusal.can_retry is False
        assert "SMTP_PASSWORD" in refusal.message


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_gets_no_message(tmp_path, tls):
    with mail_server(tmp_path, tls=tls) as server:
        assert (await refusal_of(mailer_for(tmp_path, server.port, tls=tls))).can_retry is True
        assert server.envelopes == []


async def test_a_server_without_starttls_gets_no_message(tmp_path):
    with mail_server(tmp_path) as server:
        refusal = await refusal_of(mailer_for(tmp_path, server.port, tls="starttls"))
        assert refusal.can_retry is False
        assert "SMTP_TLS" in refusal.message
        assert server.envelopes == []


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
async def test_a_temporary_refusal_is_tried_again_and_a_permanent_one_is_not(tmp_path, stage):
    with mail_server(tmp_path) as server:
        mailer = mailer_for(tmp_path, server.port)
        server.answers[stage] = "451 4.7.1 Try again later"
        assert (await refusal_of(mailer)).can_retry is True
        server.answers[stage] = "550 5.1.1 No such user"
        with pytest.raises(MailRefused, match="550"):
            await mailer.send(MESSAGE, idempotency_key="k")
        server.answers.clear()
        await mailer.send(MESSAGE, idempotency_key="k")


async def test_no_server_is_tried_again(tmp_path):
    with mail_server(tmp_path) as server:
        pass
    refusal = await refusal_of(mailer_for(tmp_path, server.port))
    assert (refusal.can_retry, refusal.message) == (True, "The mail server did not answer.")


async def test_a_silent_server_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(smtp_mail, "TIMEOUT_SECONDS", 0.2)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side hangs up
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        assert (await refusal_of(mailer_for(tmp_path, port))).can_retry is True
        await gone.wait()


@pytest.mark.parametrize("field", ["to", "subject", "reply_to"])
async def test_a_line_end_adds_no_header(tmp_path, field):
    values = {"to": "a@example.com", "subject": "Hello", "reply_to": "b@example.com"}
    values[field] += "\r\nBcc: everybody@example.com"
    with mail_server(tmp_path) as server:
        with pytest.raises(MailRefused):
            await mailer_for(tmp_path, server.port).send(
                Message(html="<p>", text="-", **values), idempotency_key="k"
            )
        assert server.envelopes == []
