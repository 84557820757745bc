"""Asking for mail: a row and its job, written with the change that sends it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.errors import Invalid
from core.logs import log
from core.models import Mail, User
from saas_app.services.jobs import enqueue
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.rendering import subject_of

LARGEST_VALUES_BYTES = 20_000
# One address and nothing that could end a header or name a second one.
ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]+@[^\s@<>(),;:\"\\\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one address.

    Attributes:
        template: Its name among the templates; `catalog` says which values each needs.
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


async def post(
    session: AsyncSession, sealer: Sealer, letter: Letter, *, now: datetime
) -> Mail | None:
    """Send a letter, if the caller's transaction commits; a job does it behind the caller.

    Returns:
        The row, or None when the person has muted mail of this kind.

    Raises:
        Invalid: an address is none, or the values are too long.
        LetterUnfit: the template does not exist or lacks a value; a bug of the caller.
    """
    subject = subject_of(letter.template, letter.values)
    require_one_address(letter.to)
    if letter.reply_to:
        require_one_address(letter.reply_to)
    if await _is_muted(session, letter):
        log.info("mail.muted", template=letter.template)
        return None
    mail = Mail(
        user_id=letter.user_id,
        template=letter.template,
        to_address=letter.to,
        reply_to=letter.reply_to,
        subject=subject,
        created_at=now,
    )
    values = orjson.dumps(letter.values)
    if len(values) > LARGEST_VALUES_BYTES:
        raise Invalid("That is too long for a message.", field="message")
    mail.sealed_values = sealer.seal(values, bound_to=mail.seal_binding)
    session.add(mail)
    await enqueue(session, "send_mail", {"mail_id": str(mail.id)}, now=now)
    return mail


def require_one_address(address: str) -> None:
    """Refuse what a mail program could read as more than one address, or as another header.

    Raises:
        Invalid: it is not one plain address.
    """
    if len(address) > 255 or not ADDRESS.fullmatch(address):
        raise Invalid("That is not an e-mail address.", field="email")


async def _is_muted(session: AsyncSession, letter: Letter) -> bool:
    muted_by = TEMPLATES[letter.template].muted_by
    if not muted_by or letter.user_id is None:
        return False
    user = await session.get(User, letter.user_id)
    return user is not None and muted_by in user.muted_mail
