"""A user's own name, first steps and wishes about mail."""

import pytest
from sqlmodel import select

from core.errors import Invalid
from core.models import AuditEntry, Organization, User
from core.permissions import Origin
from core.sessions import holder_of, start_session
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.profile import (
    MUTABLE_MAIL,
    finish_onboarding,
    mail_choices,
    rename_user,
    skip_onboarding,
    want_mail,
)
from tests.cast import NOW

HERE = Origin(ip_address="203.0.113.7")


@pytest.fixture
async def alice(session, cast):
    user = await session.get_one(User, cast.alice.user_id)
    user.onboarded_at = None
    token = await start_session(session, user.id, now=NOW)
    await session.flush()
    return await holder_of(session, token, now=NOW)


async def test_a_new_name_is_tidied_and_recorded(session, alice):
    assert (
        await rename_user(session, alice, name="  Alice   B. ", origin=HERE, now=NOW) == "Alice B."
    )
    entry = (
        await session.exec(select(AuditEntry).where(AuditEntry.action == "account.renamed"))
    ).one()
    assert entry.details == {"before": "Alice", "after": "Alice B."}
    assert (entry.user_id, entry.ip_address) == (alice.user_id, "203.0.113.7")


async def test_the_same_name_leaves_no_entry(session, alice):
    await rename_user(session, alice, name="Alice", origin=HERE, now=NOW)
    assert (await session.exec(select(AuditEntry))).all() == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 65])
async def test_a_name_is_there_and_short(session, alice, name):
    with pytest.raises(Invalid) as refused:
        await rename_user(session, alice, name=name, origin=HERE, now=NOW)
    assert refused.value.field == "name"


async def test_onboarding_names_the_user_and_their_own_organization(session, cast, alice):
    acme = await session.get_one(Organization, cast.acme.id)
    acme.is_personal = True
    await finish_onboarding(
        session, alice, name="Al", organization_name="Acme Kilns", origin=HERE, now=NOW
    )
    user = await session.get_one(User, alice.user_id)
    assert (user.name, user.onboarded_at) == ("Al", NOW)
    assert (acme.name, acme.slug) == ("Acme Kilns", "acme")
    renamed = select(AuditEntry).where(AuditEntry.action == "organization.renamed")
    entry = (await session.exec(renamed)).one()
    assert (entry.organization_id, entry.user_id) == (acme.id, alice.user_id)
    assert (entry.details, entry.ip_address) == (
        {"before": "Acme", "after": "Acme Kilns"}, "203.0.113.7",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", " ", "\u200b", "x" * 65])
async def test_onboarding_says_at_its_field_what_is_wrong_with_the_organization(
    session, cast, alice, name
):
    (await session.get_one(Organization, cast.acme.id)).is_personal = True
    with pytest.raises(Invalid) as refused:
        await finish_onboarding(
            session, alice, name="Al", organization_name=name, origin=HERE, now=NOW
        )
    assert refused.value.field == "organization_name"


async def test_onboarding_renames_no_organization_that_is_not_personal(session, cast, alice):
    await finish_onboarding(
        session, alice, name="Al", organization_name="Mine now", origin=HERE, now=NOW
    )
    assert (await session.get_one(Organization, cast.acme.id)).name == "Acme"


async def test_skipping_is_remembered(session, alice):
    await skip_onboarding(session, alice, now=NOW)
    assert (await session.get_one(User, alice.user_id)).onboarded_at == NOW


async def test_mail_is_switched_off_and_on(session, alice):
    assert await mail_choices(session, alice) == dict.fromkeys(MUTABLE_MAIL, True)
    for is_wanted in (False, True):
        await want_mail(session, alice, "export_ready", is_wanted=is_wanted)
        assert (await mail_choices(session, alice))["export_ready"] is is_wanted
    assert (await session.get_one(User, alice.user_id)).muted_mail == []


@pytest.mark.parametrize("name", [*sorted(set(TEMPLATES) - set(MUTABLE_MAIL)), "", "nothing"])
async def test_mail_that_keeps_an_account_safe_cannot_be_switched_off(session, alice, name):
    with pytest.raises(Invalid):
        await want_mail(session, alice, name, is_wanted=False)
    assert (await session.get_one(User, alice.user_id)).muted_mail == []


def test_the_switches_are_those_that_posting_honours():
    mutable = {name for name, template in TEMPLATES.items() if template.is_mutable}
    assert set(MUTABLE_MAIL) == mutable
