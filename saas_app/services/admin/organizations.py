"""All organizations, for admins: the list, and one of them with its people, servers and calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import (
    Admin,
    DayOfCalls,
    Person,
    Sizes,
    calls_per_day,
    members_count,
    people_of,
    servers_seen,
    sizes_of,
)
from core.errors import NotFound
from core.models import Organization, Server
from core.plans import PLANS, PlanName
from core.search import holds_words
from saas_app.services.admin.questions import PAGE, OrganizationQuestion
from saas_app.services.admin.users import behind, order_of

DAYS = 30
SHOWN_PEOPLE = 200
PLAN_NAMES = tuple(plan.value for plan in PlanName)


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """An organization in the list."""

    organization: Organization
    plan: str
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """One page of organizations, and how many there are in all that match."""

    organizations: Sequence[OrganizationLine]
    page: int
    total: int


@dataclass(frozen=True, slots=True)
class Whole:
    """All that the page of an organization shows; `member_limit` is None where there is none."""

    organization: Organization
    plan: str
    member_limit: int | None
    sizes: Sizes
    people: Sequence[Person]
    servers: Sequence[Server]
    days: Sequence[DayOfCalls]


async def list_organizations(
    session: AsyncSession,
    admin: Admin,
    question: OrganizationQuestion,
    *,
    page: int,
    now: datetime,
) -> OrganizationPage:
    """Return one page of the organizations that a question asks for."""
    conditions = conditions_of(question)
    counted = select(func.count(col(Organization.id))).where(*conditions)
    total = (await session.exec(counted)).one()
    page = max(1, min(page, -(-total // PAGE)))
    sorts: dict[str, Any] = {
        "name": func.lower(Organization.name),
        "members": members_count(),
        "created": Organization.created_at,
    }
    order = order_of(question.sort, sorts, col(Organization.id))
    wanted = select(Organization).where(*conditions).order_by(*order)
    found = (await session.exec(wanted.limit(PAGE).offset((page - 1) * PAGE))).all()
    return OrganizationPage(await _lines(session, admin, found, now), page, total)


async def organizations_behind(
    session: AsyncSession,
    admin: Admin,
    question: OrganizationQuestion,
    last: Organization | None,
    *,
    limit: int,
    now: datetime,
) -> Sequence[OrganizationLine]:
    """Return the next organizations of an export, newest first, from behind one of them on."""
    wanted = select(Organization).where(*conditions_of(question), *behind(Organization, last))
    newest = wanted.order_by(col(Organization.created_at).desc(), col(Organization.id).desc())
    found = (await session.exec(newest.limit(limit))).all()
    return await _lines(session, admin, found, now)


async def look_at_organization(
    session: AsyncSession, admin: Admin, organization_id: UUID, *, now: datetime
) -> Whole:
    """Return an organization.

    Raises:
        NotFound: there is none.
    """
    organization = await session.get(Organization, organization_id)
    if organization is None:
        raise NotFound("That organization does not exist any more.")
    plan = PLANS[organization.plan]
    sizes = await sizes_of(session, admin, [organization_id], now=now)
    first_day = now.date() - timedelta(days=DAYS - 1)
    since = datetime.combine(first_day, time(), UTC)
    return Whole(
        organization=organization,
        plan=plan.title,
        member_limit=plan.members,
        sizes=sizes[organization_id],
        people=await people_of(session, admin, organization_id, limit=SHOWN_PEOPLE),
        servers=await servers_seen(session, admin, organization_id),
        days=await calls_per_day(session, admin, organization_id, since=since, days=DAYS),
    )


def conditions_of(question: OrganizationQuestion) -> list[ColumnElement[bool]]:
    """Return a question as conditions."""
    conditions = holds_words(question.search, Organization.name, Organization.slug)
    if question.kind:
        conditions.append(col(Organization.is_personal).is_(question.kind == "personal"))
    if question.plan:
        conditions.append(col(Organization.plan) == PlanName(question.plan))
    if question.standing == "deletion":
        conditions.append(col(Organization.delete_at).is_not(None))
    if question.standing == "active":
        conditions.append(col(Organization.delete_at).is_(None))
    return conditions


async def _lines(
    session: AsyncSession, admin: Admin, found: Sequence[Organization], now: datetime
) -> list[OrganizationLine]:
    sizes = await sizes_of(session, admin, [one.id for one in found], now=now)
    return [
        OrganizationLine(one, PLANS[one.plan].title, sizes.get(one.id, Sizes())) for one in found
    ]
