"""Bans: who, why, until when; they act within seconds on whatever the person has open."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.errors import Conflict, Invalid
from core.generation import announce_changes
from core.logs import log
from core.models import User
from core.organization_access import hold_servers_connected_by
from core.sessions import mark_access_changed, shut_sessions_of
from saas_app.services.admin.person import user_to_change
from saas_app.services.admin.record import record_admin_act

LONGEST_REASON = 1000
LONGEST_BAN = timedelta(days=3660)
DAY = timedelta(days=1)


class NotOnAdmins(Conflict):
    """What was asked for is never done to an admin."""

    code = "not_on_admins"


@dataclass(frozen=True, slots=True)
class Ban:
    """What a ban says: its reason, as the person reads it, and its end, if it has one."""

    reason: str
    ends_at: datetime | None

    @classmethod
    def parse(cls, reason: str, last_day: str, *, now: datetime) -> "Ban":
        """Read a form; `last_day` is an ISO date, the last one of the ban (UTC), or empty.

        Raises:
            Invalid: there is no reason, or the day is none, past, or too far away.
        """
        reason = "\n".join(" ".join(line.split()) for line in reason.strip().splitlines())
        if not reason:
            raise Invalid("Say why. The person reads it when they try to sign in.", field="reason")
        if len(reason) > LONGEST_REASON:
            raise Invalid(f"A reason has at most {LONGEST_REASON:,} characters.", field="reason")
        return cls(reason, _end_of(last_day, now))

    @property
    def last_day(self) -> str:
        """The last day as `parse` reads it, so that a ban that is changed keeps its end."""
        return "" if self.ends_at is None else (self.ends_at - DAY).date().isoformat()


async def ban_user(
    session: AsyncSession, admin: Admin, user_id: UUID, ban: Ban, *, now: datetime
) -> User:
    """Ban a user, or change the ban they have: they and their MCP clients are out everywhere.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        NotOnAdmins: they are an admin: take that from them first. That is also why nobody bans
            themselves.
    """
    user = await user_to_change(session, admin, user_id)
    if user.id == admin.user_id:
        raise NotOnAdmins("You cannot ban yourself.")
    if user.is_admin:
        raise NotOnAdmins("Admins cannot be banned. Take the admin's rights from them first.")
    user.banned_at = user.banned_at if user.is_banned(now) else now
    user.ban_reason, user.ban_ends_at = ban.reason, ban.ends_at
    session.add(user)
    ended = await shut_sessions_of(session, user.id, now=now)
    await mark_access_changed(session, user.id)
    await announce_changes(session, await hold_servers_connected_by(session, user.id))
    record_admin_act(
        session, admin, "user_banned", subject=user.id, now=now, reason=ban.reason,
        until=ban.ends_at.isoformat() if ban.ends_at else "for good", sessions_ended=ended,
    )  # fmt: skip
    log.info("admin.user_banned", user_id=str(user.id))
    return user


async def unban_user(session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime) -> User:
    """Let a user in again; they sign in anew.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Conflict: they are not banned.
    """
    user = await user_to_change(session, admin, user_id)
    if not user.is_banned(now):
        raise Conflict("They are not banned.")
    before = user.ban_reason
    user.banned_at, user.ban_reason, user.ban_ends_at = None, "", None
    session.add(user)
    await mark_access_changed(session, user.id)
    record_admin_act(session, admin, "user_unbanned", subject=user.id, now=now, before=before)
    log.info("admin.user_unbanned", user_id=str(user.id))
    return user


def _end_of(last_day: str, now: datetime) -> datetime | None:
    if not last_day.strip():
        return None
    try:
        day = date.fromisoformat(last_day.strip())
    except ValueError:
        raise Invalid("That is no day. Write it as 2027-01-31.", field="last_day") from None
    if day < now.date():
        raise Invalid("That day is over. Choose today or a later one.", field="last_day")
    if day > (now + LONGEST_BAN).date():
        raise Invalid("That is more than ten years away. Leave it empty instead.", field="last_day")
    return datetime.combine(day + DAY, time(), UTC)
