"""The second step of signing in: which ways there are, and which one is shown."""

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from saas_app import resources
from saas_app.services import challenges
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import Purpose
from saas_app.services.factors.second_factor import choices_of
from saas_app.state.addresses import asked
from saas_app.state.door import DoorState
from saas_app.state.markers import public


class VerifyState(DoorState):
    """What the holder of the challenge can show; nothing of it decides."""

    is_verify_ready: bool = False
    can_use_app: bool = False
    can_use_backup: bool = False
    can_use_passkey: bool = False
    shown_way: str = ""

    @rx.event
    @public
    async def arrive_to_verify(self) -> EventSpec | None:
        """Show the way that the address asks for, or the first there is."""
        self._begin()
        token = self._cookie(BrowserCookie.CHALLENGE)
        async with resources.get().database.read() as session:
            begun = await challenges.look(session, token, Purpose.SECOND_FACTOR, now=now_utc())
            if begun is None or begun.user_id is None:
                return rx.redirect("/sign-in?error=challenge_over", replace=True)
            choices = await choices_of(session, begun.user_id)
        self.can_use_app, self.can_use_backup = choices.app, choices.backup_codes
        self.can_use_passkey = choices.passkey
        ways = {"app": choices.app, "passkey": choices.passkey, "backup": choices.backup_codes}
        wanted = asked(self.router.url, "with")
        first = next((way for way, is_open in ways.items() if is_open), "app")
        self.shown_way = wanted if ways.get(wanted) else first
        self.is_verify_ready = True
        return None
