"""A forgotten password: asking for the letter, and choosing a new one behind its link."""

import secrets
from typing import Any

import reflex as rx

from core.clock import now_utc
from saas_app import resources
from saas_app.services import accounts, attempts
from saas_app.services.even_time import at_least
from saas_app.services.one_time_tokens import LinkOver
from saas_app.services.password_reset import reset_for, send_reset
from saas_app.services.password_rules import require_good
from saas_app.state.addresses import asked
from saas_app.state.base import text_in
from saas_app.state.door import WIDGET_FIELD, DoorState
from saas_app.state.markers import public


class ForgotPasswordState(DoorState):
    """Asks for the letter; says the same whoever asks."""

    asked_email: str = ""
    sends_no_mail: bool = False

    @rx.event
    @public
    def arrive_forgetful(self) -> None:
        """Show the form."""
        self._begin()
        self.asked_email = ""
        self.sends_no_mail = resources.get().settings.mail_driver == "off"

    @rx.event
    @public
    async def ask(self, fields: dict[str, Any]) -> None:
        """Send the letter if there is an account."""
        self._check()
        email = accounts.parse_email(text_in(fields, "email"))
        parts, now = resources.get(), now_utc()
        human = text_in(fields, WIDGET_FIELD)
        await parts.doors.knock(attempts.FORGOT, self._address(), now=now, human=human)
        await parts.doors.spend_letter("reset_password", email, now=now)
        async with at_least(), parts.database.write() as session:
            browser = self._browser()
            await send_reset(session, parts.letters, email, browser=browser, now=now)
        self.asked_email = email


class ResetPasswordState(DoorState):
    """The form behind the link."""

    is_reset_ready: bool = False
    is_reset_over: bool = False
    reset_email: str = ""
    reset_token: str = ""

    @rx.event
    @public
    async def look_at_reset(self) -> None:
        """Say whose password the link sets."""
        self._begin()
        self.reset_token, self.is_reset_over = asked(self.router.url, "token")[:200], False
        try:
            async with resources.get().database.read() as session:
                user = await reset_for(session, self.reset_token, now=now_utc())
            self.reset_email = user.email
        except LinkOver:
            self.is_reset_over, self.reset_email, self.trouble = True, "", ""
        self.is_reset_ready = True

    @rx.event
    @public
    async def check_reset(self, fields: dict[str, Any]) -> None:
        """Judge the new password, then let the browser post the form."""
        self._check()
        parts = resources.get()
        async with parts.database.read() as session:
            user = await reset_for(session, asked(self.router.url, "token"), now=now_utc())
        password = text_in(fields, "password")
        await require_good(password, parts.breached, about=(user.name, user.email))
        self.approval = secrets.token_hex(8)
