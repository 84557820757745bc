"""An admin of the product, fresh, stale and in somebody else's name."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin
from core.models import AuditEntry, User
from core.permissions import Origin
from saas_app.services.letters import Letters
from tests.cast import Cast
from tests.people import FRESH, make_user


@pytest.fixture
async def root(session: AsyncSession) -> User:
    """The user who is an admin."""
    user = await make_user(session, "Root")
    user.is_admin = True
    await session.flush()
    return user


@pytest.fixture
def admin(root: User) -> Admin:
    """The admin, a moment after proving who they are."""
    return Admin(root.id, FRESH)


@pytest.fixture
def stale(admin: Admin) -> Admin:
    """The admin, long after."""
    return replace(admin, origin=replace(FRESH, is_fresh=False))


@pytest.fixture
def acting(admin: Admin, cast: Cast) -> Origin:
    """From where the admin acts in bob's name; not even a fresh flag helps there."""
    return replace(FRESH, impersonator_id=admin.user_id)


@pytest.fixture
def letters(sealer) -> Letters:
    """What writes letters."""
    return Letters(sealer, "https://web.example")


@pytest.fixture
def recorded(session: AsyncSession):
    """Returns a function that returns the entries of an act."""

    async def entries_of(action: str, subject: UUID | str = "") -> list[AuditEntry]:
        found = select(AuditEntry).where(AuditEntry.action == action)
        if subject:
            found = found.where(AuditEntry.subject == str(subject))
        return list((await session.exec(found)).all())

    return entries_of
