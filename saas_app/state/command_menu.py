"""What the command menu offers: pages, servers, tools and acts, read when it is opened."""

from typing import TypedDict

import reflex as rx

from core.access import actor_for
from core.errors import NotFound
from core.permissions import Permission
from saas_app import resources
from saas_app.services.places import list_places
from saas_app.state.base import AppState
from saas_app.state.markers import member


class Offer(TypedDict):
    """One line: `act` is "go" to an address, "post" to a route, or "theme" with its name."""

    label: str
    hint: str
    act: str
    href: str


PAGES: tuple[tuple[str, str, Permission], ...] = (
    ("Servers", "/servers", Permission.SERVER_VIEW),
    ("New server", "/new", Permission.SERVER_EDIT),
    ("API keys", "/api-keys", Permission.ORGANIZATION_KEY_MANAGE),
    ("Settings", "/settings", Permission.MEMBER_VIEW),
    ("Members", "/members", Permission.MEMBER_VIEW),
    ("Audit log", "/audit", Permission.AUDIT_VIEW),
)
ADMIN: tuple[tuple[str, str], ...] = (
    ("Users", "/admin/users"),
    ("Organizations", "/admin/organizations"),
    ("Admin log", "/admin/audit"),
    ("Features", "/admin/features"),
    ("Configuration", "/admin/configuration"),
)
ACTS: tuple[Offer, ...] = (
    Offer(label="Use the light theme", hint="Theme", act="theme", href="light"),
    Offer(label="Use the dark theme", hint="Theme", act="theme", href="dark"),
    Offer(label="Use the system's theme", hint="Theme", act="theme", href="system"),
    Offer(label="New organization", hint="Page", act="go", href="/organizations/new"),
    Offer(label="Home page", hint="Page", act="go", href="/"),
    Offer(label="Sign out", hint="Account", act="post", href="/api/auth/sign-out"),
)


class CommandMenuState(AppState):
    """The lines of the menu."""

    offers: list[Offer] = []

    @rx.event
    @member
    async def offer(self) -> None:
        """Read what there is to go to, as it is now."""
        slug = self._slug_in_address() or self.organization_slug
        base, holder = f"/o/{slug}", await self._holder()
        async with resources.get().database.read() as session:
            try:
                actor = await actor_for(session, holder.user_id, slug)
            except NotFound:  # in no organization, or at the address of somebody else's
                actor = None
            places = await list_places(session, actor) if actor is not None else []
        pages = [
            _go(label, base + path, "Page")
            for label, path, to in PAGES
            if actor is not None and actor.can(to)
        ]
        switches = [
            _go(one["name"], f"/o/{one['slug']}/servers", "Switch organization")
            for one in self.organizations
            if one["slug"] != self.organization_slug
        ]
        found = [_go(place.label, base + place.path, place.hint) for place in places]
        admins = [_go(label, href, "Admin") for label, href in ADMIN if holder.is_admin]
        self.offers = [*pages, *found, *admins, *switches, *ACTS]


def _go(label: str, href: str, hint: str) -> Offer:
    return Offer(label=label, hint=hint, act="go", href=href)
