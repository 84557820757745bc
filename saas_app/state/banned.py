"""Tells somebody with the right password, or a session that was shut, why they are banned."""

import reflex as rx

from core.clock import now_utc
from saas_app import resources
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.letters import as_moment
from saas_app.services.signing_in import ban_shown_to
from saas_app.state.door import DoorState
from saas_app.state.markers import public


class BannedState(DoorState):
    """What the ban says; empty for everybody else."""

    is_ban_ready: bool = False
    is_ban_known: bool = False
    ban_reason: str = ""
    ban_ends: str = ""

    @rx.event
    @public
    async def look_at_ban(self) -> None:
        """Show the ban to the browser that holds a right password's challenge, or the session."""
        self.is_ban_known, self.ban_reason, self.ban_ends = False, "", ""
        now, token = now_utc(), self._cookie(BrowserCookie.CHALLENGE)
        async with resources.get().database.read() as session:
            user = await ban_shown_to(session, token, session_token=self._session_token(), now=now)
        if user is not None:
            self.is_ban_known, self.ban_reason = True, user.ban_reason
            self.ban_ends = as_moment(user.ban_ends_at) if user.ban_ends_at else ""
        self.is_ban_ready = True
