"""The outbox: what it lists, shows and sends again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.crypto import Sealer
from core.errors import Conflict, NotFound
from core.models import MailStatus
from saas_app.services.mail import Letter, newest_for, open_mail, post
from saas_app.services.mail.outbox import PAGE_ROWS, list_outbox, mail_of, send_again
from tests.cast import NOW


async def posted(session, sealer, *, to="ada@example.com", minutes=0, link="/verify-email?token=t"):
    now = NOW + timedelta(minutes=minutes)
    mail = await post(session, sealer, Letter("verify_email", to, {"link": link}), now=now)
    await session.flush()
    return mail


async def test_the_newest_stand_first_page_by_page(session, sealer):
    mails = [await posted(session, sealer, minutes=minute) for minute in range(PAGE_ROWS + 3)]
    first = await list_outbox(session, to=None, page=1)
    assert [mail.id for mail in first.mails] == [mail.id for mail in mails[:2:-1]]
    assert first.has_more
    second = await list_outbox(session, to=None, page=2)
    assert [mail.id for mail in second.mails] == [mail.id for mail in mails[2::-1]]
    assert not second.has_more
    assert (await list_outbox(session, to=None, page=-5)).page == 1


async def test_a_list_for_one_address_holds_nobody_elses(session, sealer):
    mine = await posted(session, sealer, to="A_a@example.com")
    other = await posted(session, sealer, to="aba@example.com")
    found = await list_outbox(session, to="a_a@EXAMPLE.com", page=1)
    assert [mail.id for mail in found.mails] == [mine.id]
    assert (await list_outbox(session, to="%", page=1)).mails == []
    assert (await mail_of(session, mine.id, to="a_A@example.com")).id == mine.id
    with pytest.raises(NotFound):
        await mail_of(session, other.id, to="a_a@example.com")
    with pytest.raises(NotFound):
        await send_again(session, sealer, other.id, to="a_a@example.com", now=NOW)


async def test_the_newest_message_of_a_kind_to_an_address_is_found_while_it_can_be_read(
    session, sealer
):
    await posted(session, sealer, to="someone@example.com", minutes=9)
    old, new = [await posted(session, sealer, minutes=minute) for minute in (1, 2)]
    assert await newest_for(session, "ADA@example.com", ["verify_email"]) is new
    assert await newest_for(session, "ada@example.com", ["reset_password"]) is None
    new.sealed_values = None
    await session.flush()
    assert await newest_for(session, "ada@example.com", ["verify_email"]) is old


async def test_a_message_is_sent_again_as_a_copy(session, sealer):
    mail = await posted(session, sealer)
    mail.status = MailStatus.FAILED
    copy = await send_again(session, sealer, mail.id, to=None, now=NOW)
    assert copy.id != mail.id
    assert copy.status is MailStatus.WAITING
    opened = [open_mail(one, sealer, web_url="http://localhost:3000") for one in (mail, copy)]
    assert opened[0] == opened[1]


async def test_what_was_dropped_is_neither_shown_nor_sent(session, sealer):
    mail = await posted(session, sealer)
    mail.sealed_values = None
    with pytest.raises(Conflict, match="dropped"):
        open_mail(mail, sealer, web_url="http://localhost:3000")
    with pytest.raises(Conflict, match="dropped"):
        await send_again(session, sealer, mail.id, to=None, now=NOW)
    with pytest.raises(NotFound):
        await send_again(session, sealer, uuid4(), to=None, now=NOW)


async def test_a_message_under_a_lost_key_says_so(session, sealer):
    mail = await posted(session, sealer)
    with pytest.raises(Conflict, match="MASTER_KEY"):
        open_mail(mail, Sealer((b"z" * 32,)), web_url="http://localhost:3000")
