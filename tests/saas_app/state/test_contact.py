"""The contact page as tabs see it: for anybody, at most so often, and with a check for people."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from saas_app import resources
from saas_app.integrations.turnstile import make_human_check
from saas_app.services import attempts
from saas_app.services.attempts import Doors
from saas_app.state.contact import ContactState
from saas_app.state.door import WIDGET_FIELD
from tests.saas_app.letters import letters
from tests.vendors.turnstile import SECRET, SITE_KEY, fake_turnstile

PAGE = "/contact"
FIELDS = {
    "name": "Ada",
    "email": "ada@example.com",
    "message": "Can a server hold two APIs?",
}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The service is tried on both databases; here it is about what tabs show."""
    return request.param


async def test_whoever_is_signed_in_and_whoever_is_not_send_the_same(
    tab, tabs, committed_cast, session_of, parts
):
    signed_in = tabs("tab-2")
    signed_in.carry(await session_of(committed_cast.bob))
    for number, one in enumerate((tab, signed_in)):
        await one.open(PAGE, ContactState.arrive_to_write)
        fields = FIELDS | {"email": f"ada{number}@example.com"}
        await one.fire(ContactState.send_contact, fields)
        assert (await one.state(ContactState)).answer_to == fields["email"]
    first, second = await letters(parts)
    assert (first.to, first.template) == (second.to, second.template)
    assert first.values["message"] == second.values["message"]


async def test_the_form_is_filled_in_for_whoever_is_signed_in(
    tab, committed_cast, session_of, parts
):
    await tab.open(PAGE, ContactState.arrive_to_write)
    state = await tab.state(ContactState)
    assert (state.user_name, state.is_contact_ready) == ("", True)
    tab.carry(await session_of(committed_cast.bob))
    await tab.open(PAGE, ContactState.arrive_to_write)
    state = await tab.state(ContactState)
    assert (state.user_name, state.user_email) == ("Bob", "bob@example.com")


async def test_mistakes_stand_on_their_fields_and_cost_no_attempt(tab, parts):
    await tab.open(PAGE, ContactState.arrive_to_write)
    for name in FIELDS:
        await tab.fire(ContactState.send_contact, FIELDS | {name: ""})
        assert list((await tab.state(ContactState)).problems) == [name]
    await tab.fire(ContactState.send_contact, FIELDS)
    assert len(await letters(parts)) == 1


async def test_a_second_message_has_to_wait(tab, parts):
    await tab.open(PAGE, ContactState.arrive_to_write)
    await tab.fire(ContactState.send_contact, FIELDS)
    await tab.fire(ContactState.write_another)
    await tab.fire(ContactState.send_contact, FIELDS)
    state = await tab.state(ContactState)
    assert state.trouble.startswith("Too many attempts. Try again in ")
    assert (state.answer_to, len(await letters(parts))) == ("", 1)


async def test_one_address_sends_only_so_many_under_however_many_names(tab, parts):
    tab.ip = "203.0.113.7"
    await tab.open(PAGE, ContactState.arrive_to_write)
    for number in range(attempts.CONTACT.address + 1):
        fields = FIELDS | {"email": f"ada{number}@example.com"}
        await tab.fire(ContactState.send_contact, fields)
    assert "Too many attempts" in (await tab.state(ContactState)).trouble
    assert len(await letters(parts)) == attempts.CONTACT.address


async def test_where_turnstile_is_set_a_message_needs_its_answer(tab, parts, monkeypatch):
    async with fake_turnstile() as cloudflare:
        cloudflare.good.add("good")
        keys = {"turnstile_site_key": SITE_KEY, "turnstile_secret_key": SecretStr(SECRET)}
        settings = parts.settings.model_copy(update=keys | {"turnstile_verify_url": cloudflare.url})
        doors = Doors(parts.limiter, make_human_check(settings))
        guarded = replace(parts, settings=settings, doors=doors)
        monkeypatch.setattr(resources, "get", lambda: guarded)
        await tab.open(PAGE, ContactState.arrive_to_write)
        assert (await tab.state(ContactState)).widget_key == SITE_KEY
        for answer in ("", "bad"):
            await tab.fire(ContactState.send_contact, FIELDS | {WIDGET_FIELD: answer})
            assert "you are a person" in (await tab.state(ContactState)).trouble
        assert await letters(parts) == []
        await tab.fire(ContactState.send_contact, FIELDS | {WIDGET_FIELD: "good"})
        assert len(await letters(parts)) == 1


async def test_a_copy_that_sends_no_mail_says_so(tab, parts, settings, monkeypatch):
    off = replace(parts, settings=settings.model_copy(update={"mail": "off"}))
    monkeypatch.setattr(resources, "get", lambda: off)
    await tab.open(PAGE, ContactState.arrive_to_write)
    assert (await tab.state(ContactState)).sends_no_messages


async def test_messages_go_to_the_address_for_support(tab, parts, settings, monkeypatch):
    for update, to in (
        ({"support_email": "help@kiln.example"}, "help@kiln.example"),
        ({"email_from": "Kiln <mail@kiln.example>"}, "mail@kiln.example"),
    ):
        other = replace(parts, settings=settings.model_copy(update=update))
        monkeypatch.setattr(resources, "get", lambda other=other: other)
        await tab.open(PAGE, ContactState.arrive_to_write)
        await tab.fire(ContactState.send_contact, FIELDS | {"email": f"to.{to}"})
        assert (await letters(parts))[-1].to == to
