"""Sends mail over SMTP, to any mail server."""

from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import aiosmtplib

from core.clock import now_utc
from core.settings import Settings
from saas_app.services.ports import MailRefused, MailUnavailable, Message

TIMEOUT_SECONDS = 10.0


class SmtpMailer:
    """One mail server."""

    name = "smtp"

    def __init__(self, settings: Settings) -> None:
        password = settings.smtp_password
        self._sender = settings.mail_sender
        self._domain = parseaddr(self._sender)[1].rpartition("@")[2]
        self._connection = {
            "hostname": settings.smtp_host,
            "port": settings.smtp_port,
            "username": settings.smtp_user or None,
            "password": password.get_secret_value() if password and settings.smtp_user else None,
            "use_tls": settings.smtp_tls == "tls",
            "start_tls": settings.smtp_tls == "starttls",
            "timeout": TIMEOUT_SECONDS,
            # How we greet; the library would look up this machine's name, and wait for DNS.
            "local_hostname": self._domain,
        }

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        """Hand a message over under a Message-ID made of the key.

        SMTP has no idempotency: a message whose acceptance was not heard is sent again. Servers
        and mail programs that drop duplicates do so by the Message-ID.

        Raises:
            MailUnavailable: no answer, or a temporary refusal (4xx).
            MailRefused: it will never take this message (5xx).
        """
        written = self._write(message, idempotency_key)
        try:
            await aiosmtplib.send(written, **self._connection)
        except aiosmtplib.SMTPException as error:
            raise _in_our_words(error) from error
        except OSError as error:
            raise MailUnavailable("The mail server did not answer.", can_retry=True) from error
        return written["Message-ID"]

    def _write(self, message: Message, idempotency_key: str) -> EmailMessage:
        written = EmailMessage(policy=SMTP)
        try:
            written["From"] = self._sender
            written["To"] = message.to
            written["Subject"] = message.subject
            if message.reply_to:
                written["Reply-To"] = message.reply_to
        except (ValueError, MessageError) as error:  # a line end in a header
            raise MailRefused("The message cannot be addressed.") from error
        written["Date"] = format_datetime(now_utc())
        written["Message-ID"] = f"<{idempotency_key}@{self._domain}>"
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(message.text)
        written.add_alternative(message.html, subtype="html")
        return written


def _in_our_words(error: aiosmtplib.SMTPException) -> MailUnavailable | MailRefused:
    """Say what an error means for the message."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500:
        words = f"The mail server refused SMTP_USER and SMTP_PASSWORD ({error.code})."
        return MailUnavailable(words, can_retry=False)
    if type(error) is aiosmtplib.SMTPException or isinstance(error, aiosmtplib.SMTPNotSupported):
        # The library's word for an extension that was asked for and is not offered.
        words = "The mail server does not offer what SMTP_TLS or SMTP_USER ask for."
        return MailUnavailable(words, can_retry=False)
    if isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600:
        return MailRefused(f"The mail server refused the message ({error.code}).")
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        words = f"The mail server cannot take messages at the moment ({error.code})."
        return MailUnavailable(words, can_retry=True)
    return MailUnavailable("The mail server did not answer.", can_retry=True)
