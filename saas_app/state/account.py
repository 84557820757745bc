"""The pages of one's own account: who is signed in, outside any organization."""

import reflex as rx

from core.access import organizations_of
from saas_app import resources
from saas_app.state.base import AppState
from saas_app.state.markers import member


class AccountState(AppState):
    """Parent of the account pages' states."""

    @rx.event
    @member
    async def enter_account(self) -> None:
        """Show who is signed in; the sidebar leads to the organization they were in last."""
        holder = await self._holder()
        async with resources.get().database.read() as session:
            mine = await organizations_of(session, holder.user_id)
        self.organizations = [{"slug": one.slug, "name": one.name} for one in mine]
        here = next((one for one in mine if one.slug == self.organization_slug), None)
        here = here or next(iter(mine), None)
        self.organization_slug = here.slug if here is not None else ""
        self.organization_name = here.name if here is not None else ""
        self.organization_trouble = ""
        self._tell_on_page("")
        self._clear_problems()
