"""Signing in: checks what was typed before the browser posts it."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import Invalid
from core.sessions import holder_of, shut_out_by_ban
from saas_app import resources
from saas_app.services import accounts, approvals, attempts
from saas_app.services.admin.impersonation import own_session
from saas_app.services.approvals import ApprovedDoor
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.state.base import text_in
from saas_app.state.door import WIDGET_FIELD, DoorState
from saas_app.state.markers import public


class SignInState(DoorState):
    """The fields' problems, and the word that lets the browser post the form.

    `is_own_waiting`: an admin's hour in somebody's name is over, and their own session is there.
    """

    is_own_waiting: bool = False

    @rx.event
    @public
    async def arrive(self) -> EventSpec | None:
        """Remember where the visitor wanted to go, and explain a post that was refused.

        A browser that a ban has signed out is told so, whichever page of it led here.
        """
        self._begin()
        token, own = self._session_token(), self._cookie(BrowserCookie.OWN_SESSION)
        self.is_own_waiting = False
        if token is None and not own:
            return None
        now = now_utc()
        async with resources.get().database.read() as session:
            user = await shut_out_by_ban(session, token, now=now)
            is_in = await holder_of(session, token, now=now) is not None
            self.is_own_waiting = not is_in and await own_session(session, own, now=now) is not None
        return rx.redirect("/banned", replace=True) if user is not None else None

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
