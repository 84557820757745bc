"""What the command menu offers: pages, servers, tools and acts, read when it is opened."""

from typing import TypedDict

import reflex as rx

from core.access import actor_for
from core.errors import NotFound
from core.permissions import ALLOWED
from saas_app import resources
from saas_app.components.navigation import screens_of
from saas_app.services.places import Place, list_places
from saas_app.state.base import AppState
from saas_app.state.markers import member


class Offer(TypedDict):
    """One line: `act` is "go" to an address, "post" to a route, or "theme" with its name."""

    label: str
    hint: str
    act: str
    href: str


ACTS: tuple[Offer, ...] = (
    Offer(label="Use the light theme", hint="Theme", act="theme", href="light"),
    Offer(label="Use the dark theme", hint="Theme", act="theme", href="dark"),
    Offer(label="Use the system's theme", hint="Theme", act="theme", href="system"),
    Offer(label="New organization", hint="Page", act="go", href="/organizations/new"),
    Offer(label="Home page", hint="Page", act="go", href="/"),
    Offer(label="Contact", hint="Page", act="go", href="/contact"),
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
        places, permissions = await self._places(slug)
        screens = screens_of(
            slug if permissions else "", permissions=permissions, is_admin=self.is_admin
        )
        found = [_go(place.label, f"/o/{slug}{place.path}", place.hint) for place in places]
        switches = [
            _go(one["name"], f"/o/{one['slug']}/servers", "Switch organization")
            for one in self.organizations
            if one["slug"] != self.organization_slug
        ]
        self.offers = [*[_go(*one) for one in screens], *found, *switches, *ACTS]

    async def _places(self, slug: str) -> tuple[list[Place], list[str]]:
        """Return what is in an organization, and what the visitor's role allows there.

        Pages of one's own account are outside any, and show the one that was open before.
        """
        holder = await self._holder()
        async with resources.get().database.read() as session:
            try:
                actor = await actor_for(session, holder.user_id, slug)
            except NotFound:
                return [], []
            places = await list_places(session, actor)
        return places, sorted(str(permission) for permission in ALLOWED[actor.role])


def _go(label: str, href: str, hint: str) -> Offer:
    return Offer(label=label, hint=hint, act="go", href=href)
