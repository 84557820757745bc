"""The letters about accounts: what each template is filled with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlmodel.ext.asyncio.session import AsyncSession

from core.crypto import Sealer
from core.models import Mail, User
from core.sessions import Browser
from saas_app.services.devices import device_of
from saas_app.services.mail import Letter, post


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes letters whose links lead to this copy of the product."""

    sealer: Sealer
    web_url: str

    async def send(
        self,
        session: AsyncSession,
        template: str,
        user: User,
        *,
        now: datetime,
        to: str = "",
        **values: str,
    ) -> Mail | None:
        """Post a letter to a user's address, or to another one of theirs, in the transaction."""
        letter = Letter(template, to or user.email, {"name": user.name, **values}, user.id)
        return await post(session, self.sealer, letter, now=now)

    def link(self, page: str, token: str = "") -> str:
        """Return the address of one of our pages, with the token that it takes."""
        return f"{self.web_url}{page}" + (f"?token={quote(token, safe='')}" if token else "")


def as_moment(moment: datetime) -> str:
    """Return a moment as letters say it."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def as_day(moment: datetime) -> str:
    """Return a day as letters say it."""
    return f"{moment.day} {moment:%B %Y}"


def as_span(span: timedelta) -> str:
    """Return how long something lasts, as letters say it."""
    hours = int(span.total_seconds()) // 3600
    amount, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"


def where_and_when(browser: Browser, now: datetime) -> dict[str, str]:
    """Return what tells a person whether an act was theirs."""
    return {
        "device": device_of(browser.user_agent),
        "place": browser.ip_address or "an unknown address",
        "when": as_moment(now),
    }
