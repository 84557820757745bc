"""One organization in the admin area: its people, servers, calls and plan, and its end."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import NotFound
from core.models import Server
from saas_app import resources
from saas_app.services.admin.organization_end import cancel_end, schedule_end
from saas_app.services.admin.organizations import Person, Whole, look_at_organization
from saas_app.services.letters import as_day
from saas_app.state.addresses import last_part, seen_in
from saas_app.state.admin import AdminState
from saas_app.state.base import text_in
from saas_app.state.markers import admin
from saas_app.state.server import as_text


@dataclass(frozen=True)
class WholeView:
    """The organization, in what a page needs of it."""

    name: str = ""
    slug: str = ""
    is_personal: bool = False
    created: str = ""
    delete_at: str = ""
    plan: str = ""
    member_words: str = ""
    invitations: int = 0
    servers: int = 0
    calls: str = ""
    errors: str = ""


@dataclass(frozen=True)
class PersonRow:
    """A member."""

    href: str
    name: str
    email: str
    role: str
    since: str


@dataclass(frozen=True)
class ServerRow:
    """A server; what is in it stays its organization's."""

    name: str
    standing: str
    policy: str
    created: str


class AdminOrganizationState(AdminState):
    """The organization that the address names."""

    whole: WholeView = WholeView()
    whole_people: list[PersonRow] = []
    whole_servers: list[ServerRow] = []
    call_days: list[str] = []
    call_counts: list[int] = []
    whole_asked: str = ""
    whole_trouble: str = ""
    is_asking_end: bool = False

    @rx.event
    @admin
    async def load_whole(self) -> None:
        """Show the organization, or say that there is none."""
        self.is_asking_end = False
        await self._load_whole_again()

    @rx.event
    @admin
    async def ask_end(self) -> None:
        """Ask before it ends; whoever has not proved lately who they are does that first."""
        async with self._overseeing() as (_session, admin_here):
            admin_here.require_fresh()
        self._clear_problems()
        self.is_asking_end = True

    @rx.event
    @admin
    async def cancel_ask(self) -> None:
        """Do nothing."""
        self.is_asking_end = False

    @rx.event
    @admin
    async def end_organization(self, fields: dict[str, Any]) -> None:
        """Have it deleted after the grace period."""
        async with self._administering() as (session, admin_here):
            organization = await schedule_end(
                session,
                admin_here,
                seen_in(self.router.url, after="organizations"),
                typed_name=text_in(fields, "confirmation"),
                letters=resources.get().letters,
                now=now_utc(),
            )
        self.is_asking_end = False
        await self._load_whole_again()
        assert organization.delete_at is not None  # noqa: S101 - it was just set
        self._say(f"{organization.name} is deleted on {as_day(organization.delete_at)}.")

    @rx.event
    @admin
    async def keep_organization(self) -> None:
        """Keep it after all."""
        async with self._administering() as (session, admin_here):
            organization = await cancel_end(
                session,
                admin_here,
                seen_in(self.router.url, after="organizations"),
                now=now_utc(),
            )
        await self._load_whole_again()
        self._say(f"{organization.name} stays.")

    async def _load_whole_again(self) -> None:
        self.whole_trouble = ""
        try:
            async with self._overseeing() as (session, admin_here):
                wanted = seen_in(self.router.url, after="organizations")
                found = await look_at_organization(session, admin_here, wanted, now=now_utc())
        except NotFound as refusal:
            self.whole, self.whole_trouble = WholeView(), refusal.message
            self._note_asked()
            return
        self.whole = _view(found)
        self.whole_people = [_person(one) for one in found.people]
        self.whole_servers = [_server(one) for one in found.servers]
        self.call_days = [f"{one.day:%-d %b}" for one in found.days]
        self.call_counts = [one.calls for one in found.days]
        self._note_asked()

    def _note_asked(self) -> None:
        """Note which address the page has been filled for."""
        self.whole_asked = last_part(self.router.url)


def _view(found: Whole) -> WholeView:
    organization, limit = found.organization, found.member_limit
    members = found.sizes.members
    return WholeView(
        name=organization.name,
        slug=organization.slug,
        is_personal=organization.is_personal,
        created=as_text(organization.created_at),
        delete_at=as_text(organization.delete_at),
        plan=found.plan,
        member_words=f"{members:,} of {limit:,}" if limit is not None else f"{members:,}",
        invitations=found.sizes.invitations,
        servers=found.sizes.servers,
        calls=f"{sum(one.calls for one in found.days):,}",
        errors=f"{sum(one.errors for one in found.days):,}",
    )


def _person(one: Person) -> PersonRow:
    return PersonRow(
        href=f"/admin/users/{one.user_id}",
        name=one.name,
        email=one.email,
        role=one.role.capitalize(),
        since=as_text(one.since),
    )


def _server(one: Server) -> ServerRow:
    standing = "Paused" if one.is_paused else "Live" if one.live_version_id else "Draft"
    return ServerRow(
        name=one.name,
        standing=standing,
        policy=one.access_policy.value.replace("_", " ").capitalize(),
        created=as_text(one.created_at),
    )
