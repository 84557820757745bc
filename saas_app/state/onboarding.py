"""A newcomer's first minute: their name, and that of their organization."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.access import personal_organization_of
from core.clock import now_utc
from saas_app import resources
from saas_app.services.profile import finish_onboarding, skip_onboarding
from saas_app.state.addresses import way_back
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member


class OnboardingState(AppState):
    """What the form begins with."""

    is_onboarding_ready: bool = False
    suggested_organization: str = ""

    @rx.event
    @member
    async def load_onboarding(self) -> EventSpec | None:
        """Fill the form; whoever was welcomed before goes on."""
        self._clear_problems()
        holder = await self._holder()
        if holder.is_onboarded:
            return self._go_on()
        async with resources.get().database.read() as session:
            personal = await personal_organization_of(session, holder.user_id)
        self.suggested_organization = personal.name if personal is not None else ""
        self.is_onboarding_ready = True
        return None

    @rx.event
    @member
    async def finish(self, typed: dict[str, Any]) -> EventSpec:
        """Keep the names and go on."""
        self._clear_problems()
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await finish_onboarding(
                session,
                holder,
                name=text_in(typed, "name"),
                organization_name=text_in(typed, "organization_name"),
                origin=self._origin(holder),
                now=now_utc(),
            )
        return self._go_on()

    @rx.event
    @member
    async def skip(self) -> EventSpec:
        """Go on with the names there are."""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await skip_onboarding(session, holder, now=now_utc())
        return self._go_on()

    def _go_on(self) -> EventSpec:
        return rx.redirect(way_back(self.router.url, fallback="/home"), replace=True)
