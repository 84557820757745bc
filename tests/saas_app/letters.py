"""The letters that were asked for, opened as the mail job would open them."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import orjson
from sqlmodel import col, select

from core.models import Mail
from saas_app.resources import Resources


@dataclass(frozen=True, slots=True)
class Posted:
    """One letter."""

    template: str
    to: str
    values: dict[str, str]

    @property
    def token(self) -> str:
        """The token in its link."""
        return parse_qs(urlsplit(self.values["link"]).query)["token"][0]


async def letters(parts: Resources) -> list[Posted]:
    """All letters, oldest first."""
    async with parts.database.read() as session:
        rows = (await session.exec(select(Mail).order_by(col(Mail.created_at)))).all()
    return [
        Posted(
            row.template,
            row.to_address,
            orjson.loads(parts.sealer.open(row.sealed_values or b"", bound_to=row.seal_binding)),
        )
        for row in rows
    ]


async def newest(parts: Resources, template: str) -> Posted:
    """The newest letter of a template."""
    return [one for one in await letters(parts) if one.template == template][-1]
