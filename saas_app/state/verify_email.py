"""The page behind the link of a letter that confirms an address."""

import secrets
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import Invalid
from core.models import User
from saas_app import resources
from saas_app.services import approvals, attempts, signing_up
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.one_time_tokens import LinkOver
from saas_app.state.addresses import asked
from saas_app.state.base import text_in
from saas_app.state.door import DoorState
from saas_app.state.markers import public


class VerifyEmailState(DoorState):
    """Whose address it is, and whether the password is asked."""

    is_verify_ready: bool = False
    is_link_over: bool = False
    verified_email: str = ""
    link_token: str = ""
    asks_password: bool = False

    @rx.event
    @public
    async def look_at_link(self) -> None:
        """Say what the link confirms; opening the page uses nothing up."""
        self._begin()
        self.link_token, self.is_link_over = asked(self.router.url, "token")[:200], False
        try:
            user, self.asks_password = await self._look()
            self.verified_email = user.email
        except LinkOver:
            self.is_link_over, self.verified_email, self.trouble = True, "", ""
        self.is_verify_ready = True

    @rx.event
    @public
    async def check_verification(self, fields: dict[str, Any]) -> None:
        """Check the password where it is asked, then let the browser post the form."""
        self._check()
        parts, now = resources.get(), now_utc()
        user, asks_password = await self._look()
        if not asks_password:
            self.approval = secrets.token_hex(8)
            return
        password = text_in(fields, "password")
        if not password:
            raise Invalid("Enter the password you chose.", field="password")
        await parts.doors.knock(attempts.VERIFY, self._address(), now=now, human=None)
        devices = self._cookie(BrowserCookie.DEVICES)
        await parts.password_door.check_own(user, password, devices=devices, now=now)
        async with parts.database.write() as session:
            door = ApprovedDoor.VERIFY_EMAIL
            self.approval = await approvals.approve(session, user, door, now=now)

    async def _look(self) -> tuple[User, bool]:
        async with resources.get().database.read() as session:
            return await signing_up.verification_for(
                session,
                asked(self.router.url, "token"),
                inbox_token=self._cookie(BrowserCookie.CHALLENGE),
                now=now_utc(),
            )
