"""Organizations, as admins find them and look at one."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.admin_access import Admin
from core.errors import NotFound
from core.models import Call, CallerKind, CallStatus
from core.permissions import Role
from saas_app.services.admin.organizations import (
    DAYS,
    PLAN_NAMES,
    list_organizations,
    look_at_organization,
)
from saas_app.services.admin.questions import OrganizationQuestion
from tests.cast import NOW, make_server
from tests.people import add_person, lift_limit

DAY = timedelta(days=1)


async def names(session, admin: Admin, **asked: str) -> list[str]:
    question = OrganizationQuestion.parse(plans=PLAN_NAMES, **{"sort": "name", **asked})
    found = await list_organizations(session, admin, question, page=1, now=NOW)
    return [line.organization.name for line in found.organizations]


async def test_organizations_are_found_filtered_and_sorted(session, cast, admin):
    zoe = await add_person(session, cast.evil, "Zoe", Role.VIEWER)
    assert zoe is not None
    await lift_limit(session, cast.acme)
    cast.evil.delete_at = NOW + DAY
    session.add(cast.evil)
    await session.flush()
    assert await names(session, admin) == ["Acme", "Evil", "Zoe-Own"]
    assert await names(session, admin, q="OWN zoe") == ["Zoe-Own"]
    assert await names(session, admin, kind="personal") == ["Zoe-Own"]
    assert await names(session, admin, kind="shared") == ["Acme", "Evil"]
    assert await names(session, admin, plan="pro") == ["Acme"]
    assert await names(session, admin, standing="deletion") == ["Evil"]
    assert await names(session, admin, standing="active") == ["Acme", "Zoe-Own"]
    assert await names(session, admin, sort="-members") == ["Acme", "Evil", "Zoe-Own"]
    assert await names(session, admin, plan="x", kind="x", standing="x") == [
        "Acme", "Evil", "Zoe-Own",
    ]  # fmt: skip


async def test_an_organization_is_shown_with_people_servers_and_calls_of_each_day(
    session, cast, admin
):
    server = await make_server(session, cast.alice)
    foreign = await make_server(session, cast.mallory)
    for ago, status, kind, of in (
        (0, CallStatus.OK, CallerKind.KEY, server),
        (0, CallStatus.CRASHED, CallerKind.OAUTH, server),
        (2, CallStatus.OK, CallerKind.KEY, server),
        (2, CallStatus.OK, CallerKind.DRAFT, server),  # no client
        (2, CallStatus.OK, CallerKind.KEY, foreign),
        (DAYS, CallStatus.OK, CallerKind.KEY, server),  # too long ago
    ):
        session.add(
            Call(
                id=uuid4(),
                server_id=of.id,
                tool_name="t",
                caller_kind=kind,
                status=status,
                duration_ms=1,
                started_at=NOW - ago * DAY,
            )
        )
    await session.flush()
    found = await look_at_organization(session, admin, cast.acme.id, now=NOW)
    assert [(one.name, one.role) for one in found.people] == [
        ("Alice", "owner"), ("Bob", "member"), ("Vera", "viewer"),
    ]  # fmt: skip
    assert [one.name for one in found.servers] == ["Weather"]
    assert (found.plan, found.member_limit, found.sizes.members) == ("Free", 3, 3)
    assert len(found.days) == DAYS
    assert [(one.calls, one.errors) for one in found.days[-3:]] == [(1, 0), (0, 0), (2, 1)]
    assert found.days[-1].day == NOW.date()
    with pytest.raises(NotFound):
        await look_at_organization(session, admin, uuid4(), now=NOW)
