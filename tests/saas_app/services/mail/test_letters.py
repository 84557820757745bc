"""Every letter as the product itself posts it: whole, and with links that lead somewhere."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import col, select

from core.clock import now_utc
from core.models import Mail, Organization, User
from core.sessions import Browser
from saas_app.jobs.export_account import key_of
from saas_app.resources import Resources
from saas_app.services.account_export import record_export, request_export
from saas_app.services.mail import open_mail
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.outbox import values_of
from saas_app.services.organization_deletion import schedule_deletion
from saas_app.services.password_reset import send_reset
from saas_app.state.account_data import AccountDataState
from saas_app.state.account_email import AccountEmailState, ConfirmEmailState
from saas_app.state.contact import ContactState
from saas_app.state.invitations import InvitationsState
from saas_app.state.organization_keys import OrganizationKeysState
from saas_app.state.security import SecurityState
from tests.cast import PASSWORD, Cast
from tests.people import FRESH, fresh, lift_limit, make_organization
from tests.saas_app.letters import newest
from tests.saas_app.services.factors.conftest import code_of

BILLING = {"payment_failed", "trial_ending", "subscription_canceled", "dispute"}
NEWCOMER = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
# What does not apply: an organization's key is of no server, an account of no organization.
NOT_GIVEN = {
    "key_created": {"server"},
    "deletion_scheduled": {"organization"},
    "contact": {"company", "phone"},
}


@dataclass(frozen=True)
class World:
    """Who acts and where: browsers on the API, a tab of alice's, and what is behind them."""

    visitors: Any
    tab: Any
    parts: Resources
    cast: Cast

    async def arrive(self, path: str, *handlers: Any) -> None:
        """Open a page in alice's tab."""
        await self.tab.open(path, *handlers)


async def sign_up(world: World) -> None:
    await world.visitors().post("sign-up", NEWCOMER)


async def sign_up_again(world: World) -> None:
    await world.visitors().post("sign-up", {**NEWCOMER, "email": "alice@example.com"})


async def forget_password(world: World) -> None:
    async with world.parts.database.write() as session:
        await send_reset(
            session,
            world.parts.letters,
            "alice@example.com",
            browser=Browser("Firefox/130 (Windows)", "203.0.113.7"),
            now=now_utc(),
        )


async def reset_password(world: World) -> None:
    await forget_password(world)
    token = (await newest(world.parts, "reset_password")).token
    await world.visitors().post(
        "reset-password", {"token": token, "password": "blue kilns glow so"}
    )


async def ask_email_change(world: World) -> None:
    await world.arrive("/account/profile", AccountEmailState.load_email)
    await world.tab.fire(AccountEmailState.ask_email_change, {"new_email": "alice@new.example"})


async def change_email(world: World) -> None:
    await ask_email_change(world)
    for which in ("old", "new"):
        token = (await newest(world.parts, f"change_email_{which}")).token
        await world.arrive(f"/change-email?token={token}", ConfirmEmailState.look_at_change)
        await world.tab.fire(ConfirmEmailState.confirm_change)


async def sign_in_elsewhere(world: World) -> None:
    encoded = await world.parts.passwords.hash(PASSWORD)
    async with world.parts.database.write() as session:
        (await session.get_one(User, world.cast.alice.user_id)).password_hash = encoded
    fields = {"email": "alice@example.com", "password": PASSWORD}
    await world.visitors().post("sign-in", fields, **{"user-agent": "Firefox/130 (Windows)"})


async def add_factor(world: World) -> None:
    await world.arrive("/account/security", SecurityState.load_security)
    await world.tab.fire(SecurityState.set_up_app)
    secret = (await world.tab.state(SecurityState)).setup_secret.replace(" ", "")
    await world.tab.fire(SecurityState.confirm_app, {"code": code_of(secret, now_utc())})


async def make_key(world: World) -> None:
    await world.arrive("/o/acme/api-keys", OrganizationKeysState.load_organization_keys)
    fields = {"name": "Pipeline", "lifetime": "90", "servers:read": "on"}
    await world.tab.fire(OrganizationKeysState.create_key, fields)


async def invite(world: World) -> None:
    async with world.parts.database.write() as session:
        await lift_limit(session, await session.get_one(Organization, world.cast.acme.id))
    await world.arrive("/o/acme/members", InvitationsState.load_invitations)
    await world.tab.fire(InvitationsState.invite, {"emails": "ada@example.com", "role": "member"})


async def revoke_invitation(world: World) -> None:
    await invite(world)
    row = (await world.tab.state(InvitationsState)).invitation_rows[0]
    await world.tab.fire(InvitationsState.ask_revoke, row.id, row.email)
    await world.tab.fire(InvitationsState.revoke)


