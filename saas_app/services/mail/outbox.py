"""Messages that were asked for, as the outbox shows them; development only, see `api/outbox.py`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import CannotOpen, Sealer
from core.errors import Conflict, NotFound
from core.models import Mail
from saas_app.services.mail.posting import Letter, post
from saas_app.services.mail.rendering import Rendered, render

OUTBOX = "outbox"
PAGE_ROWS = 12


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Some messages, newest first."""

    mails: Sequence[Mail]
    page: int
    has_more: bool


async def list_outbox(session: AsyncSession, *, to: str | None, page: int) -> OutboxPage:
    """Return a page of messages.

    Args:
        session: a read transaction.
        to: only those to this address; None for all.
        page: counted from 1.
    """
    page = max(1, page)
    wanted = select(Mail).order_by(col(Mail.created_at).desc(), col(Mail.id))
    if to is not None:
        wanted = wanted.where(col(Mail.to_address).ilike(_literally(to), escape="\\"))
    start = (page - 1) * PAGE_ROWS
    found = (await session.exec(wanted.offset(start).limit(PAGE_ROWS + 1))).all()
    return OutboxPage(found[:PAGE_ROWS], page, has_more=len(found) > PAGE_ROWS)


async def mail_of(session: AsyncSession, mail_id: UUID, *, to: str | None) -> Mail:
    """Return one message.

    Raises:
        NotFound: there is none, or it goes to another address.
    """
    mail = await session.get(Mail, mail_id)
    if mail is None or (to is not None and mail.to_address.lower() != to.lower()):
        raise NotFound("That message is not here any more.")
    return mail


async def newest_for(
    session: AsyncSession, address: str, templates: Collection[str]
) -> Mail | None:
    """Return the newest message of these kinds to an address, while its content is there.

    The caller has made sure that the outbox takes the mail: the links in it sign somebody in.
    """
    kept = (
        select(Mail)
        .where(col(Mail.template).in_(templates), col(Mail.sealed_values).is_not(None))
        .where(col(Mail.to_address).ilike(_literally(address), escape="\\"))
        .order_by(col(Mail.created_at).desc(), col(Mail.id))
    )
    return (await session.exec(kept.limit(1))).first()


def values_of(mail: Mail, sealer: Sealer) -> dict[str, str]:
    """Return what a message is filled with.

    Raises:
        Conflict: it was dropped, or cannot be opened with the key of today.
    """
    if mail.sealed_values is None:
        raise Conflict("Its content was dropped once it was sent.")
    try:
        return orjson.loads(sealer.open(mail.sealed_values, bound_to=mail.seal_binding))
    except CannotOpen:
        raise Conflict("Its content was sealed under another MASTER_KEY.") from None


def open_mail(mail: Mail, sealer: Sealer, *, web_url: str) -> Rendered:
    """Write a kept message.

    Raises:
        Conflict: its content is not there any more.
    """
    return render(mail.template, values_of(mail, sealer), web_url=web_url)


async def send_again(
    session: AsyncSession, sealer: Sealer, mail_id: UUID, *, to: str | None, now: datetime
) -> Mail:
    """Post a copy of a message, which is a message of its own.

    Raises:
        NotFound: there is none for this reader.
        Conflict: its content is not there any more, or its receiver has muted such mail.
    """
    mail = await mail_of(session, mail_id, to=to)
    values = values_of(mail, sealer)
    letter = Letter(mail.template, mail.to_address, values, mail.user_id, mail.reply_to)
    copy = await post(session, sealer, letter, now=now)
    if copy is None:
        raise Conflict("Its receiver has muted mail of this kind.")
    return copy


def _literally(address: str) -> str:
    """Escape what LIKE takes for a wildcard; ILIKE alone compares without regard to case."""
    return address.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
