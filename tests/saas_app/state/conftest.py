"""Pages of people who have just signed in, and what they are told there."""

import pytest
from sqlmodel import select

from core.models import Organization, WebSession
from core.permissions import Role
from core.plans import PlanName
from saas_app.state.base import AppState
from tests.people import add_person


@pytest.fixture
def open_page(tabs, session_of):
    """Opens a page for somebody, who has just signed in."""

    async def opened(actor, path, *on_load):
        tab = tabs(f"{actor.user_id}{path}")
        tab.carry(await session_of(actor))
        await tab.open(path, *on_load)
        return tab

    return opened


@pytest.fixture
async def with_room(database, committed_cast):
    """Acme on the plan without a limit, and an owner and an admin more who have other homes."""
    async with database.write() as session:
        acme = await session.get_one(Organization, committed_cast.acme.id)
        acme.plan = PlanName.PRO
        olga = await add_person(session, acme, "Olga", Role.OWNER)
        adam = await add_person(session, acme, "Adam", Role.ADMIN)
    return olga, adam


async def notices(tab):
    return [notice["text"] for notice in (await tab.state(AppState)).notices]


async def make_stale(database):
    async with database.write() as session:
        for row in (await session.exec(select(WebSession))).all():
            row.authenticated_at = row.authenticated_at.replace(year=2020)
