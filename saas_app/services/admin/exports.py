"""People and organizations as files: read batch by batch, each in a transaction of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from saas_app.services.admin.organizations import OrganizationLine, organizations_behind
from saas_app.services.admin.questions import OrganizationQuestion, UserQuestion
from saas_app.services.admin.record import record_admin_act
from saas_app.services.admin.users import UserLine, users_behind
from saas_app.services.limits import Limit
from saas_app.services.spreadsheets import Cell

BATCH = 500
EXPORTS = Limit("admin exports", 30, timedelta(hours=1))
USER_COLUMNS = (
    "id", "name", "e-mail", "verified", "role", "standing", "ban reason", "ban ends",
    "deletion", "onboarded", "organizations", "created", "last used",
)  # fmt: skip
ORGANIZATION_COLUMNS = (
    "id", "name", "address", "personal", "plan", "members", "open invitations", "servers",
    "deletion", "created",
)  # fmt: skip

Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Entering = Callable[[AsyncSession], Awaitable[Admin]]
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its name, its columns, and how the next rows are read."""

    name: str
    columns: Sequence[str]
    read: Callable[[AsyncSession, Admin, Any], Awaitable[tuple[Rows, Any]]]


def users_sheet(question: UserQuestion, *, now: datetime) -> Sheet:
    """Return the people that a question asks for, newest first."""

    async def read(session: AsyncSession, admin: Admin, last: Any) -> tuple[Rows, Any]:
        lines = await users_behind(session, admin, question, last, limit=BATCH, now=now)
        return [_user_cells(line) for line in lines], lines[-1].user if lines else None

    return Sheet("users", USER_COLUMNS, read)


def organizations_sheet(question: OrganizationQuestion, *, now: datetime) -> Sheet:
    """Return the organizations that a question asks for, newest first."""

    async def read(session: AsyncSession, admin: Admin, last: Any) -> tuple[Rows, Any]:
        lines = await organizations_behind(session, admin, question, last, limit=BATCH, now=now)
        rows = [_organization_cells(line) for line in lines]
        return rows, lines[-1].organization if lines else None

    return Sheet("organizations", ORGANIZATION_COLUMNS, read)


async def batches_of(sheet: Sheet, read: Reading, enter: Entering) -> AsyncIterator[Rows]:
    """Yield the rows of a sheet, some at a time.

    Args:
        sheet: what to read.
        read: opens a transaction.
        enter: returns the admin, asked again each time: who is none any more gets no more rows.
    """
    last: Any = None
    while True:
        async with read() as session:
            rows, last = await sheet.read(session, await enter(session), last)
        if rows:
            yield rows
        if len(rows) < BATCH:
            return


def record_export(
    session: AsyncSession, admin: Admin, sheet: Sheet, *, form: str, only: str, now: datetime
) -> None:
    """Write down that a file was taken, in which form and with which filters."""
    record_admin_act(
        session, admin, f"{sheet.name}_exported", subject=sheet.name, now=now, form=form, only=only
    )


def _user_cells(line: UserLine) -> Sequence[Cell]:
    user = line.user
    return (
        str(user.id),
        user.name,
        user.email,
        user.email_verified_at is not None,
        "admin" if user.is_admin else "person",
        line.standing.value,
        user.ban_reason,
        user.ban_ends_at,
        user.delete_at,
        user.onboarded_at is not None,
        line.organizations,
        user.created_at,
        line.last_used_at,
    )


def _organization_cells(line: OrganizationLine) -> Sequence[Cell]:
    organization = line.organization
    return (
        str(organization.id),
        organization.name,
        organization.slug,
        organization.is_personal,
        line.plan,
        line.sizes.members,
        line.sizes.invitations,
        line.sizes.servers,
        organization.delete_at,
        organization.created_at,
    )
