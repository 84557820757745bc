"""What was posted: the letters that wait to be sent, opened."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.models import Mail


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter as it was asked for."""

    template: str
    to: str
    values: dict[str, str]

    @property
    def token(self) -> str:
        """The token in the letter's link."""
        return parse_qs(urlsplit(self.values["link"]).query)["token"][0]


async def posted(session: AsyncSession, sealer: Sealer) -> list[Posted]:
    """Return the letters, by when they were asked for and to whom."""
    rows = await session.exec(select(Mail).order_by(col(Mail.created_at), col(Mail.to_address)))
    return [
        Posted(
            row.template,
            row.to_address,
            orjson.loads(sealer.open(row.sealed_values or b"", bound_to=row.seal_binding)),
        )
        for row in rows.all()
    ]
