"""Signing up, and waiting for the letter that ends it."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import reflex as rx

from core.clock import now_utc
from core.errors import DomainError
from saas_app import resources
from saas_app.services import attempts, signing_up
from saas_app.services.accounts import SignUpForm
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.features import FeatureOff
from saas_app.services.limits import TooOften, in_words
from saas_app.services.mail import newest_for, values_of
from saas_app.services.password_rules import require_good
from saas_app.state.base import text_in
from saas_app.state.door import WIDGET_FIELD, DoorState
from saas_app.state.markers import public
from saas_app.state.outbox import readable_by


class SignUpState(DoorState):
    """The form of a newcomer."""

    is_closed: bool = False
    closed_why: str = ""

    @rx.event
    @public
    async def arrive_to_sign_up(self) -> None:
        """Show the form, unless nobody can sign up."""
        self._begin()
        parts = resources.get()
        self.is_closed, self.closed_why = False, ""
        try:
            async with parts.database.read() as session:
                await signing_up.require_open(session, parts.settings)
        except FeatureOff as refusal:
            self.is_closed, self.closed_why = True, refusal.message

    @rx.event
    @public
    async def check_sign_up(self, fields: dict[str, Any]) -> None:
        """Say what is wrong with the fields, or let the browser post them.

        Whether the address has an account is not looked at.
        """
        self._check()
        parts = resources.get()
        form = SignUpForm.parse(fields)
        await require_good(form.password, parts.breached, about=(form.name, form.email))
        self.approval = secrets.token_hex(8)


@dataclass(frozen=True)
class ShownLetter:
    """A letter of the development outbox: what it is about, and the link in it."""

    title: str
    token: str
    page: str


NO_LETTER = ShownLetter("", "", "")
TITLES = {
    "verify_email": "Confirm your address",
    "already_registered": "You already have an account",
}


class InboxState(DoorState):
    """Waiting for a letter."""

    is_inbox_ready: bool = False
    awaited_email: str = ""
    resent: str = ""
    letter: ShownLetter = NO_LETTER

    @rx.event
    @public
    async def wait_for_letter(self) -> None:
        """Say which mailbox to look into; in development, show what is in it."""
        self._begin()
        self.resent = ""
        await self._show()
        self.is_inbox_ready = True

    @rx.event
    @public
    async def resend(self, fields: dict[str, Any]) -> None:
        """Send the letter again, at most once a minute."""
        self._check()
        self.resent = ""
        parts, now = resources.get(), now_utc()
        human = text_in(fields, WIDGET_FIELD)
        await parts.doors.knock(attempts.RESEND, self._address(), now=now, human=human)
        async with parts.database.read() as session:
            inbox = await signing_up.waiting_inbox(session, self._token(), now=now)
        if inbox is None:
            self.awaited_email = ""
            return
        try:
            await parts.doors.spend_letter("sign_up", str(inbox.details["email"]), now=now)
        except TooOften as refusal:
            wait = in_words(refusal.wait_seconds)
            self.trouble = f"A letter is on its way. You can ask for another {wait}."
            return
        async with parts.database.write() as session:
            await signing_up.resend(session, parts.letters, inbox, now=now)
        self.resent = "Sent again. It may take a minute to arrive."
        self.widget_round += 1
        await self._show()

    async def _show(self) -> None:
        parts = resources.get()
        async with parts.database.read() as session:
            inbox = await signing_up.waiting_inbox(session, self._token(), now=now_utc())
            self.awaited_email = str(inbox.details["email"]) if inbox is not None else ""
            self.letter = NO_LETTER
            if inbox is None or not await self._may_read_outbox():
                return
            found = await newest_for(session, self.awaited_email, TITLES)
        if found is not None:
            link = urlsplit(values_of(found, parts.sealer)["link"])
            token = parse_qs(link.query).get("token", [""])[0]
            self.letter = ShownLetter(TITLES[found.template], token, link.path)

    async def _may_read_outbox(self) -> bool:
        """Whether the embedded outbox takes the mail, and the visitor sits at its machine."""
        if resources.get().settings.mail_driver != "outbox":
            return False
        try:
            return await readable_by(self) is None
        except DomainError:
            return False

    def _token(self) -> str:
        return self._cookie(BrowserCookie.CHALLENGE)
