"""The outbox and the preview over the websocket."""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from core.environment import Environment
from core.models import Mail
from saas_app import resources
from saas_app.services.mail import Letter, post
from saas_app.services.mail.catalog import TEMPLATES
from saas_app.services.mail.outbox import PAGE_ROWS
from saas_app.state.base import AppState
from saas_app.state.mail_preview import MailPreviewState
from saas_app.state.outbox import OutboxHintState, OutboxState
from tests.cast import NOW

STRANGER = "192.168.1.7"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about what is shown to whom."""
    return request.param


@pytest.fixture
async def mails(parts, database, sealer, committed_cast) -> list[Mail]:
    """More than a page of messages to alice, and one to bob, newest first."""
    async with database.write() as session:
        found = []
        for minute in range(PAGE_ROWS + 1):
            letter = Letter(
                "verify_email", "alice@example.com", {"link": f"/v?token=alice{minute}"}
            )
            now = NOW + timedelta(minutes=minute)
            found.append(await post(session, sealer, letter, now=now))
        letter = Letter("verify_email", "bob@example.com", {"link": "/v?token=bob"})
        found.append(await post(session, sealer, letter, now=NOW + timedelta(hours=1)))
    return found[::-1]


async def number_of_mails(database) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(Mail))).one()


async def shown_to(tab) -> str:
    return str((await tab.state(AppState))._get_root_state().dict())


async def test_the_newest_come_first_with_the_way_to_older_ones(tab, mails):
    await tab.open("/dev/outbox", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert [row.id for row in state.mails] == [str(mail.id) for mail in mails[:PAGE_ROWS]]
    assert (state.newer_href, state.older_href) == ("", "/dev/outbox?page=2")
    assert state.outbox_label == "Embedded outbox: nothing leaves this machine."
    await tab.open("/dev/outbox?page=2", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert len(state.mails) == 2
    assert (state.newer_href, state.older_href) == ("/dev/outbox", "")


async def test_a_message_is_opened_by_its_address(tab, mails):
    path = f"/dev/outbox?mail={mails[0].id}&form=text&theme=dark"
    await tab.open(path, OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert state.opened["to"] == "bob@example.com"
    links = [part.text for part in state.opened_text if part.is_link]
    assert "http://localhost:3000/v?token=bob" in links
    assert state.view.frame == f"/api/dev/mail/{mails[0].id}?theme=dark"
    assert state.view.html_href == f"/dev/outbox?mail={mails[0].id}&theme=dark"
    await tab.open("/dev/outbox?mail=nonsense", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert (state.opened_id, bool(state.content_trouble)) == ("", True)


async def test_the_list_is_narrowed_to_an_address(tab, mails):
    await tab.open("/dev/outbox", OutboxState.load_outbox)
    await tab.fire(OutboxState.find, {"to": " bob@example.com "})
    assert tab.redirects[-1] == "/dev/outbox?to=bob%40example.com"
    await tab.open(tab.redirects[-1], OutboxState.load_outbox)
    assert [row.id for row in (await tab.state(OutboxState)).mails] == [str(mails[0].id)]


async def test_a_message_is_sent_again(tab, database, mails):
    await tab.open("/dev/outbox", OutboxState.load_outbox)
    before = await number_of_mails(database)
    await tab.fire(OutboxState.send_again, str(mails[0].id))
    assert await number_of_mails(database) == before + 1
    assert tab.redirects[-1].startswith("/dev/outbox?mail=")


async def test_a_message_whose_content_was_dropped_says_so(tab, database, mails):
    async with database.write() as session:
        (await session.get_one(Mail, mails[0].id)).sealed_values = None
    await tab.open(f"/dev/outbox?mail={mails[0].id}", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert (state.opened_text, "dropped" in state.content_trouble) == ([], True)


async def test_a_stranger_on_the_network_is_sent_to_sign_in(tab, database, mails):
    tab.ip = STRANGER
    before = await number_of_mails(database)
    await tab.open(f"/dev/outbox?mail={mails[0].id}", OutboxState.load_outbox)
    await tab.fire(OutboxState.send_again, str(mails[0].id))
    await tab.fire(OutboxHintState.look)
    assert all(path.startswith("/sign-in?next=/dev/outbox") for path in tab.redirects)
    assert len(tab.redirects) == 2
    assert "token=bob" not in await shown_to(tab)
    assert "bob@example.com" not in await shown_to(tab)
    assert not (await tab.state(OutboxHintState)).is_mail_kept
    assert await number_of_mails(database) == before


async def test_over_the_network_people_see_their_own(
    tab, database, mails, committed_cast, session_of
):
    tab.ip = STRANGER
    tab.carry(await session_of(committed_cast.bob))
    before = await number_of_mails(database)
    await tab.open(f"/dev/outbox?to=alice@example.com&mail={mails[1].id}", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert [row.id for row in state.mails] == [str(mails[0].id)]
    assert state.opened_text == []
    await tab.fire(OutboxState.send_again, str(mails[1].id))
    assert await number_of_mails(database) == before
    await tab.fire(OutboxState.send_again, str(mails[0].id))
    assert await number_of_mails(database) == before + 1


async def test_a_page_elsewhere_reads_nothing(tab, mails):
    tab.headers = {"host": "evil.example:3000"}
    await tab.open("/dev/outbox", OutboxState.load_outbox)
    state = await tab.state(OutboxState)
    assert (state.mails, bool(state.outbox_trouble)) == ([], True)


async def test_nonsense_breaks_nothing(tab, database, mails):
    await tab.open("/dev/outbox?page=-1&form=x&theme=<b>", OutboxState.load_outbox)
    before = await number_of_mails(database)
    prefix = OutboxState.get_full_name()
    for wrong in (None, -1, "\0", [], {}, {"to": [1]}, "x" * 10_000):
        await tab.call(f"{prefix}.send_again", mail_id=wrong)
        await tab.call(f"{prefix}.find", fields=wrong)
    assert await number_of_mails(database) == before


async def test_production_has_no_outbox_and_no_preview(
    tab, database, settings, mails, committed_cast, session_of, monkeypatch
):
    tab.carry(await session_of(committed_cast.alice))
    live = settings.model_copy(update={"environment": Environment.PRODUCTION})
    built = resources.build(live)
    monkeypatch.setattr(resources, "get", lambda: built)
    before = await number_of_mails(database)
    await tab.open(f"/dev/outbox?mail={mails[1].id}", OutboxState.load_outbox)
    await tab.fire(OutboxState.send_again, str(mails[1].id))
    await tab.fire(OutboxHintState.look)
    await tab.fire(MailPreviewState.load_preview)
    assert "token=bob" not in str((await tab.state(OutboxState)).dict())
    assert (await tab.state(MailPreviewState)).templates == []
    assert not (await tab.state(OutboxHintState)).is_mail_kept
    assert await number_of_mails(database) == before
    await built.close()


async def test_every_template_can_be_looked_at(tab, parts):
    for name in TEMPLATES:
        await tab.open(f"/dev/mail?template={name}&width=360", MailPreviewState.load_preview)
        state = await tab.state(MailPreviewState)
        assert (state.template_name, state.template_view.width) == (name, "360")
        assert state.template_text
        assert [row.name for row in state.templates if row.is_open] == [name]
    await tab.fire(MailPreviewState.choose_template, "contact")
    assert tab.redirects[-1] == "/dev/mail?template=contact"
    await tab.open("/dev/mail?template=unheard", MailPreviewState.load_preview)
    assert (await tab.state(MailPreviewState)).template_name == next(iter(TEMPLATES))


async def test_other_pages_point_at_the_outbox_while_it_keeps_mail(
    tab, parts, settings, monkeypatch
):
    await tab.open("/sign-up", OutboxHintState.look)
    assert (await tab.state(OutboxHintState)).is_mail_kept
    built = resources.build(settings.model_copy(update={"mail": "off"}))
    monkeypatch.setattr(resources, "get", lambda: built)
    await tab.fire(OutboxHintState.look)
    assert not (await tab.state(OutboxHintState)).is_mail_kept
    await built.close()
