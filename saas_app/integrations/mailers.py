"""Which mailer the settings ask for, and the two that send nothing."""

from core.logs import log
from core.settings import Settings
from saas_app.integrations.resend_mail import ResendMailer
from saas_app.integrations.smtp_mail import SmtpMailer
from saas_app.services.ports import Mailer, MailRefused, Message


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer of this process; nothing connects yet."""
    match settings.mail_driver:
        case "resend":
            return ResendMailer(settings)
        case "smtp":
            return SmtpMailer(settings)
        case "outbox":
            return OutboxMailer(settings.web_url)
        case "off":
            return NoMailer()


class OutboxMailer:
    """The embedded default: the message stays in our own table, and /dev/outbox shows it."""

    name = "outbox"

    def __init__(self, web_url: str) -> None:
        self._web_url = web_url

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        """Say where the message can be read; its row keeps it."""
        del message
        log.info("mail.kept", at=f"{self._web_url}/dev/outbox?mail={idempotency_key}")
        return idempotency_key


class NoMailer:
    """Mail is switched off by name."""

    name = "off"

    async def send(self, message: Message, *, idempotency_key: str) -> str:
        """Refuse.

        Raises:
            MailRefused: always.
        """
        del message, idempotency_key
        raise MailRefused("Mail is switched off here (MAIL=off), so it was not sent.")
