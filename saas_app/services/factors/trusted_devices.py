"""Browsers that need not show the second factor for 30 days; each can be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.errors import NotFound
from core.models import TrustedDevice
from core.permissions import Origin, require_in_person
from core.sessions import Browser
from core.tokens import digest_of, new_token
from saas_app.services.devices import device_of

DEVICE_PREFIX = "tkd_"
TRUSTED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A trusted browser, as its owner recognises it."""

    id: UUID
    device: str
    since: datetime
    last_used_at: datetime
    expires_at: datetime
    is_this_one: bool


def trust_device(session: AsyncSession, user_id: UUID, *, browser: Browser, now: datetime) -> str:
    """Trust the browser that has just shown the second factor; return the cookie's token."""
    token = new_token(DEVICE_PREFIX)
    session.add(
        TrustedDevice(
            user_id=user_id,
            token_digest=digest_of(token),
            user_agent=browser.user_agent[:255],
            expires_at=now + TRUSTED_FOR,
            last_used_at=now,
            created_at=now,
        )
    )
    record_own_act(session, user_id, "factor.device_trusted", now=now, origin=browser.origin)
    return token


async def list_devices(
    session: AsyncSession, user_id: UUID, *, token: str | None, now: datetime
) -> Sequence[DeviceSummary]:
    """Return the user's trusted browsers, newest first; `token` is this browser's cookie."""
    mine = (
        select(TrustedDevice)
        .where(TrustedDevice.user_id == user_id, col(TrustedDevice.expires_at) > now)
        .order_by(col(TrustedDevice.created_at).desc())
    )
    here = digest_of(token) if token is not None else ""
    return [
        DeviceSummary(
            id=row.id,
            device=device_of(row.user_agent),
            since=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            is_this_one=row.token_digest == here,
        )
        for row in (await session.exec(mine)).all()
    ]


async def forget_device(
    session: AsyncSession, user_id: UUID, device_id: UUID, *, origin: Origin, now: datetime
) -> None:
    """Ask the device for the second factor again.

    Raises:
        NotFound: the user trusts no such device.
        Forbidden: an admin acts in the user's name.
    """
    require_in_person(origin)
    gone = delete(TrustedDevice).where(
        col(TrustedDevice.id) == device_id, col(TrustedDevice.user_id) == user_id
    )
    if (await session.exec(gone)).rowcount != 1:
        raise NotFound("That device is not trusted any more.")
    record_own_act(session, user_id, "factor.device_forgotten", now=now, origin=origin)
