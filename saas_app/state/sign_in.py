"""Signing in: checks what was typed before the browser posts it."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import Invalid
from saas_app import resources
from saas_app.services import accounts, approvals, attempts
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.state.base import text_in
from saas_app.state.door import WIDGET_FIELD, DoorState
from saas_app.state.markers import public


class SignInState(DoorState):
    """The fields' problems, and the word that lets the browser post the form."""

    @rx.event
    @public
    def arrive(self) -> None:
        """Remember where the visitor wanted to go, and explain a post that was refused."""
        self._begin()

    @rx.event
    @public
    async def check_sign_in(self, fields: dict[str, Any]) -> None:
        """Say what is wrong, or let the browser post the form with an approval.

        The attempt is counted and the password hashed here, once; the post only takes the approval.
        """
        self._check()
        email, password = text_in(fields, "email"), text_in(fields, "password")
        accounts.parse_email(email)
        if not password:
            raise Invalid("Enter your password.", field="password")
        parts, now = resources.get(), now_utc()
        human = text_in(fields, WIDGET_FIELD)
        await parts.doors.knock(attempts.SIGN_IN, self._address(), now=now, human=human)
        devices = self._cookie(BrowserCookie.DEVICES)
        user = await parts.password_door.check(email, password, devices=devices, now=now)
        async with parts.database.write() as session:
            door = ApprovedDoor.SIGN_IN
            self.approval = await approvals.approve(session, user, door, now=now)
