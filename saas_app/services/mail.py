"""Asking for mail: a row and its job, written with the change that sends it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.models import Mail
from saas_app.services.jobs import enqueue


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one address.

    Attributes:
        template: Its name among the templates.
        to: The address.
        values: What the template is filled with; kept sealed, since links in it sign people in.
        user_id: Whose account it is about, when it is about one.
        reply_to: Where an answer goes, when that is not the sender.
    """

    template: str
    to: str
    values: dict[str, str] = field(default_factory=dict)
    user_id: UUID | None = None
    reply_to: str = ""


async def post(session: AsyncSession, sealer: Sealer, letter: Letter, *, now: datetime) -> Mail:
    """Send a letter, if the caller's transaction commits; a job does it behind the caller."""
    mail = Mail(
        user_id=letter.user_id,
        template=letter.template,
        to_address=letter.to,
        reply_to=letter.reply_to,
        created_at=now,
    )
    mail.sealed_values = sealer.seal(orjson.dumps(letter.values), bound_to=mail.seal_binding)
    session.add(mail)
    await enqueue(session, "send_mail", {"mail_id": str(mail.id)}, now=now)
    return mail
