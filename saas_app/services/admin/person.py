"""One person, as an admin looks at them: their account, and never what they typed or keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin, Place, acts_around, names_seen, places_of
from core.errors import NotFound
from core.models import BackupCode, Passkey, TotpFactor, TrustedDevice, User, WebSession
from core.organization_access import hold_user
from saas_app.services.admin.questions import Standing
from saas_app.services.admin.users import standing_of
from saas_app.services.audit_log import Act, act_of, ids_in
from saas_app.services.identities import IdentitySummary, list_identities

SHOWN_ACTS = 20


@dataclass(frozen=True, slots=True)
class Factors:
    """How a person proves who they are."""

    has_password: bool
    has_app: bool
    passkeys: int
    backup_codes: int
    trusted_devices: int


@dataclass(frozen=True, slots=True)
class Person:
    """All that the page of a person shows."""

    user: User
    standing: Standing
    places: Sequence[Place]
    sessions: int
    factors: Factors
    identities: Sequence[IdentitySummary]
    acts: Sequence[Act]


async def look_at_person(
    session: AsyncSession, admin: Admin, user_id: UUID, *, now: datetime
) -> Person:
    """Return a person.

    Raises:
        NotFound: there is none.
    """
    user = await user_seen(session, admin, user_id)
    entries = await acts_around(session, admin, user_id, limit=SHOWN_ACTS)
    names: Mapping[UUID, str] = await names_seen(session, admin, ids_in(entries))
    return Person(
        user=user,
        standing=standing_of(user, now),
        places=await places_of(session, admin, user_id),
        sessions=await count_sessions(session, user_id, now=now),
        factors=await _factors(session, user),
        identities=await list_identities(session, user_id),
        acts=[act_of(entry, names) for entry in entries],
    )


async def user_seen(session: AsyncSession, admin: Admin, user_id: UUID) -> User:
    """Return a user as they are.

    Raises:
        NotFound: there is none.
    """
    del admin  # to hold one is the right
    user = await session.get(User, user_id)
    if user is None:
        raise NotFound("That person does not exist any more.")
    return user


async def user_to_change(session: AsyncSession, admin: Admin, user_id: UUID) -> User:
    """Return a user as they are now, and keep others from changing them meanwhile.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        NotFound: there is no such user.
    """
    admin.require_fresh()
    return await hold_user(session, user_id)


async def count_sessions(session: AsyncSession, user_id: UUID, *, now: datetime) -> int:
    """Return in how many browsers a user is signed in."""
    theirs = select(func.count(col(WebSession.id))).where(
        WebSession.user_id == user_id,
        col(WebSession.expires_at) > now,
        col(WebSession.ends_at) > now,
        col(WebSession.impersonator_id).is_(None),
    )
    return (await session.exec(theirs)).one()


async def _factors(session: AsyncSession, user: User) -> Factors:
    async def count(model: type, *conditions: object) -> int:
        theirs = select(func.count()).select_from(model).where(model.user_id == user.id)
        return (await session.exec(theirs.where(*conditions))).one()  # pyright: ignore[reportArgumentType]

    return Factors(
        has_password=user.password_hash is not None,
        has_app=await count(TotpFactor, col(TotpFactor.confirmed_at).is_not(None)) > 0,
        passkeys=await count(Passkey),
        backup_codes=await count(BackupCode, col(BackupCode.used_at).is_(None)),
        trusted_devices=await count(TrustedDevice),
    )
