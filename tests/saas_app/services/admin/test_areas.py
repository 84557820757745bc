"""Ends, rescues, switches and the record of acts, as admins make and see them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from core.admin_access import Admin
from core.errors import Conflict, DomainError, Invalid, NotFresh
from core.models import (
    AuditEntry,
    Mail,
    Organization,
    Passkey,
    TotpFactor,
    User,
)
from core.sessions import holder_of, start_session
from saas_app.services.account_deletion import AdminsStay, OwnerOfOthers
from saas_app.services.admin.acts import list_admin_acts
from saas_app.services.admin.admins import revoke_admin
from saas_app.services.admin.bans import Ban, NotOnAdmins, ban_user
from saas_app.services.admin.impersonation import start_impersonation
from saas_app.services.admin.organization_end import cancel_end, schedule_end
from saas_app.services.admin.person import look_at_person
from saas_app.services.admin.person_end import cancel_person_end, schedule_person_end
from saas_app.services.admin.rescue import (
    resend_verification,
    reset_factors_of,
    sign_out_everywhere,
)
from saas_app.services.admin.switches import list_switches, set_switch
from saas_app.services.features import Feature, switches
from saas_app.services.keys import create_key
from saas_app.services.letters import Letters
from saas_app.services.organization_keys import WantedKey, create_organization_key
from saas_app.services.profile import rename_user
from tests.cast import NOW, make_server
from tests.people import FRESH, fresh, make_organization, make_user, user_of

DAY = timedelta(days=1)


async def test_an_organization_ends_after_its_grace_and_its_owners_are_told(
    session, cast, admin, stale, sealer, recorded
):
    letters, acme = Letters(sealer, "https://web.example"), cast.acme.id

    async def schedule(who, name="Acme"):
        return await schedule_end(session, who, acme, typed_name=name, letters=letters, now=NOW)

    with pytest.raises(NotFresh):
        await schedule(stale)
    with pytest.raises(Invalid):
        await schedule(admin, "acme")
    assert (await schedule(admin)).delete_at == NOW + timedelta(days=14)
    with pytest.raises(Conflict):
        await schedule(admin)
    sent = await session.exec(select(Mail).where(Mail.template == "deletion_scheduled"))
    assert [one.to_address for one in sent.all()] == ["alice@example.com"]
    entries = await recorded("admin.organization_deletion_scheduled", acme)
    assert {entry.organization_id for entry in entries} == {None, acme}  # the owners see it, too
    with pytest.raises(NotFresh):
        await cancel_end(session, stale, acme, now=NOW)
    assert (await cancel_end(session, admin, acme, now=NOW)).delete_at is None
    with pytest.raises(Conflict):
        await cancel_end(session, admin, acme, now=NOW)


async def test_an_account_ends_after_its_grace_and_can_be_kept(
    session, cast, admin, stale, root, sealer, recorded
):
    letters, bob = Letters(sealer, "https://web.example"), cast.bob.user_id

    async def schedule(who, user_id=bob, email="BOB@example.com"):
        return await schedule_person_end(
            session, who, user_id, typed_email=email, letters=letters, now=NOW
        )

    with pytest.raises(NotFresh):
        await schedule(stale)
    with pytest.raises(AdminsStay, match="They are an admin"):
        await schedule(admin, root.id, root.email)
    with pytest.raises(Invalid):
        await schedule(admin, email="bob")
    with pytest.raises(OwnerOfOthers, match="They are the last owner of Acme"):
        await schedule(admin, cast.alice.user_id, "alice@example.com")
    assert (await schedule(admin)).delete_at == NOW + timedelta(days=14)
    with pytest.raises(Conflict):
        await schedule(admin)
    mail = (await session.exec(select(Mail).where(Mail.template == "deletion_scheduled"))).one()
    assert mail.to_address == "bob@example.com"
    (entry,) = await recorded("admin.deletion_scheduled", bob)
    assert entry.user_id == admin.user_id
    with pytest.raises(NotFresh):
        await cancel_person_end(session, stale, bob, now=NOW)
    assert (await cancel_person_end(session, admin, bob, now=NOW)).delete_at is None
    with pytest.raises(Conflict):
        await cancel_person_end(session, admin, bob, now=NOW)


async def test_a_letter_asks_the_unverified_alone(session, cast, admin, stale, letters, recorded):
    bob = await user_of(session, cast.bob)
    with pytest.raises(Conflict):
        await resend_verification(session, admin, letters, bob.id, now=NOW)
    bob.email_verified_at = None
    await session.flush()
    with pytest.raises(NotFresh):
        await resend_verification(session, stale, letters, bob.id, now=NOW)
    await resend_verification(session, admin, letters, bob.id, now=NOW)
    mail = (await session.exec(select(Mail).where(Mail.template == "verify_email"))).one()
    assert mail.to_address == "bob@example.com"
    assert len(await recorded("admin.verification_resent", bob.id)) == 1


async def test_factors_are_reset_with_a_letter_and_signed_out(
    session, cast, admin, stale, root, letters, recorded
):
    bob = cast.bob.user_id
    token = await start_session(session, bob, now=NOW)
    session.add(TotpFactor(user_id=bob, sealed_secret=b"x", confirmed_at=NOW, created_at=NOW))
    session.add(Passkey(user_id=bob, name="p", credential_id="c", public_key=b"k", created_at=NOW))
    await session.flush()
    with pytest.raises(NotFresh):
        await reset_factors_of(session, stale, letters, bob, now=NOW)
    with pytest.raises(NotOnAdmins):
        await reset_factors_of(session, admin, letters, root.id, now=NOW)
    await reset_factors_of(session, admin, letters, bob, now=NOW)
    assert (await session.exec(select(TotpFactor))).all() == []
    assert (await session.exec(select(Passkey))).all() == []
    assert await holder_of(session, token, now=NOW) is None
    mail = (await session.exec(select(Mail).where(Mail.template == "factor_changed"))).one()
    assert mail.to_address == "bob@example.com"
    assert len(await recorded("admin.factors_reset", bob)) == 1


async def test_an_admin_ends_all_sessions_of_a_person_asvs_7_4_5(
    session, cast, admin, stale, recorded
):
    bob = cast.bob.user_id
    tokens = [await start_session(session, bob, now=NOW) for _ in range(2)]
    with pytest.raises(NotFresh):
        await sign_out_everywhere(session, stale, bob, now=NOW)
    await sign_out_everywhere(session, admin, bob, now=NOW)
    assert [await holder_of(session, token, now=NOW) for token in tokens] == [None, None]
    (entry,) = await recorded("admin.sessions_ended", bob)
    assert entry.details == {"sessions_ended": 2}


async def test_switches_say_who_set_them_and_need_a_proof(session, cast, admin, stale, recorded):
    before = await list_switches(session, admin)
    assert [(one.feature, one.is_on, one.since) for one in before] == [
        (feature, True, None) for feature in Feature
    ]
    with pytest.raises(NotFresh):
        await set_switch(session, stale, "sign_up", is_on=False, now=NOW)
    with pytest.raises(Invalid):
        await set_switch(session, admin, "everything", is_on=False, now=NOW)
    await set_switch(session, admin, "sign_up", is_on=False, now=NOW)
    assert (await switches(session))[Feature.SIGN_UP] is False
    after = {one.feature: one for one in await list_switches(session, admin)}
    assert (after[Feature.SIGN_UP].by, after[Feature.SIGN_UP].since) == ("Root", NOW)
    (entry,) = await recorded("admin.feature_switched", "sign_up")
    assert entry.details == {"before": "on", "after": "off"}


async def test_acts_of_admins_are_listed_and_narrowed_to_one(session, cast, admin, recorded):
    other = await make_user(session, "Other")
    other.is_admin = True
    await session.flush()
    second = replace(admin, user_id=other.id)
    await ban_user(session, admin, cast.mallory.user_id, Ban("Spam.", None), now=NOW)
    begun = await start_impersonation(session, second, cast.bob.user_id, now=NOW + DAY)
    holder = await holder_of(session, begun.token, now=NOW + DAY)
    assert holder is not None
    origin = replace(FRESH, impersonator_id=other.id)
    await rename_user(session, holder, name="Bobby", origin=origin, now=NOW + 2 * DAY)
    session.add(AuditEntry(user_id=cast.bob.user_id, action="session.started", created_at=NOW))
    await session.flush()
    every = await list_admin_acts(session, admin, by="", page=1)
    assert [act.action for act in every.acts] == [
        "account.renamed", "admin.impersonation_started", "admin.user_banned",
    ]  # fmt: skip
    assert (every.acts[0].who, every.acts[0].acting_as) == ("Other", "Bobby")
    assert [name for _id, name in every.admins] == ["Other", "Root"]
    one = await list_admin_acts(session, admin, by=str(admin.user_id), page=1)
    assert [act.action for act in one.acts] == ["admin.user_banned"]
    assert len((await list_admin_acts(session, admin, by="nonsense", page=-3)).acts) == 3


async def test_acts_of_one_who_is_no_admin_any_more_can_be_asked_for(session, cast, admin):
    former, idle = await make_user(session, "Former"), await make_user(session, "Idle")
    former.is_admin = idle.is_admin = True
    await session.flush()
    by_former = replace(admin, user_id=former.id)
    await ban_user(session, by_former, cast.bob.user_id, Ban("Spam.", None), now=NOW)
    await revoke_admin(session, admin, former.id, now=NOW)
    found = await list_admin_acts(session, admin, by=str(former.id), page=1)
    assert [act.action for act in found.acts] == ["admin.user_banned"]
    assert [name for _id, name in found.admins] == ["Former", "Idle", "Root"]


async def test_acts_of_programs_and_to_keys_say_which_key_it_was(session, cast, admin, sealer):
    owner, server = fresh(cast.alice), await make_server(session, cast.alice)
    key = await create_key(session, owner, server.id, name="Build", lifetime="30", now=NOW)
    wanted = WantedKey(name="Robot", scopes=["servers:read"], lifetime="30")
    letters = Letters(sealer, "https://web.example")
    program = await create_organization_key(session, owner, wanted, letters=letters, now=NOW)
    session.add(
        AuditEntry(
            user_id=owner.user_id, key_id=program.summary.id, action="key.revoked",
            subject=str(key.summary.id), organization_id=cast.acme.id, created_at=NOW + DAY,
        )
    )  # fmt: skip
    await session.flush()
    newest = (await look_at_person(session, admin, owner.user_id, now=NOW)).acts[0]
    assert (newest.who, newest.subject) == ("Key Robot", "Build")


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_two_admins_who_revoke_each_other_at_once_leave_one(database):
    async with database.write() as session:
        pair = [await make_user(session, "One"), await make_user(session, "Two")]
        for user in pair:
            user.is_admin = True
    together = asyncio.Barrier(2)

    async def revoke(by: User, whom: User) -> str:
        async with database.write() as session:
            await session.exec(select(User.id))
            await together.wait()
            try:
                await revoke_admin(session, Admin(by.id, FRESH), whom.id, now=NOW)
            except DomainError as refusal:
                return refusal.code
            return "done"

    outcomes = await asyncio.gather(revoke(pair[0], pair[1]), revoke(pair[1], pair[0]))
    assert sorted(outcomes) == ["done", "last_admin"]
    async with database.read() as session:
        admins = await session.exec(select(User.id).where(col(User.is_admin)))
        assert len(admins.all()) == 1


async def test_the_clean_up_takes_what_an_admin_ended(session, cast, admin, sealer):
    """The row an admin marks is the one that owners mark: nothing else has to know."""
    letters = Letters(sealer, "https://web.example")
    user = await make_user(session, "Solo")
    organization = await make_organization(session, user, slug="solo")
    await schedule_end(session, admin, organization.id, typed_name="Solo", letters=letters, now=NOW)
    due = select(Organization.id).where(col(Organization.delete_at) <= NOW + timedelta(days=14))
    assert (await session.exec(due)).all() == [organization.id]
