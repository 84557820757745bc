"""The end of an account: what goes with it, what stands in its way, and the way back."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import Conflict, Forbidden, Invalid, NotFresh
from core.models import (
    AuditEntry,
    FilePurpose,
    Invitation,
    Membership,
    Organization,
    Server,
    StoredFile,
    User,
    WebSession,
)
from core.permissions import Origin, Role
from core.sessions import start_session
from saas_app.services.account_deletion import (
    AdminsStay,
    OwnerOfOthers,
    cancel_account_deletion,
    delete_next_account,
    plan_deletion,
    schedule_account_deletion,
)
from saas_app.services.invitations import invite_by_link
from saas_app.services.letters import Letters
from saas_app.services.members import change_role
from saas_app.services.organization_deletion import (
    GRACE,
    delete_next_organization,
)
from tests.cast import NOW, make_server
from tests.letters import posted
from tests.people import FRESH, add_person, fresh, join, lift_limit, make_organization, user_of

HOUR = timedelta(hours=1)


@pytest.fixture
def letters(sealer):
    return Letters(sealer, "https://toolkiln.test")


@pytest.fixture
async def bobs(session, cast):
    """Bob's own organization, with a server."""
    organization = await make_organization(
        session, await user_of(session, cast.bob), slug="bobs", is_personal=True
    )
    session.add(
        Server(organization_id=organization.id, name="Alone", created_at=NOW, updated_at=NOW)
    )
    await session.flush()
    return organization


async def schedule(session, actor, letters, *, typed="", origin=FRESH, now=NOW):
    email = typed or (await user_of(session, actor)).email
    return await schedule_account_deletion(
        session, actor.user_id, typed_email=email, origin=origin, letters=letters, now=now
    )


async def test_the_plan_names_what_goes_what_stays_and_what_stands_in_the_way(session, cast, bobs):
    plan = await plan_deletion(session, cast.bob.user_id, now=NOW)
    assert [(one.name, one.servers) for one in plan.going] == [("Bobs", 1)]
    assert [one.name for one in plan.staying] == ["Acme"]
    assert (list(plan.blocking), plan.delete_at) == ([], None)
    plan = await plan_deletion(session, cast.alice.user_id, now=NOW)
    assert [(one.name, one.members) for one in plan.blocking] == [("Acme", 3)]


async def test_what_is_only_theirs_stops_at_once_and_ends_with_the_account(
    session, cast, bobs, letters, sealer
):
    end = await schedule(session, cast.bob, letters)
    assert end == NOW + GRACE
    await session.refresh(bobs)
    await session.refresh(cast.acme)
    assert (bobs.delete_at, cast.acme.delete_at) == (end, None)
    assert (await user_of(session, cast.bob)).delete_at == end
    (letter,) = await posted(session, sealer)
    assert (letter.template, letter.to) == ("deletion_scheduled", "bob@example.com")
    assert letter.values["link"] == "https://toolkiln.test/account/data"
    action = AuditEntry.action == "account.deletion_scheduled"
    assert (await session.exec(select(AuditEntry).where(action))).one().user_id == cast.bob.user_id


async def test_it_takes_the_address_and_a_fresh_proof_of_the_person_alone(session, cast, letters):
    with pytest.raises(Invalid):
        await schedule(session, cast.bob, letters, typed="alice@example.com")
    with pytest.raises(NotFresh):
        await schedule(session, cast.bob, letters, origin=Origin())
    impersonated = Origin(impersonator_id=cast.alice.user_id, is_fresh=True)
    with pytest.raises(Forbidden):
        await schedule(session, cast.bob, letters, origin=impersonated)
    await schedule(session, cast.bob, letters, typed=" BOB@example.com ")
    with pytest.raises(Conflict):
        await schedule(session, cast.bob, letters)


async def test_the_last_owner_of_others_transfers_first(session, cast, letters):
    with pytest.raises(OwnerOfOthers, match="Acme"):
        await schedule(session, cast.alice, letters)
    await change_role(session, fresh(cast.alice), cast.bob.user_id, role="owner", now=NOW)
    await schedule(session, cast.alice, letters)
    with pytest.raises(OwnerOfOthers):
        await schedule(session, cast.bob, letters)


