"""Where a person is signed in: seen, and ended one by one or all at once (ASVS 7.5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit import record_own_act
from core.errors import NotFound
from core.models import WebSession
from core.permissions import Origin, require_in_person
from core.sessions import SignedIn, end_sessions_of
from saas_app.services.devices import device_of


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A signed-in browser, as its owner recognises it."""

    id: UUID
    device: str
    place: str
    since: datetime
    last_used_at: datetime
    is_current: bool
    is_impersonation: bool


async def list_sessions(
    session: AsyncSession, holder: SignedIn, *, now: datetime
) -> Sequence[SessionSummary]:
    """Return the sessions that still open something, this one first, then by last use."""
    mine = (
        select(WebSession)
        .where(
            WebSession.user_id == holder.user_id,
            col(WebSession.expires_at) > now,
            col(WebSession.ends_at) > now,
        )
        .order_by(col(WebSession.last_used_at).desc())
    )
    found = [
        SessionSummary(
            id=row.id,
            device=device_of(row.user_agent),
            place=row.ip_address,
            since=row.created_at,
            last_used_at=row.last_used_at,
            is_current=row.id == holder.session_id,
            is_impersonation=row.impersonator_id is not None,
        )
        for row in (await session.exec(mine)).all()
    ]
    return sorted(found, key=lambda one: not one.is_current)


async def end_one(
    session: AsyncSession, holder: SignedIn, session_id: UUID, *, origin: Origin, now: datetime
) -> None:
    """Sign another browser of the holder out; its open tabs close within seconds.

    Raises:
        Forbidden: an admin acts in the user's name.
        NotFound: the holder has no such other session.
    """
    require_in_person(holder)
    gone = delete(WebSession).where(
        col(WebSession.id) == session_id,
        col(WebSession.user_id) == holder.user_id,
        col(WebSession.id) != holder.session_id,
    )
    if (await session.exec(gone)).rowcount != 1:
        raise NotFound("That session has ended already.")
    record_own_act(
        session, holder.user_id, "session.ended", now=now, origin=origin, ended=str(session_id)
    )


async def end_others(
    session: AsyncSession, holder: SignedIn, *, origin: Origin, now: datetime
) -> int:
    """Sign the holder out everywhere else, and return in how many browsers (ASVS 7.4.3).

    Raises:
        Forbidden: an admin acts in the user's name.
    """
    require_in_person(holder)
    ended = await end_sessions_of(session, holder.user_id, but=holder.session_id)
    if ended:
        record_own_act(
            session, holder.user_id, "session.others_ended", now=now, origin=origin, count=ended
        )
    return ended
