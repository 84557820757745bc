"""The page that an invitation's link opens: whom it is from, and the answer."""

from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import DomainError
from core.permissions import Origin
from saas_app import resources
from saas_app.services import joining
from saas_app.services.joining import Asked
from saas_app.services.roles import ABOUT
from saas_app.state.addresses import asked
from saas_app.state.base import AppState
from saas_app.state.markers import member, public
from saas_app.state.members import ROLE_NAMES
from saas_app.state.server import as_text


class InvitationState(AppState):
    """What the holder of the token may know. The token itself stays in the address."""

    is_invitation_ready: bool = False
    gone: str = ""
    answer: str = ""
    is_declined: bool = False
    asking_name: str = ""
    asking_inviter: str = ""
    asking_role: str = ""
    asking_about: str = ""
    asking_email: str = ""
    asking_until: str = ""
    asking_slug: str = ""
    way_back_in_query: str = ""

    @rx.event
    @public
    async def arrive(self) -> None:
        """Show what the address's token opens, to whoever is signed in, or not."""
        self.is_declined, self.gone = False, ""
        holder = await self._holder_or_none()
        here = f"/invitation?token={quote(self._token(), safe='')}"
        self.way_back_in_query = quote(here, safe="/")
        async with resources.get().database.read() as session:
            try:
                found = await joining.look_at_invitation(
                    session, self._token(), holder=holder, now=now_utc()
                )
            except DomainError as refusal:
                self.gone = refusal.message
            else:
                self._show(found)
        self.is_invitation_ready = True

    @rx.event
    @member
    async def accept(self) -> EventSpec:
        """Join, and go there."""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            slug = await joining.accept_invitation(
                session,
                self._token(),
                holder=holder,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self._say(f"You are in {self.asking_name}.")
        return rx.redirect(f"/o/{slug}/servers", replace=True)

    @rx.event
    @public
    async def decline(self) -> None:
        """Turn the invitation down."""
        holder = await self._holder_or_none()
        origin = self._origin(holder) if holder is not None else self._origin_of_nobody()
        async with resources.get().database.write() as session:
            await joining.decline_invitation(
                session, self._token(), holder=holder, origin=origin, now=now_utc()
            )
        self.is_declined = True

    def _origin_of_nobody(self) -> Origin:
        return Origin(
            ip_address=self.router.session.client_ip, user_agent=self.router.headers.user_agent
        )

    def _token(self) -> str:
        return asked(self.router.url, "token")

    def _show(self, found: Asked) -> None:
        self.answer, self.asking_slug = found.answer.value, found.slug
        self.asking_name, self.asking_inviter = found.organization, found.inviter
        self.asking_role, self.asking_about = ROLE_NAMES[found.role], ABOUT[found.role]
        self.asking_email, self.asking_until = found.email, as_text(found.expires_at)
