"""Proving again who one is, before something sensitive (ASVS 7.5.1)."""

from datetime import datetime

from core.audit import record_own_act
from core.database import Database
from core.permissions import Origin, require_in_person
from core.sessions import SignedIn, rotate_session


async def refresh_session(
    database: Database, holder: SignedIn, *, way: str, origin: Origin, now: datetime
) -> str:
    """Make the session fresh and return its new token; the old one opens nothing (ASVS 7.2.4).

    Raises:
        Forbidden: an admin acts in the user's name.
    """
    require_in_person(holder)
    async with database.write() as session:
        record_own_act(session, holder.user_id, "session.confirmed", now=now, origin=origin, by=way)
        return await rotate_session(session, holder.session_id, now=now)
