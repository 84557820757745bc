"""The pages of one's own account: who is signed in, outside any organization."""

import reflex as rx

from core.access import actor_for, organizations_of
from core.permissions import ALLOWED
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
            here = next((one for one in mine if one.slug == self.organization_slug), None)
            here = here or next(iter(mine), None)
            actor = await actor_for(session, holder.user_id, here.slug) if here else None
        self.organizations = [{"slug": one.slug, "name": one.name} for one in mine]
        self.organization_slug = here.slug if here is not None else ""
        self.organization_name = here.name if here is not None else ""
        self._show_logo(here.logo_key if here is not None else "")
        # The page is about the person: what becomes of that organization is told in it.
        self.organization_trouble = self.organization_delete_at = ""
        self.permissions = sorted(str(one) for one in ALLOWED[actor.role]) if actor else []
        self._tell_on_page("")
        self._clear_problems()