async def test_an_admin_gives_the_rights_up_first(session, cast, bobs, letters):
    bob = await user_of(session, cast.bob)
    bob.is_admin = True
    await session.flush()
    with pytest.raises(AdminsStay, match="make somebody else one"):
        await schedule(session, cast.bob, letters)
    assert (bob.delete_at, bobs.delete_at) == (None, None)
    bob.is_admin = False
    await session.flush()
    await schedule(session, cast.bob, letters)


async def test_keeping_the_account_keeps_what_would_have_gone_but_no_other_end(
    session, cast, bobs, letters
):
    other = await make_organization(session, await user_of(session, cast.bob), slug="other")
    other.delete_at = NOW + timedelta(days=3)
    await session.flush()
    await schedule(session, cast.bob, letters)
    await cancel_account_deletion(session, cast.bob.user_id, origin=FRESH, now=NOW)
    await session.refresh(bobs)
    await session.refresh(other)
    assert (bobs.delete_at, other.delete_at) == (None, NOW + timedelta(days=3))
    assert (await user_of(session, cast.bob)).delete_at is None
    with pytest.raises(Conflict):
        await cancel_account_deletion(session, cast.bob.user_id, origin=FRESH, now=NOW)


async def test_when_its_time_has_come_the_account_and_what_is_only_its_own_go(
    session, cast, bobs, letters
):
    await start_session(session, cast.bob.user_id, now=NOW)
    shared = await make_server(session, cast.bob)
    avatar = StoredFile(
        key="avatars/bob.webp",
        purpose=FilePurpose.AVATAR,
        user_id=cast.bob.user_id,
        content_type="image/webp",
        size_bytes=1,
        created_at=NOW,
    )
    session.add(avatar)
    end = await schedule(session, cast.bob, letters)
    assert not await delete_next_account(session, now=end - timedelta(seconds=1))
    assert await delete_next_organization(session, now=end)
    assert await delete_next_account(session, now=end)
    assert not await delete_next_account(session, now=end)
    bobs_id, shared_id, avatar_id = bobs.id, shared.id, avatar.id
    session.expire_all()
    assert await session.get(User, cast.bob.user_id) is None
    assert await session.get(Organization, bobs_id) is None
    assert await session.get(Server, shared_id) is not None
    for table in (Membership, WebSession):
        theirs = select(table).where(table.user_id == cast.bob.user_id)
        assert (await session.exec(theirs)).all() == []
    kept = await session.get_one(StoredFile, avatar_id)
    assert (kept.user_id, kept.delete_at) == (None, end)
    log = select(AuditEntry.action).where(AuditEntry.user_id == cast.bob.user_id)
    assert "account.deleted" in (await session.exec(log)).all()


async def test_invitations_of_an_account_that_goes_let_nobody_in(session, cast, letters):
    await lift_limit(session, cast.acme)
    adam = await add_person(session, cast.acme, "Adam", Role.ADMIN)
    end = await schedule(session, adam, letters)
    await invite_by_link(session, adam, role="admin", now=end - HOUR)
    await invite_by_link(session, cast.alice, role="viewer", now=end - HOUR)
    assert await delete_next_organization(session, now=end)
    assert await delete_next_account(session, now=end)
    session.expire_all()
    found = {one.invited_by: one for one in (await session.exec(select(Invitation))).all()}
    assert (found[None].revoked_at, found[cast.alice.user_id].revoked_at) == (end, None)
    revoked = select(AuditEntry.user_id).where(AuditEntry.action == "invitation.revoked")
    assert (await session.exec(revoked)).all() == [adam.user_id]


async def test_an_account_that_others_would_lose_their_owner_with_is_kept(
    session, cast, bobs, letters
):
    end = await schedule(session, cast.bob, letters)
    bobs.delete_at = None  # as if it had been kept, and somebody had joined by hand
    await join(session, bobs, await user_of(session, cast.vera), Role.VIEWER)
    assert not await delete_next_account(session, now=end)
    assert await session.get(User, cast.bob.user_id) is not None
