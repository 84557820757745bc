"""Organizations: made, named, addressed; as owner, admin, member, viewer and stranger."""

import pytest
from sqlmodel import col, select

from core.access import actor_for, organizations_of
from core.errors import Forbidden, Invalid, LimitReached, NotFound
from core.models import AuditEntry, Membership, Organization
from core.permissions import Origin, Role
from saas_app.services import organizations
from saas_app.services.organizations import (
    OrganizationForm,
    change_slug,
    create_organization,
    read_organization,
    rename_organization,
    require_free_slug,
)
from saas_app.services.slugs import RESERVED_SLUGS, SlugTaken, parse_slug, suggest_slug
from tests.cast import NOW
from tests.people import add_person


@pytest.fixture
async def adam(session, cast):
    return await add_person(session, cast.acme, "Adam", Role.ADMIN)


async def last_entry(session, action):
    entries = select(AuditEntry).where(AuditEntry.action == action)
    return (await session.exec(entries.order_by(col(AuditEntry.created_at).desc()))).first()


async def test_whoever_makes_an_organization_owns_it(session, cast):
    form = OrganizationForm.parse("  Pottery \u202e  guild ", "Pottery-Guild")
    made = await create_organization(
        session, cast.vera.user_id, form, origin=Origin(ip_address="203.0.113.7"), now=NOW
    )
    assert (made.name, made.slug, made.is_personal) == ("Pottery guild", "pottery-guild", False)
    actor = await actor_for(session, cast.vera.user_id, "pottery-guild")
    assert actor.role is Role.OWNER
    assert {one.slug for one in await organizations_of(session, cast.vera.user_id)} == {
        "acme", "pottery-guild",
    }  # fmt: skip
    entry = await last_entry(session, "organization.created")
    assert (entry.organization_id, entry.user_id) == (made.id, cast.vera.user_id)
    assert entry.ip_address == "203.0.113.7"


async def test_an_address_is_taken_once(session, cast):
    form = OrganizationForm.parse("Acme again", "acme")
    with pytest.raises(SlugTaken) as refusal:
        await require_free_slug(session, form.slug)
    assert refusal.value.field == "slug"
    with pytest.raises(SlugTaken):
        await create_organization(session, cast.bob.user_id, form, origin=Origin(), now=NOW)


async def test_one_person_owns_only_so_many(session, cast, monkeypatch):
    monkeypatch.setattr(organizations, "MOST_OWNED", 1)
    form = OrganizationForm.parse("One more", "one-more")
    with pytest.raises(LimitReached):
        await create_organization(session, cast.alice.user_id, form, origin=Origin(), now=NOW)
    await create_organization(session, cast.bob.user_id, form, origin=Origin(), now=NOW)


@pytest.mark.parametrize("name", ["", " \t\n ", "\u200b\u202e", "x" * 65])
def test_a_name_that_cannot_be_read_is_refused(name):
    with pytest.raises(Invalid) as refusal:
        OrganizationForm.parse(name, "fine")
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    "slug", ["", "a", "-acme", "acme-", "a--b", "ac me", "äcme", "a/b", "..", "x" * 41, "\0ab"]
)
def test_a_slug_that_is_no_part_of_an_address_is_refused(slug):
    with pytest.raises(Invalid) as refusal:
        parse_slug(slug)
    assert refusal.value.field == "slug"


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_a_reserved_slug_is_refused(slug):
    with pytest.raises(Invalid):
        parse_slug(slug)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Clay & Co.", "acme-clay-co"),
        ("A", "a-hq"),
        ("API", "api-hq"),
        ("陶芸", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_slug_is_suggested_from_a_name(name, slug):
    assert suggest_slug(name) == slug
    assert slug == "" or parse_slug(slug) == slug


async def test_everybody_in_it_reads_it_and_a_stranger_reads_their_own(session, cast):
    for actor in (cast.alice, cast.bob, cast.vera):
        found = await read_organization(session, actor, now=NOW)
        assert (found.name, found.members, found.member_limit) == ("Acme", 3, 3)
    assert (await read_organization(session, cast.mallory, now=NOW)).name == "Evil"


async def test_owners_and_admins_rename_it_and_it_is_noted(session, cast, adam):
    for actor, name in ((cast.alice, "Acme Clay"), (adam, "Acme Kilns")):
        await rename_organization(session, actor, name=name, now=NOW)
        assert (await session.get_one(Organization, cast.acme.id)).name == name
    entries = (
        await session.exec(select(AuditEntry).where(AuditEntry.action == "organization.renamed"))
    ).all()
    assert {(entry.details["before"], entry.details["after"]) for entry in entries} == {
        ("Acme", "Acme Clay"), ("Acme Clay", "Acme Kilns"),
    }  # fmt: skip
    assert {entry.user_id for entry in entries} == {cast.alice.user_id, adam.user_id}


async def test_members_and_viewers_change_nothing_of_it(session, cast):
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await rename_organization(session, actor, name="Mine", now=NOW)
        with pytest.raises(Forbidden):
            await change_slug(session, actor, slug="mine", now=NOW)
    assert (cast.acme.name, cast.acme.slug) == ("Acme", "acme")


async def test_the_address_changes_and_the_old_one_leads_nowhere(session, cast):
    await change_slug(session, cast.alice, slug=" Acme-Clay ", now=NOW)
    assert (await actor_for(session, cast.bob.user_id, "acme-clay")).role is Role.MEMBER
    with pytest.raises(NotFound):
        await actor_for(session, cast.bob.user_id, "acme")
    entry = await last_entry(session, "organization.slug_changed")
    assert entry.details == {"before": "acme", "after": "acme-clay"}


async def test_an_address_of_another_cannot_be_taken(session, cast):
    with pytest.raises(SlugTaken):
        await change_slug(session, cast.alice, slug="evil", now=NOW)


async def test_whoever_was_removed_meanwhile_is_asked_again_under_the_lock(session, cast, adam):
    membership = select(Membership).where(Membership.user_id == adam.user_id)
    for row in (await session.exec(membership)).all():
        await session.delete(row)
    await session.flush()
    with pytest.raises(NotFound):
        await rename_organization(session, adam, name="Late", now=NOW)
