"""The password of whoever is signed in: changing it, or getting a first one."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import Invalid
from core.models import User
from saas_app import resources
from saas_app.services import approvals
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.password_change import ask_first_password, own_account
from saas_app.services.password_rules import require_good
from saas_app.state.addresses import asked
from saas_app.state.base import text_in
from saas_app.state.door import DoorState
from saas_app.state.markers import member


class AccountPasswordState(DoorState):
    """Whether there is a password, and the form for another."""

    is_password_ready: bool = False
    has_password: bool = True
    password_said: str = ""
    account_email: str = ""
    page_path: str = ""

    @rx.event
    @member
    async def load_password(self) -> None:
        """Show the section; `?changed=password` says that the post before it went well."""
        self._begin()
        user = await self._user()
        self.has_password, self.account_email = user.password_hash is not None, user.email
        self.page_path = str(self.router.url.path)
        is_changed = asked(self.router.url, "changed") == "password"
        self.password_said = (
            "Your password is changed, and you are signed out everywhere else."
            if is_changed
            else ""
        )
        self.is_password_ready = True

    @rx.event
    @member
    async def check_new_password(self, fields: dict[str, Any]) -> None:
        """Check the current password and judge the new one, then let the browser post the form."""
        self._check()
        parts, now = resources.get(), now_utc()
        user = await self._user()
        current, new = text_in(fields, "current"), text_in(fields, "password")
        if not current:
            raise Invalid("Enter your current password.", field="current")
        if new == current:
            raise Invalid("That is your current password. Choose another.", field="password")
        await require_good(new, parts.breached, about=(user.name, user.email))
        devices = self._cookie(BrowserCookie.DEVICES)
        await parts.password_door.check_own(
            user, current, devices=devices, now=now, field="current"
        )
        async with parts.database.write() as session:
            door = ApprovedDoor.CHANGE_PASSWORD
            self.approval = await approvals.approve(session, user, door, now=now)

    @rx.event
    @member
    async def ask_for_password(self) -> None:
        """Mail a link to somebody who has no password yet."""
        self._check()
        parts, now = resources.get(), now_utc()
        holder = await self._holder()
        await parts.doors.spend_letter("reset_password", holder.email, now=now)
        async with parts.database.write() as session:
            browser = self._browser()
            await ask_first_password(session, parts.letters, holder, browser=browser, now=now)
        self.password_said = f"We sent a link to {holder.email}. It is good for an hour."

    async def _user(self) -> User:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            return await own_account(session, holder)
