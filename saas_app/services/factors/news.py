"""Writes down that a way into an account has changed, and tells its owner (ASVS 6.3.7)."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.models import User
from core.permissions import Origin
from core.sessions import Browser
from saas_app.services.letters import Letters, where_and_when

SECURITY_PAGE = "/account/security"


class Change(Enum):
    """What changed: as the record names it, and as the letter says it."""

    TOTP_ON = ("factor.totp_on", "An authenticator app was added.")
    TOTP_OFF = ("factor.totp_off", "The authenticator app was removed.")
    CODES_MADE = ("factor.backup_codes_made", "New backup codes were made.")
    CODE_USED = ("factor.backup_code_used", "A backup code was used to sign in.")
    PASSKEY_ADDED = ("factor.passkey_added", "A passkey was added.")
    PASSKEY_REMOVED = ("factor.passkey_removed", "A passkey was removed.")
    IDENTITY_ADDED = ("identity.connected", "A Google account was connected.")
    IDENTITY_REMOVED = ("identity.disconnected", "A Google account was disconnected.")
    RESET = ("factor.reset", "All second factors were removed by an administrator.")


async def note_change(
    session: AsyncSession,
    letters: Letters,
    user_id: UUID,
    change: Change,
    *,
    origin: Origin,
    now: datetime,
    **details: str,
) -> None:
    """Record a change and write the letter, in the transaction that makes it."""
    action, sentence = change.value
    record_own_act(session, user_id, action, now=now, origin=origin, **details)
    user = await session.get_one(User, user_id)
    where = where_and_when(Browser(origin.user_agent, origin.ip_address), now)
    link = letters.link(SECURITY_PAGE)
    await letters.send(
        session, "factor_changed", user, now=now, change=sentence, link=link, **where
    )
