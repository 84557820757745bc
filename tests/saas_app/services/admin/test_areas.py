"""Organizations, switches, the configuration and the record of acts, as admins see them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from core.admin_access import Admin
from core.errors import Conflict, DomainError, Invalid, NotFound, NotFresh
from core.models import (
    AuditEntry,
    Call,
    CallerKind,
    CallStatus,
    Mail,
    Organization,
    Passkey,
    TotpFactor,
    User,
)
from core.permissions import Role
from core.sessions import holder_of, start_session
from core.settings import Settings
from saas_app.services.admin.acts import list_admin_acts
from saas_app.services.admin.admins import revoke_admin
from saas_app.services.admin.bans import Ban, NotOnAdmins, ban_user
from saas_app.services.admin.configuration import look_at_parts, look_at_settings
from saas_app.services.admin.impersonation import start_impersonation
from saas_app.services.admin.organization_end import cancel_end, schedule_end
from saas_app.services.admin.organizations import (
    DAYS,
    PLAN_NAMES,
    list_organizations,
    look_at_organization,
)
from saas_app.services.admin.questions import OrganizationQuestion
from saas_app.services.admin.rescue import (
    resend_verification,
    reset_factors_of,
    sign_out_everywhere,
)
from saas_app.services.admin.switches import list_switches, set_switch
from saas_app.services.features import Feature, switches
from saas_app.services.organization_deletion import Postman
from saas_app.services.profile import rename_user
from tests.cast import NOW, make_server
from tests.conftest import settings_with
from tests.people import FRESH, add_person, lift_limit, make_organization, make_user, user_of

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


async def test_an_organization_ends_after_its_grace_and_its_owners_are_told(
    session, cast, admin, stale, sealer, recorded
):
    postman, acme = Postman(sealer, "https://web.example"), cast.acme.id

    async def schedule(who, name="Acme"):
        return await schedule_end(session, who, acme, typed_name=name, postman=postman, now=NOW)

    with pytest.raises(NotFresh):
        await schedule(stale)
    with pytest.raises(Invalid):
        await schedule(admin, "acme")
    assert (await schedule(admin)).delete_at == NOW + timedelta(days=14)
    with pytest.raises(Conflict):
        await schedule(admin)
    letters = await session.exec(select(Mail).where(Mail.template == "deletion_scheduled"))
    assert [one.to_address for one in letters.all()] == ["alice@example.com"]
    entries = await recorded("admin.organization_deletion_scheduled", acme)
    assert {entry.organization_id for entry in entries} == {None, acme}  # the owners see it, too
    with pytest.raises(NotFresh):
        await cancel_end(session, stale, acme, now=NOW)
    assert (await cancel_end(session, admin, acme, now=NOW)).delete_at is None
    with pytest.raises(Conflict):
        await cancel_end(session, admin, acme, now=NOW)


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


SECRETS = {
    name: f"{name}-hidden-value"
    for name in (
        "redis_url", "postgres_password", "s3_access_key_id", "s3_secret_access_key",
        "master_key", "master_key_previous", "resend_api_key", "smtp_password",
        "google_client_secret", "turnstile_secret_key", "logfire_token", "sentry_dsn",
    )
}  # fmt: skip


def test_the_configuration_says_of_secrets_only_whether_they_are_set(tmp_path, admin_stub):
    settings = settings_with(
        tmp_path,
        database_url="postgresql://me:database-hidden-value@db.example/x",
        s3_endpoint="https://who:endpoint-hidden-value@s3.example/",
        google_client_id="client",
        turnstile_site_key="site",
        **SECRETS,
    )
    groups = look_at_settings(admin_stub, settings)
    shown = {one.name: one for group in groups for one in group.settings}
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    assert "hidden-value" not in str(groups)
    assert "hidden-value" not in str(look_at_parts(admin_stub, settings))
    secret = {name for name in Settings.model_fields if _is_secret(settings, name)}
    assert {one.name.lower() for one in shown.values() if one.is_secret} == secret | set(SECRETS)
    for name in (*SECRETS, "database_url"):
        assert shown[name.upper()].value == "Set"
    assert shown["S3_ENDPOINT"].value == "https://s3.example/"
    assert shown["GOOGLE_CLIENT_ID"].value == "client"
    unset = look_at_settings(admin_stub, settings_with(tmp_path))
    values = {one.name: one.value for group in unset for one in group.settings}
    assert (values["SMTP_PASSWORD"], values["MASTER_KEY"]) == ("Not set", "Set")


def test_a_longer_secret_looks_the_same(tmp_path, admin_stub):
    short = look_at_settings(admin_stub, settings_with(tmp_path, smtp_password="x"))
    long = look_at_settings(admin_stub, settings_with(tmp_path, smtp_password="x" * 99))
    assert short == long


def _is_secret(settings: Settings, name: str) -> bool:
    return isinstance(getattr(settings, name), SecretStr)


@pytest.fixture
def admin_stub():
    """An admin of no database: the settings are asked, not the rows."""
    return Admin(uuid4(), FRESH)


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
    postman = Postman(sealer, "https://web.example")
    user = await make_user(session, "Solo")
    organization = await make_organization(session, user, slug="solo")
    await schedule_end(session, admin, organization.id, typed_name="Solo", postman=postman, now=NOW)
    due = select(Organization.id).where(col(Organization.delete_at) <= NOW + timedelta(days=14))
    assert (await session.exec(due)).all() == [organization.id]
