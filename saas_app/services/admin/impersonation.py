"""Acting in somebody's name: for an hour, in a session that says so, on the record.

What is forbidden meanwhile is refused where it happens: whatever needs a fresh proof of identity
(`core.permissions.require_fresh`), and what calls `require_in_person`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Conflict, NotFound
from core.logs import log
from core.models import AuditEntry, WebSession
from core.permissions import Origin
from core.sessions import IMPERSONATION_LIFETIME, Browser, SignedIn, holder_of, start_session
from saas_app.services.admin.bans import NotOnAdmins
from saas_app.services.admin.person import user_to_change

# What the pages tell before it begins; the services above enforce it.
FORBIDDEN = (
    "Change their e-mail, password, second factors or connected accounts",
    "Make, rotate or see keys, and export their data",
    "Delete or transfer anything, and leave organizations",
    "Invite people, join organizations, and change who owns them",
    "Let MCP clients in",
    "Open the admin area, or act in somebody else's name",
)


@dataclass(frozen=True, slots=True)
class Impersonation:
    """A session in somebody's name: its token, and whose name it is."""

    token: str
    user_id: UUID


async def start_impersonation(
    session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime
) -> Impersonation:
    """Open a session in a user's name, which ends after an hour however it is used.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        NotOnAdmins: they are an admin, so more could be done in their name than in one's own.
        Conflict: they are banned, and hold no sessions.
    """
    user = await user_to_change(session, admin, user_id)
    if user.is_admin:
        raise NotOnAdmins("Nobody acts in an admin's name.")
    if user.is_banned(now):
        raise Conflict("They are banned: nobody can act in their name.")
    origin = admin.origin
    browser = Browser(origin.user_agent, origin.ip_address)
    token = await start_session(
        session, user.id, now=now, browser=browser, impersonator_id=admin.user_id
    )
    until = (now + IMPERSONATION_LIFETIME).isoformat()
    _record(session, "started", admin.user_id, user.id, origin, now=now, until=until)
    log.info("admin.impersonation_started", user_id=str(user.id))
    return Impersonation(token, user.id)


async def end_impersonation(
    session: AsyncSession, holder: SignedIn, own_token: str, *, origin: Origin, now: datetime
) -> str | None:
    """End a session in somebody's name; return the admin's own token, if it is still good.

    Args:
        session: a write transaction.
        holder: of the session in somebody's name.
        own_token: of the session that the admin had before.
        origin: from where.
        now: the moment.

    Raises:
        NotFound: the session is nobody else's.
    """
    if holder.impersonator_id is None:
        raise NotFound("You act in your own name.")
    await session.exec(delete(WebSession).where(col(WebSession.id) == holder.session_id))
    _record(session, "ended", holder.impersonator_id, holder.user_id, origin, now=now)
    log.info("admin.impersonation_ended", user_id=str(holder.user_id))
    own = await own_session(session, own_token, now=now)
    return own_token if own is not None and own.user_id == holder.impersonator_id else None


async def own_session(session: AsyncSession, own_token: str, *, now: datetime) -> SignedIn | None:
    """Return the admin's own session that waits while they act in somebody's name."""
    own = await holder_of(session, own_token or None, now=now)
    return own if own is not None and own.is_admin else None


def _record(
    session: AsyncSession,
    what: str,
    admin_id: UUID,
    user_id: UUID,
    origin: Origin,
    *,
    now: datetime,
    **details: str,
) -> None:
    session.add(
        AuditEntry(
            user_id=admin_id,
            acting_as_id=user_id,
            action=f"admin.impersonation_{what}",
            subject=str(user_id),
            details=details,
            ip_address=origin.ip_address[:45],
            user_agent=origin.user_agent[:255],
            created_at=now,
        )
    )
