"""New organization: a name, and the address that is suggested for it."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.errors import DomainError
from saas_app import resources
from saas_app.services import organizations
from saas_app.services.organizations import NEW_ORGANIZATIONS, OrganizationForm
from saas_app.services.slugs import parse_slug, suggest_slug
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member


class NewOrganizationState(AppState):
    """The form while it is filled in."""

    slug: str = ""
    free_slug: str = ""
    _is_own_slug: bool = False

    @rx.event
    @member
    async def arrive(self) -> None:
        """Begin with an empty form."""
        await self._holder()
        self._clear_problems()
        self.slug, self.free_slug, self._is_own_slug = "", "", False

    @rx.event
    @member
    async def name_it(self, name: str) -> None:
        """Suggest an address for the name, unless one was typed."""
        self._clear_problems("name")
        if not self._is_own_slug:
            self.slug = suggest_slug(str(name))
            await self._check()

    @rx.event
    @member
    async def type_slug(self, slug: str) -> None:
        """Say whether the typed address is free."""
        self.slug = str(slug).strip().lower()
        self._is_own_slug = bool(self.slug)
        await self._check()

    @rx.event
    @member
    async def create(self, typed: dict[str, Any]) -> EventSpec:
        """Make the organization, and go there."""
        self._clear_problems()
        form = OrganizationForm.parse(text_in(typed, "name"), text_in(typed, "slug"))
        holder, parts, now = await self._holder(), resources.get(), now_utc()
        await parts.limiter.spend(NEW_ORGANIZATIONS, str(holder.user_id), now=now)
        async with parts.database.write() as session:
            await organizations.create_organization(
                session, holder.user_id, form, origin=self._origin(holder), now=now
            )
        self._say(f"{form.name} is ready. Invite the others under Settings, Members.")
        return rx.redirect(f"/o/{form.slug}/servers")

    async def _check(self) -> None:
        self._clear_problems("slug")
        self.free_slug = ""
        if not self.slug:
            return
        try:
            slug = parse_slug(self.slug)
            async with resources.get().database.read() as session:
                await organizations.require_free_slug(session, slug)
        except DomainError as refusal:
            self.problems = {**self.problems, "slug": refusal.message}
        else:
            self.free_slug = slug
