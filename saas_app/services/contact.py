"""Messages of the contact page, from anybody to whoever runs this copy of the product."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.errors import Invalid
from core.logs import log
from saas_app.services.accounts import parse_email
from saas_app.services.mail import Letter, post
from saas_app.services.profile import tidy_name

SHORTEST_MESSAGE = 10
LONGEST_MESSAGE = 4_000


@dataclass(frozen=True, slots=True)
class ContactForm:
    """Who writes, where the answer goes, and what they write."""

    name: str
    email: str
    message: str

    @classmethod
    def parse(cls, name: str, email: str, message: str) -> "ContactForm":
        """Read a form.

        Raises:
            Invalid: on the first field that cannot be accepted.
        """
        message = message.replace("\r\n", "\n").strip()
        form = cls(tidy_name(name), parse_email(email), message)
        if len(message) < SHORTEST_MESSAGE:
            raise Invalid("Write a sentence at least.", field="message")
        if len(message) > LONGEST_MESSAGE:
            raise Invalid(
                f"A message has at most {LONGEST_MESSAGE:,} characters; this one has"
                f" {len(message):,}.",
                field="message",
            )
        return form


async def send_message(
    session: AsyncSession, sealer: Sealer, form: ContactForm, *, to: str, now: datetime
) -> None:
    """Post a message to the address for support; an answer to it goes to the writer.

    It is tied to no account, even of somebody who is signed in: anybody may type any address.
    """
    values = {"name": form.name, "email": form.email, "message": form.message}
    await post(session, sealer, Letter("contact", to, values, reply_to=form.email), now=now)
    log.info("contact.sent")