async def write_message(world: World) -> None:
    await world.arrive("/contact", ContactState.arrive_to_write)
    fields = {"name": "Ada", "email": "ada@example.com", "message": "Can a server hold two APIs?"}
    await world.tab.fire(ContactState.send_contact, fields)


async def make_copy(world: World) -> None:
    """The job's last step; tests/saas_app/jobs run all of it."""
    alice = world.cast.alice.user_id
    async with world.parts.database.write() as session:
        job_id = await request_export(session, alice, origin=FRESH, now=now_utc())
        file = (key_of(job_id), 1)
        await record_export(session, alice, file=file, letters=world.parts.letters, now=now_utc())


async def delete_account(world: World) -> None:
    async with world.parts.database.write() as session:  # somebody with nothing that others need
        user = await session.get_one(User, world.cast.bob.user_id)
        email = user.email
    world.tab.carry(await world.visitors.session_of(world.cast.bob))
    await world.arrive("/account/data", AccountDataState.load_data)
    await world.tab.fire(AccountDataState.delete_account, {"confirmation": email})


POSTED_BY = {
    "verify_email": sign_up,
    "reset_password": forget_password,
    "change_email_old": ask_email_change,
    "change_email_new": ask_email_change,
    "email_changed": change_email,
    "password_changed": reset_password,
    "already_registered": sign_up_again,
    "invitation": invite,
    "invitation_revoked": revoke_invitation,
    "new_sign_in": sign_in_elsewhere,
    "factor_changed": add_factor,
    "key_created": make_key,
    "contact": write_message,
    "export_ready": make_copy,
    "deletion_scheduled": delete_account,
}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """Posting is tried on both databases; here it is about what is posted."""
    return request.param


@pytest.fixture
async def world(visitors, tab, parts, committed_cast, session_of):
    tab.headers["user_agent"] = "Mozilla/5.0 (X11; Linux) Firefox/130"
    tab.ip = "203.0.113.7"
    tab.carry(await session_of(committed_cast.alice))
    visitors.session_of = session_of
    return World(visitors, tab, parts, committed_cast)


@pytest.fixture
def leads_somewhere(reflex_app):
    """Returns a function that tells whether a page of ours is at an address."""
    patterns = [
        re.compile("/" + re.sub(r"\[\w+\]", "[^/]+", route).removeprefix("/"))
        for route in reflex_app._unevaluated_pages
    ]
    return lambda address: any(one.fullmatch(urlsplit(address).path) for one in patterns)


def test_all_letters_but_those_about_money_have_somebody_who_posts_them():
    assert set(POSTED_BY) | BILLING == set(TEMPLATES)


@pytest.mark.parametrize("name", POSTED_BY)
async def test_a_letter_is_posted_whole_and_its_links_lead_to_pages(world, leads_somewhere, name):
    await POSTED_BY[name](world)
    parts, template = world.parts, TEMPLATES[name]
    async with parts.database.read() as session:
        theirs = select(Mail).where(Mail.template == name).order_by(col(Mail.created_at).desc())
        mail = (await session.exec(theirs)).first()
    assert mail is not None
    values = values_of(mail, parts.sealer)
    known = set(template.needs) | set(template.may)
    missing = {one for one in known if not values.get(one)} - NOT_GIVEN.get(name, set())
    assert missing == set()
    web_url = parts.settings.web_url
    written = open_mail(mail, parts.sealer, web_url=web_url)
    links = re.findall(r'href="([^"]+)"', written.html)
    assert links
    for link in links:
        assert link.startswith(web_url)
        assert link == web_url or leads_somewhere(link)
    assert "None" not in written.text


async def test_the_end_of_an_organization_is_told_with_its_name_and_a_way_to_stop_it(world):
    alice, parts = fresh(world.cast.alice), world.parts
    async with parts.database.write() as session:
        user = await session.get_one(User, alice.user_id)
        await make_organization(session, user, slug="spare")
        await schedule_deletion(
            session, alice, typed_name="Acme", letters=parts.letters, now=now_utc()
        )
    letter = await newest(parts, "deletion_scheduled")
    assert letter.values["organization"] == "Acme"
    assert letter.values["link"] == f"{parts.settings.web_url}/o/acme/settings"


async def test_an_answer_to_a_message_goes_to_who_wrote_it(world):
    await write_message(world)
    async with world.parts.database.read() as session:
        mail = (await session.exec(select(Mail))).one()
    assert (mail.to_address, mail.reply_to) == ("toolkiln@localhost", "ada@example.com")
    assert mail.user_id is None
