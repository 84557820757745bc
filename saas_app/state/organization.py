"""Settings of an organization: what it is called, what its plan allows, and its end."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.ids import as_uuid
from core.permissions import Permission
from saas_app import resources
from saas_app.services import members, organization_deletion, organizations
from saas_app.services.organizations import OrganizationView
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text


class OrganizationState(AppState):
    """What the settings show; the shared state has the name and the slug for all pages."""

    is_organization_ready: bool = False
    set_name: str = ""
    set_slug: str = ""
    is_personal: bool = False
    plan: str = ""
    member_count: int = 0
    invited_count: int = 0
    member_limit: int = 0
    server_count: int = 0
    delete_at: str = ""
    heirs: list[list[str]] = []
    heir_id: str = ""
    heir_name: str = ""
    is_leaving: bool = False
    is_ending: bool = False

    @rx.event
    @member
    async def load_organization(self) -> None:
        """Show all settings."""
        self._clear_problems()
        self._close_questions()
        async with self._looking() as (session, actor):
            found = await organizations.read_organization(session, actor, now=now_utc())
            heirs = []
            if actor.can(Permission.OWNER_MANAGE):
                heirs = [
                    [str(one.user_id), f"{one.name} ({one.email})"]
                    for one in await members.list_heirs(session, actor)
                ]
        self.heirs = heirs
        self._show(found)
        self.is_organization_ready = True

    @rx.event
    @member
    async def rename(self, typed: dict[str, Any]) -> list[Any]:
        """Give the organization another name."""
        self._clear_problems("name")
        async with self._acting() as (session, actor):
            await organizations.rename_organization(
                session, actor, name=text_in(typed, "name"), now=now_utc()
            )
        self._say("Renamed.")
        return self._again()

    @rx.event
    @member
    async def change_slug(self, typed: dict[str, Any]) -> list[EventSpec]:
        """Give the pages another address, and go there."""
        self._clear_problems("slug")
        slug = text_in(typed, "slug").strip().lower()
        async with self._acting() as (session, actor):
            await organizations.change_slug(session, actor, slug=slug, now=now_utc())
        self._say(f"Your pages are at /o/{slug} from now on.")
        return [rx.redirect(f"/o/{slug}/settings", replace=True)]

    @rx.event
    @member
    async def ask_transfer(self, typed: dict[str, Any]) -> None:
        """Ask before the ownership goes to the chosen member."""
        self._clear_problems("new_owner")
        chosen = text_in(typed, "new_owner")
        names = [name for user_id, name in self.heirs if user_id == chosen]
        if not names:
            self.problems = {**self.problems, "new_owner": "Choose a member."}
            return
        self.heir_id, self.heir_name = chosen, names[0]

    @rx.event
    @member
    async def ask_leave(self) -> None:
        """Ask before one goes."""
        self.is_leaving = True

    @rx.event
    @member
    async def ask_delete(self) -> None:
        """Ask before the organization goes."""
        self._clear_problems("confirmation")
        self.is_ending = True

    @rx.event
    @member
    async def cancel(self) -> None:
        """Leave everything as it is."""
        self._close_questions()

    @rx.event
    @member
    async def transfer(self) -> list[Any]:
        """Make the chosen member an owner in one's own place."""
        heir, self.heir_id = as_uuid(self.heir_id), ""
        async with self._acting() as (session, actor):
            await members.transfer_ownership(session, actor, heir, now=now_utc())
        self._say(f"{self.heir_name} owns the organization now. You are an admin.")
        return self._again()

    @rx.event
    @member
    async def leave(self) -> EventSpec:
        """Go, and on to another organization."""
        self._close_questions()
        async with self._acting() as (session, actor):
            await members.leave_organization(session, actor, now=now_utc())
        self._say(f"You have left {self.organization_name}.")
        return rx.redirect("/home", replace=True)

    @rx.event
    @member
    async def delete(self, typed: dict[str, Any]) -> list[Any]:
        """Have the organization deleted, when its name was typed."""
        self._clear_problems("confirmation")
        async with self._acting() as (session, actor):
            await organization_deletion.schedule_deletion(
                session,
                actor,
                typed_name=text_in(typed, "confirmation"),
                letters=resources.get().letters,
                now=now_utc(),
            )
        self._close_questions()
        self._say("It will be deleted. Until then an owner can keep it.", kind="info")
        return self._again()

    @rx.event
    @member
    async def keep(self) -> list[Any]:
        """Keep the organization after all."""
        async with self._acting() as (session, actor):
            await organization_deletion.cancel_deletion(session, actor, now=now_utc())
        self._say(f"{self.organization_name} stays. Its servers serve again.")
        return self._again()

    def _close_questions(self) -> None:
        self.heir_id, self.is_leaving, self.is_ending = "", False, False

    def _show(self, found: OrganizationView) -> None:
        self.set_name, self.set_slug = found.name, found.slug
        self.is_personal = found.is_personal
        self.plan, self.member_limit = found.plan, found.member_limit or 0
        self.member_count, self.invited_count = found.members, found.open_invitations
        self.server_count, self.delete_at = found.servers, as_text(found.delete_at)

    def _again(self) -> list[Any]:
        """Return what shows anew what all pages show, and the settings."""
        return [AppState.enter, OrganizationState.load_organization]
