"""Hands a message to whoever takes mail, and writes down what became of it.

The job of a message tries three times within seconds. While the provider is away the message waits,
and rounds of three more tries follow, all within the 24 hours for which a provider knows the
message's key: so an outage of hours loses nothing and sends nothing twice.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from jinja2 import TemplateError
from sqlalchemy import and_, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.database import Database
from core.errors import Conflict
from core.logs import log
from core.models import Mail, MailStatus
from saas_app.services.mail.cleaning import LetterUnfit
from saas_app.services.mail.outbox import OUTBOX, open_mail
from saas_app.services.ports import Mailer, MailRefused, MailUnavailable, Message

TRIES = 3
LONGEST_WAIT_SECONDS = 60.0
ROUNDS_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=16),
)
MOST_TRIES = TRIES * (1 + len(ROUNDS_AFTER))
GIVEN_UP_AFTER = timedelta(hours=24)
AT_ONCE = 200


class Fate(StrEnum):
    """What became of a try."""

    SENT = "sent"
    LATER = "later"
    FAILED = "failed"
    NONE = "none"  # there was nothing to send any more


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a try, as it is kept with the workflow."""

    fate: Fate
    provider_id: str = ""
    problem: str = ""
    wait_seconds: float = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as a workflow can keep it."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Outcome":
        """Return what was kept."""
        return cls(**{**kept, "fate": Fate(kept["fate"])})


async def try_to_send(
    database: Database, sealer: Sealer, mailer: Mailer, mail_id: UUID, *, number: int, web_url: str
) -> Outcome:
    """Hand a message over, once.

    Args:
        database: where the message is; no transaction is held while it is handed over.
        sealer: opens what it is filled with.
        mailer: takes it.
        mail_id: the message, and its idempotency key.
        number: which try of this round it is, from 1; how long to wait after it grows with it.
        web_url: where the product is, for links of its own.
    """
    async with database.read() as session:
        mail = await session.get(Mail, mail_id)
    if mail is None or mail.status is not MailStatus.WAITING:
        return Outcome(Fate.NONE)
    try:
        written = open_mail(mail, sealer, web_url=web_url)
    except Conflict as refusal:
        return Outcome(Fate.FAILED, problem=refusal.message)
    except (LetterUnfit, TemplateError):
        log.exception("mail.unfit", template=mail.template)
        return Outcome(Fate.FAILED, problem="It could not be written. The log says why.")
    message = Message(
        mail.to_address, written.subject, written.html, written.text, reply_to=mail.reply_to
    )
    try:
        provider_id = await mailer.send(message, idempotency_key=str(mail_id))
    except MailRefused as refusal:
        return Outcome(Fate.FAILED, problem=refusal.message)
    except MailUnavailable as refusal:
        fate = Fate.LATER if refusal.can_retry else Fate.FAILED
        wait = wait_after(number, asked=refusal.wait_seconds)
        return Outcome(fate, problem=refusal.message, wait_seconds=wait)
    return Outcome(Fate.SENT, provider_id=provider_id)


def wait_after(number: int, *, asked: float = 0) -> float:
    """Return how many seconds to wait after a failed try: 1, 4, 16, a quarter more or less.

    A provider that asks for a longer wait gets it, up to a minute.
    """
    own = 4.0 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, hides nothing
    return min(max(own, asked), LONGEST_WAIT_SECONDS)


async def note_outcome(
    session: AsyncSession,
    mail_id: UUID,
    outcome: Outcome,
    *,
    attempts: int,
    provider: str,
    now: datetime,
) -> None:
    """Write down how a try ended; a second time changes nothing.

    What filled the message is dropped once a provider has it. The outbox is no provider: it keeps
    the message itself.
    """
    if outcome.fate is Fate.NONE:
        return
    values: dict[str, Any] = {
        "attempts": attempts,
        "provider": provider,
        "problem": outcome.problem[:500],
    }
    if outcome.fate is Fate.SENT:
        values |= {"status": MailStatus.SENT, "sent_at": now}
        values["provider_id"] = outcome.provider_id[:120]
        if provider != OUTBOX:
            values["sealed_values"] = None
    elif outcome.fate is Fate.FAILED or attempts >= MOST_TRIES:
        values["status"] = MailStatus.FAILED
    still_waits = (col(Mail.id) == mail_id, col(Mail.status) == MailStatus.WAITING)
    await session.exec(update(Mail).where(*still_waits).values(**values))
    log.info("mail.tried", mail_id=str(mail_id), fate=outcome.fate.value, attempts=attempts)


async def parked_mail(session: AsyncSession, *, now: datetime) -> Sequence[tuple[UUID, int]]:
    """Return the messages whose next round is due, and how often each was tried."""
    due = [
        and_(col(Mail.attempts) == TRIES * number, col(Mail.created_at) <= now - after)
        for number, after in enumerate(ROUNDS_AFTER, start=1)
    ]
    waiting = (
        select(Mail.id, Mail.attempts)
        .where(Mail.status == MailStatus.WAITING, or_(*due))
        .order_by(col(Mail.created_at))
    )
    return [(row[0], row[1]) for row in (await session.exec(waiting.limit(AT_ONCE))).all()]


async def give_up_old_mail(session: AsyncSession, *, now: datetime) -> None:
    """Mark what has waited for a day: its key may be forgotten, and its links are stale."""
    too_old = (
        update(Mail)
        .where(col(Mail.status) == MailStatus.WAITING)
        .where(col(Mail.created_at) < now - GIVEN_UP_AFTER)
        .values(status=MailStatus.FAILED, problem="It could not be sent within a day.")
    )
    await session.exec(too_old)
