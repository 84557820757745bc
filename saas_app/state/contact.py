"""The contact page: the same for everybody, filled in for whoever is signed in."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from saas_app import resources
from saas_app.services import attempts
from saas_app.services.contact import ContactForm, send_message
from saas_app.state.base import text_in
from saas_app.state.door import WIDGET_FIELD, DoorState
from saas_app.state.markers import public


class ContactState(DoorState):
    """The form, and that its message is on the way."""

    is_contact_ready: bool = False
    sends_no_messages: bool = False
    answer_to: str = ""

    @rx.event
    @public
    async def arrive_to_write(self) -> None:
        """Show an empty form."""
        self._begin()
        self.answer_to = ""
        await self._holder_or_none()
        self.sends_no_messages = resources.get().settings.mail_driver == "off"
        self.is_contact_ready = True

    @rx.event
    @public
    async def send_contact(self, fields: dict[str, Any]) -> None:
        """Send the message, at most one a minute from one address."""
        self._check()
        form = ContactForm.parse(*[text_in(fields, name) for name in ("name", "email", "message")])
        parts, now = resources.get(), now_utc()
        human = text_in(fields, WIDGET_FIELD)
        await parts.doors.knock(attempts.CONTACT, self._address(), now=now, human=human)
        await parts.doors.spend_letter("contact", form.email, now=now)
        async with parts.database.write() as session:
            to = parts.settings.support_address
            await send_message(session, parts.sealer, form, to=to, now=now)
        self.widget_round += 1
        self.answer_to = form.email

    @rx.event
    @public
    async def write_another(self) -> None:
        """Show an empty form again."""
        self._begin()
        self.answer_to = ""
