"""The address of whoever is signed in, and the page that confirms another."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from core.permissions import require_fresh
from saas_app import resources
from saas_app.services import attempts, email_change
from saas_app.services.email_change import AddressTaken, parse_new_email
from saas_app.services.even_time import at_least
from saas_app.services.one_time_tokens import LinkOver
from saas_app.state.addresses import asked
from saas_app.state.base import text_in
from saas_app.state.door import DoorState
from saas_app.state.markers import member, public


class AccountEmailState(DoorState):
    """The address, and the other one that waits for its letters to be answered."""

    is_email_ready: bool = False
    current_email: str = ""
    wanted_email: str = ""
    is_old_confirmed: bool = False
    is_new_confirmed: bool = False

    @rx.event
    @member
    async def load_email(self) -> None:
        """Show the section."""
        self._begin()
        await self._load()
        self.is_email_ready = True

    @rx.event
    @member
    async def ask_email_change(self, fields: dict[str, Any]) -> None:
        """Write both mailboxes; a session that is not fresh is confirmed first.

        It takes as long for an address that somebody has, which gets no letter.
        """
        self._check()
        parts, now = resources.get(), now_utc()
        holder = await self._holder()
        origin = self._origin(holder)
        require_fresh(origin)
        new_email = parse_new_email(text_in(fields, "new_email"), current=holder.email)
        await parts.doors.knock(attempts.CHANGE_EMAIL, self._address(), now=now, human=None)
        await parts.doors.spend_letter("change_email", str(holder.user_id), now=now)
        async with at_least(), parts.database.write() as session:
            await email_change.ask_change(
                session, parts.letters, holder, new_email=new_email, origin=origin, now=now
            )
        await self._load()

    @rx.event
    @member
    async def cancel_email_change(self) -> None:
        """Stay with the address."""
        self._check()
        holder = await self._holder()
        async with resources.get().database.write() as session:
            origin = self._origin(holder)
            await email_change.cancel_change(session, holder, origin=origin, now=now_utc())
        await self._load()

    async def _load(self) -> None:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            found = await email_change.pending_change(session, holder.user_id, now=now_utc())
        self.current_email = holder.email
        self.wanted_email = found.new_email if found is not None else ""
        self.is_old_confirmed = found is not None and found.is_old_confirmed
        self.is_new_confirmed = found is not None and found.is_new_confirmed


class ConfirmEmailState(DoorState):
    """The page behind the links of both letters."""

    is_change_ready: bool = False
    is_change_over: bool = False
    change_from: str = ""
    change_to: str = ""
    change_said: str = ""

    @rx.event
    @public
    async def look_at_change(self) -> None:
        """Say what the link confirms; opening the page uses nothing up."""
        self._begin()
        self.is_change_over, self.change_said = False, ""
        try:
            async with resources.get().database.read() as session:
                token, now = asked(self.router.url, "token"), now_utc()
                found = await email_change.change_for(session, token, now=now)
            self.change_from, self.change_to = found
        except LinkOver:
            self.is_change_over = True
        self.is_change_ready = True

    @rx.event
    @public
    async def confirm_change(self) -> None:
        """Say yes for the mailbox that the link was sent to; a second press finds nothing to do."""
        if self.change_said:
            return
        self._check()
        parts, now = resources.get(), now_utc()
        token = asked(self.router.url, "token")
        browser = self._browser()
        await parts.doors.knock(attempts.VERIFY, browser.ip_address, now=now, human=None)
        try:
            async with parts.database.write() as session:
                is_moved = await email_change.confirm_change(
                    session, parts.letters, token, browser=browser, now=now
                )
        except AddressTaken:
            async with parts.database.write() as session:
                await email_change.drop_change(session, token, now=now)
            raise
        self.change_said = (
            f"Your address is {self.change_to} from now on."
            if is_moved
            else "Confirmed. Now open the link in the letter to the other address."
        )
