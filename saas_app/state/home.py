"""Sends whoever is signed in to their organization."""

import reflex as rx
from reflex.event import EventSpec

from core.access import organizations_of
from saas_app import resources
from saas_app.state.base import AppState
from saas_app.state.markers import member


class HomeState(AppState):
    """Nothing to show: the page only leads on."""

    @rx.event
    @member
    async def lead_on(self) -> EventSpec:
        """Welcome a newcomer; lead others to the servers of their first organization."""
        holder = await self._holder()
        if not holder.is_onboarded:
            return rx.redirect("/onboarding", replace=True)
        async with resources.get().database.read() as session:
            first = (await organizations_of(session, holder.user_id))[0]
        return rx.redirect(f"/o/{first.slug}/servers", replace=True)
