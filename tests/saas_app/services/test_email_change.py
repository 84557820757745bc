"""Another address for an account: both mailboxes say yes, whatever else happens meanwhile."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFresh
from core.models import AuditEntry, EmailChange, User
from core.permissions import Origin
from core.sessions import Browser, holder_of, start_session
from saas_app.services import signing_up
from saas_app.services.accounts import SignUpForm, create_account
from saas_app.services.email_change import (
    AddressTaken,
    ask_change,
    cancel_change,
    change_for,
    confirm_change,
    drop_change,
    parse_new_email,
    pending_change,
)
from saas_app.services.one_time_tokens import LinkOver
from saas_app.services.password_reset import reset_for, send_reset
from saas_app.services.passwords import password_mark
from saas_app.services.signing_in import Arrival
from tests.saas_app.letters import letters, newest

NEW = "alice@new.example"
FRESH = Origin(is_fresh=True)
HERE = Browser("Firefox/130 (Windows)", "203.0.113.7")


@pytest.fixture
async def alice(parts, database, committed_cast):
    """alice, signed in."""
    async with database.write() as session:
        token = await start_session(session, committed_cast.alice.user_id, now=now_utc())
        return await holder_of(session, token, now=now_utc())


async def ask(parts, holder, new_email=NEW, origin=FRESH):
    async with parts.database.write() as session:
        await ask_change(session, parts.letters, holder, new_email=new_email, origin=origin,
                         now=now_utc())  # fmt: skip


async def confirm(parts, token, now=None):
    async with parts.database.write() as session:
        return await confirm_change(
            session, parts.letters, token, browser=HERE, now=now or now_utc()
        )


async def tokens(parts):
    return [(await newest(parts, f"change_email_{which}")).token for which in ("old", "new")]


async def account(parts, holder):
    async with parts.database.read() as session:
        return await session.get_one(User, holder.user_id)


@pytest.mark.parametrize("first", [0, 1])
async def test_the_address_moves_when_both_mailboxes_have_confirmed(parts, alice, first):
    await ask(parts, alice)
    both = await tokens(parts)
    assert not await confirm(parts, both[first])
    assert (await account(parts, alice)).email == "alice@example.com"
    async with parts.database.read() as session:
        waiting = await pending_change(session, alice.user_id, now=now_utc())
    assert (waiting.is_old_confirmed, waiting.is_new_confirmed) == (first == 0, first == 1)
    assert await confirm(parts, both[1 - first])
    user = await account(parts, alice)
    assert (user.email, user.email_normalized) == (NEW, NEW)
    assert user.email_verified_at is not None
    assert user.access_version == 1
    told = [one.to for one in await letters(parts) if one.template == "email_changed"]
    assert told == ["alice@example.com"]


async def test_the_letters_go_to_both_and_name_both(parts, alice):
    await ask(parts, alice)
    assert [(one.template, one.to) for one in await letters(parts)] == [
        ("change_email_old", "alice@example.com"),
        ("change_email_new", NEW),
    ]
    for letter in await letters(parts):
        assert (letter.values["old_email"], letter.values["new_email"]) == (
            "alice@example.com",
            NEW,
        )
        assert letter.values["link"].startswith("http://localhost:3000/change-email?token=")


async def test_what_was_changed_is_on_record(parts, alice):
    await ask(parts, alice)
    for token in await tokens(parts):
        await confirm(parts, token)
    async with parts.database.read() as session:
        acts = (await session.exec(select(AuditEntry))).all()
    found = {act.action: act.details for act in acts}
    assert found["email.change_asked"] == {"after": NEW}
    assert found["email.changed"] == {"before": "alice@example.com", "after": NEW}


async def test_it_needs_a_fresh_session_of_the_persons_own(parts, alice):
    """ASVS 7.5.1."""
    with pytest.raises(NotFresh):
        await ask(parts, alice, origin=Origin())
    admin = Origin(impersonator_id=alice.user_id, is_fresh=True)
    with pytest.raises(Forbidden):
        await ask(parts, alice, origin=admin)
    await ask(parts, alice)
    with pytest.raises(Forbidden):
        async with parts.database.write() as session:
            await cancel_change(session, alice, origin=admin, now=now_utc())


async def test_a_link_confirms_once_and_only_its_own_mailbox(parts, alice):
    await ask(parts, alice)
    old, _new = await tokens(parts)
    await confirm(parts, old)
    with pytest.raises(LinkOver):
        await confirm(parts, old)
    assert (await account(parts, alice)).email == "alice@example.com"


async def test_a_wish_lasts_a_day(parts, alice):
    await ask(parts, alice)
    old, new = await tokens(parts)
    await confirm(parts, old)
    with pytest.raises(LinkOver):
        await confirm(parts, new, now=now_utc() + timedelta(days=1, seconds=1))


async def test_a_new_wish_and_a_cancellation_end_the_links_before(parts, alice):
    await ask(parts, alice)
    first = await tokens(parts)
    await ask(parts, alice, "alice@other.example")
    with pytest.raises(LinkOver):
        await confirm(parts, first[1])
    second = await tokens(parts)
    async with parts.database.write() as session:
        await cancel_change(session, alice, origin=FRESH, now=now_utc())
    with pytest.raises(LinkOver):
        await confirm(parts, second[0])
    async with parts.database.read() as session:
        assert await pending_change(session, alice.user_id, now=now_utc()) is None
        with pytest.raises(LinkOver):
            await change_for(session, second[0], now=now_utc())


async def test_a_taken_address_gets_no_letter_and_the_asker_sees_the_same(parts, alice):
    await ask(parts, alice, "bob@example.com")
    assert [one.to for one in await letters(parts)] == ["alice@example.com"]
    async with parts.database.read() as session:
        waiting = await pending_change(session, alice.user_id, now=now_utc())
    assert waiting.new_email == "bob@example.com"


async def test_an_address_that_was_taken_meanwhile_is_refused_and_nothing_changes(parts, alice):
    await ask(parts, alice)
    old, new = await tokens(parts)
    await confirm(parts, old)
    async with parts.database.write() as session:
        form = SignUpForm("Mallory", NEW, "")
        await create_account(session, form, password_hash=None, now=now_utc(), is_verified=True)
    with pytest.raises(AddressTaken):
        await confirm(parts, new)
    assert (await account(parts, alice)).email == "alice@example.com"
    async with parts.database.write() as session:
        await drop_change(session, new, now=now_utc())
    async with parts.database.read() as session:
        assert (await session.exec(select(EmailChange))).all() == []


async def test_links_to_the_old_address_open_nothing_after_the_move(parts, alice):
    async with parts.database.write() as session:
        await send_reset(session, parts.letters, alice.email, browser=HERE, now=now_utc())
        user = await session.get_one(User, alice.user_id)
        await signing_up.send_verification(session, parts.letters, user, now=now_utc())
    await ask(parts, alice)
    for token in await tokens(parts):
        await confirm(parts, token)
    link = await newest(parts, "verify_email")
    async with parts.database.read() as session:
        with pytest.raises(LinkOver):
            await signing_up.verification_for(session, link.token, inbox_token="", now=now_utc())
        token = (await newest(parts, "reset_password")).token
        with pytest.raises(LinkOver):
            await reset_for(session, token, now=now_utc())


async def test_the_last_confirmation_and_a_verification_at_once_leave_a_confirmed_address(
    parts, alice
):
    """Whichever is first, the address that the account ends with is one that was confirmed."""
    for turn in range(5):
        async with parts.database.write() as session:
            user = await session.get_one(User, alice.user_id)
            user.email = user.email_normalized = f"old{turn}@example.com"
            user.email_verified_at = None
            await signing_up.send_verification(session, parts.letters, user, now=now_utc())
            mark = password_mark(user)
        verification = (await newest(parts, "verify_email")).token
        await ask(parts, alice, f"new{turn}@example.com")
        old, new = await tokens(parts)
        await confirm(parts, old)

        async def verify(token=verification, mark=mark):
            async with parts.database.write() as session:
                await signing_up.confirm_email(
                    session, parts.letters, token, Arrival(HERE), mark=mark, now=now_utc()
                )

        results = await asyncio.gather(confirm(parts, new), verify(), return_exceptions=True)
        assert results[0] is True
        assert results[1] is None or isinstance(results[1], LinkOver)
        user = await account(parts, alice)
        assert user.email == f"new{turn}@example.com"
        assert user.email_verified_at is not None


async def test_both_mailboxes_at_once_move_the_address_once(parts, alice):
    for turn in range(5):
        await ask(parts, alice, f"new{turn}@example.com")
        both = await tokens(parts)
        results = await asyncio.gather(*(confirm(parts, token) for token in both))
        assert sorted(results) == [False, True]
        assert (await account(parts, alice)).email == f"new{turn}@example.com"


async def test_two_accounts_that_move_to_one_address_at_once_leave_it_with_one(
    parts, alice, committed_cast
):
    async with parts.database.write() as session:
        token = await start_session(session, committed_cast.bob.user_id, now=now_utc())
        bob = await holder_of(session, token, now=now_utc())
    links = []
    for holder in (alice, bob):
        await ask(parts, holder)
        old, new = await tokens(parts)
        await confirm(parts, old)
        links.append(new)
    results = await asyncio.gather(*(confirm(parts, new) for new in links), return_exceptions=True)
    assert [isinstance(result, Conflict) for result in results].count(True) == 1
    assert results.count(True) == 1
    emails = {(await account(parts, holder)).email for holder in (alice, bob)}
    assert NEW in emails
    assert len(emails) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [("nobody", "no e-mail"), ("", "Enter"), ("ALICE@example.com", "already")],
)
def test_what_is_no_new_address_is_refused_at_its_field(text, words):
    with pytest.raises(Invalid, match=words) as refused:
        parse_new_email(text, current="alice@example.com")
    assert refused.value.field == "new_email"


async def test_a_made_up_link_confirms_nothing(parts, alice):
    await ask(parts, alice)
    for token in ("", "tkl_made-up"):
        with pytest.raises(DomainError):
            await confirm(parts, token)
