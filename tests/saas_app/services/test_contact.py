"""Messages of the contact page: what is taken, and where they go."""

import pytest
from sqlmodel import select

from core.errors import Invalid
from core.models import Mail
from saas_app.services.contact import LONGEST_MESSAGE, ContactForm, send_message
from tests.cast import NOW
from tests.letters import posted

HELP = "help@kiln.example"
MESSAGE = "Can a server hold two APIs?"


async def test_a_message_goes_to_support_and_an_answer_to_its_writer(session, sealer):
    form = ContactForm.parse(" Ada  Potter ", "ada@example.com", f"  {MESSAGE}\r\nThanks\n")
    await send_message(session, sealer, form, to=HELP, now=NOW)
    (letter,) = await posted(session, sealer)
    assert (letter.template, letter.to) == ("contact", HELP)
    assert letter.values == {
        "name": "Ada Potter", "email": "ada@example.com", "message": f"{MESSAGE}\nThanks",
    }  # fmt: skip
    mail = (await session.exec(select(Mail))).one()
    assert (mail.reply_to, mail.user_id, mail.subject) == (
        "ada@example.com", None, "Message from Ada Potter",
    )  # fmt: skip


async def test_the_longest_message_of_the_widest_letters_fits(session, sealer):
    form = ContactForm.parse("A" * 64, "ada@example.com", "🜂" * LONGEST_MESSAGE)
    await send_message(session, sealer, form, to=HELP, now=NOW)
    assert len(await posted(session, sealer)) == 1


@pytest.mark.parametrize(
    ("name", "email", "message", "field"),
    [
        ("", "ada@example.com", MESSAGE, "name"),
        ("A" * 65, "ada@example.com", MESSAGE, "name"),
        ("Ada", "", MESSAGE, "email"),
        ("Ada", "ada", MESSAGE, "email"),
        ("Ada", "ada@example.com\r\nBcc: all@example.com", MESSAGE, "email"),
        ("Ada", "ada@example.com", "Hi", "message"),
        ("Ada", "ada@example.com", " " * 20, "message"),
        ("Ada", "ada@example.com", "x" * (LONGEST_MESSAGE + 1), "message"),
    ],
)
def test_what_cannot_be_taken_stands_on_its_field(name, email, message, field):
    with pytest.raises(Invalid) as refusal:
        ContactForm.parse(name, email, message)
    assert refusal.value.field == field
