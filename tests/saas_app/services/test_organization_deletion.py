"""The end of an organization: asked for, taken back, and done when its time has come."""

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
)
from core.permissions import Role
from saas_app.services.invitations import invite_by_link
from saas_app.services.letters import Letters
from saas_app.services.organization_deletion import (
    GRACE,
    cancel_deletion,
    delete_next_organization,
    schedule_deletion,
)
from saas_app.services.organizations import OnlyOrganization
from tests.cast import NOW, make_server
from tests.letters import posted
from tests.people import add_person, fresh, lift_limit, make_organization, user_of


@pytest.fixture
def letters(sealer):
    return Letters(sealer, "https://toolkiln.test")


@pytest.fixture
async def alice(session, cast):
    """Alice, with another organization to stay in."""
    await make_organization(session, await user_of(session, cast.alice), slug="alices")
    return fresh(cast.alice)


async def schedule(session, actor, letters, *, typed="Acme", now=NOW):
    return await schedule_deletion(session, actor, typed_name=typed, letters=letters, now=now)


async def test_it_is_set_for_fourteen_days_and_servers_hear_of_it_at_once(
    session, cast, alice, letters, sealer
):
    olga = await add_person(session, cast.acme, "Olga", Role.OWNER)
    servers = [await make_server(session, cast.bob, name=name) for name in ("One", "Two")]
    generations = [server.generation for server in servers]
    assert await schedule(session, alice, letters) == NOW + GRACE == NOW + timedelta(days=14)
    for server, generation in zip(servers, generations, strict=True):
        await session.refresh(server)
        assert server.generation > generation
        assert not server.is_paused  # the runtime asks the organization
    sent = await posted(session, sealer)
    assert {letter.to for letter in sent} == {
        "alice@example.com", (await user_of(session, olga)).email,
    }  # fmt: skip
    assert sent[0].template == "deletion_scheduled"
    assert sent[0].values["expires"] == "7 December 2026"
    action = AuditEntry.action == "organization.deletion_scheduled"
    entry = (await session.exec(select(AuditEntry).where(action))).one()
    assert entry.details["after"] == (NOW + GRACE).isoformat()


async def test_the_name_is_typed_and_the_proof_is_fresh(session, cast, alice, letters):
    with pytest.raises(Invalid) as refusal:
        await schedule(session, alice, letters, typed="acme")
    assert refusal.value.field == "confirmation"
    with pytest.raises(NotFresh):
        await schedule(session, cast.alice, letters)
    await schedule(session, alice, letters)
    with pytest.raises(Conflict):
        await schedule(session, alice, letters)


async def test_only_owners_end_it_or_keep_it(session, cast, alice, letters):
    adam = await add_person(session, cast.acme, "Adam", Role.ADMIN)
    for actor in (adam, cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await schedule(session, fresh(actor), letters)
    await schedule(session, alice, letters)
    for actor in (adam, cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await cancel_deletion(session, actor, now=NOW)


async def test_a_stranger_ends_their_own_at_most(session, cast, letters):
    with pytest.raises(Invalid):
        await schedule(session, fresh(cast.mallory), letters, typed="Acme")
    with pytest.raises(OnlyOrganization):
        await schedule(session, fresh(cast.mallory), letters, typed="Evil")


async def test_an_owner_keeps_it(session, cast, alice, letters):
    server = await make_server(session, cast.bob)
    await schedule(session, alice, letters)
    generation = server.generation
    await cancel_deletion(session, cast.alice, now=NOW)
    await session.refresh(cast.acme)
    assert cast.acme.delete_at is None
    await session.refresh(server)
    assert server.generation > generation
    with pytest.raises(Conflict):
        await cancel_deletion(session, cast.alice, now=NOW)
    assert not await delete_next_organization(session, now=NOW + 2 * GRACE)


async def test_when_its_time_has_come_all_of_it_goes_and_its_log_stays(
    session, cast, alice, letters
):
    await lift_limit(session, cast.acme)
    await invite_by_link(session, cast.alice, role="viewer", now=NOW)
    server = await make_server(session, cast.bob)
    logo = StoredFile(
        key="logos/acme.webp",
        purpose=FilePurpose.LOGO,
        organization_id=cast.acme.id,
        content_type="image/webp",
        size_bytes=1,
        created_at=NOW,
    )
    session.add(logo)
    await schedule(session, alice, letters)
    end = NOW + GRACE
    assert not await delete_next_organization(session, now=end - timedelta(seconds=1))
    assert await delete_next_organization(session, now=end)
    assert not await delete_next_organization(session, now=end)
    acme, evil, server_id, logo_id = cast.acme.id, cast.evil.id, server.id, logo.id
    session.expire_all()
    assert await session.get(Organization, acme) is None
    assert await session.get(Server, server_id) is None
    for table in (Membership, Invitation):
        theirs = select(table).where(table.organization_id == acme)
        assert (await session.exec(theirs)).all() == []
    kept = await session.get_one(StoredFile, logo_id)
    assert (kept.organization_id, kept.delete_at) == (None, end)
    log = select(AuditEntry.action).where(AuditEntry.organization_id == acme)
    assert "organization.deleted" in (await session.exec(log)).all()
    assert await session.get(Organization, evil) is not None
