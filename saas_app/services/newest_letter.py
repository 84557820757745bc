"""The newest letter to an address, for the development outbox beside the page that awaits it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.models import Mail
from saas_app.services.mail.outbox import values_of


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """What it is, and where its link leads."""

    template: str
    link: str


async def newest_letter(
    session: AsyncSession, sealer: Sealer, email: str, templates: Collection[str]
) -> FoundLetter | None:
    """Return the newest letter of these kinds to an address.

    The caller has made sure that the outbox takes the mail: what it returns signs somebody in.
    """
    theirs = (
        select(Mail)
        .where(Mail.to_address == email, col(Mail.template).in_(templates))
        .order_by(col(Mail.created_at).desc())
        .limit(1)
    )
    mail = (await session.exec(theirs)).first()
    if mail is None or mail.sealed_values is None:
        return None
    return FoundLetter(mail.template, values_of(mail, sealer)["link"])
