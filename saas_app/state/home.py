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
        """Welcome a newcomer; lead others to their first organization, or to making one."""
        holder = await self._holder()
        if not holder.is_onboarded:
            return rx.redirect("/onboarding", replace=True)
        async with resources.get().database.read() as session:
            mine = await organizations_of(session, holder.user_id)
        address = f"/o/{mine[0].slug}/servers" if mine else "/organizations/new"
        return rx.redirect(address, replace=True)
