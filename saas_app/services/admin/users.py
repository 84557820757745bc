"""All people, for admins: found, filtered, sorted and counted by the database, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, not_
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin, count_places
from core.models import User, WebSession
from core.search import holds_words
from saas_app.services.admin.questions import NEWEST, PAGE, Standing, UserQuestion

SORTS: dict[str, Any] = {
    "name": func.lower(User.name),
    "email": User.email_normalized,
    "created": User.created_at,
}


@dataclass(frozen=True, slots=True)
class UserLine:
    """A person in the list."""

    user: User
    standing: Standing
    organizations: int
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of people, and how many there are in all that match."""

    users: Sequence[UserLine]
    page: int
    total: int


async def list_users(
    session: AsyncSession, admin: Admin, question: UserQuestion, *, page: int, now: datetime
) -> UserPage:
    """Return one page of the people that a question asks for."""
    conditions = conditions_of(question, now)
    total = (await session.exec(select(func.count(col(User.id))).where(*conditions))).one()
    page = max(1, min(page, -(-total // PAGE)))
    wanted = select(User).where(*conditions).order_by(*order_of(question.sort, SORTS, col(User.id)))
    users = (await session.exec(wanted.limit(PAGE).offset((page - 1) * PAGE))).all()
    return UserPage(await _lines(session, admin, users, now), page, total)


async def users_behind(
    session: AsyncSession,
    admin: Admin,
    question: UserQuestion,
    last: User | None,
    *,
    limit: int,
    now: datetime,
) -> Sequence[UserLine]:
    """Return the next people of an export, newest first, from behind one of them on."""
    wanted = select(User).where(*conditions_of(question, now), *behind(User, last))
    newest = wanted.order_by(col(User.created_at).desc(), col(User.id).desc())
    return await _lines(session, admin, (await session.exec(newest.limit(limit))).all(), now)


def standing_of(user: User, now: datetime) -> Standing:
    """Return what is most worth knowing of how a person stands."""
    if user.is_banned(now):
        return Standing.BANNED
    if user.delete_at is not None:
        return Standing.DELETION
    return Standing.ACTIVE if user.email_verified_at is not None else Standing.UNVERIFIED


def conditions_of(question: UserQuestion, now: datetime) -> list[ColumnElement[bool]]:
    """Return a question as conditions."""
    conditions = holds_words(question.search, User.name, User.email)
    if question.role:
        conditions.append(col(User.is_admin).is_(question.role == "admin"))
    is_banned = and_(
        col(User.banned_at).is_not(None),
        or_(col(User.ban_ends_at).is_(None), col(User.ban_ends_at) > now),
    )
    is_unverified = col(User.email_verified_at).is_(None)
    is_going = col(User.delete_at).is_not(None)
    of_standing: dict[str, Any] = {
        Standing.BANNED: is_banned,
        Standing.UNVERIFIED: is_unverified,
        Standing.DELETION: is_going,
        Standing.ACTIVE: and_(not_(func.coalesce(is_banned, False)), ~is_unverified, ~is_going),
    }
    if question.standing:
        conditions.append(of_standing[question.standing])
    return conditions


def order_of(sort: str, known: dict[str, Any], last: Any) -> list[Any]:
    """Return how to sort; `last` decides between equals, so that no page repeats a row."""
    column = known[(sort or NEWEST).removeprefix("-")]
    is_descending = (sort or NEWEST).startswith("-")
    return [column.desc(), last.desc()] if is_descending else [column.asc(), last.asc()]


def behind(model: Any, last: Any | None) -> list[Any]:
    """Return the condition that leads on behind a row, newest first."""
    if last is None:
        return []
    is_same_moment = model.created_at == last.created_at
    return [or_(model.created_at < last.created_at, and_(is_same_moment, model.id < last.id))]


async def _lines(
    session: AsyncSession, admin: Admin, users: Sequence[User], now: datetime
) -> list[UserLine]:
    ids = [user.id for user in users]
    places = await count_places(session, admin, ids)
    used = await _last_uses(session, ids)
    return [
        UserLine(user, standing_of(user, now), places.get(user.id, 0), used.get(user.id))
        for user in users
    ]


async def _last_uses(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when each of these people last used the product themselves."""
    own = (
        select(WebSession.user_id, func.max(WebSession.last_used_at))
        .where(col(WebSession.user_id).in_(ids), col(WebSession.impersonator_id).is_(None))
        .group_by(col(WebSession.user_id))
    )
    return {row[0]: row[1] for row in (await session.exec(own)).all()}
