"""Settings of a server: its words, who may connect, which clients did, and its end."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from core.ids import as_uuid
from core.models import AccessPolicy
from core.permissions import Permission
from saas_app import resources
from saas_app.services.connections import (
    CONSEQUENCES,
    Connected,
    add_guest,
    disconnect,
    list_connected,
    list_guests,
    remove_guest,
    set_access_policy,
)
from saas_app.services.server_overview import server_overview
from saas_app.services.server_state import delete_server, set_evidence_bar
from saas_app.services.servers import describe_server
from saas_app.state.addresses import server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text, refresh_server

POLICY_NAMES = {
    AccessPolicy.PRIVATE: "Private",
    AccessPolicy.LISTED: "Listed people",
    AccessPolicy.SIGNED_IN: "Anybody signed in",
    AccessPolicy.PUBLIC: "Public",
}
# Value, name and consequence of each.
POLICIES = tuple(
    (policy.value, name, CONSEQUENCES[policy]) for policy, name in POLICY_NAMES.items()
)


@dataclass(frozen=True)
class ConnectedRow:
    """A client that may come, and who let it in."""

    id: str
    client: str
    user: str
    email: str
    since: str


class ConnectionsState(AppState):
    """What can be set of a server as a whole."""

    is_settings_ready: bool = False
    set_name: str = ""
    set_description: str = ""
    set_instructions: str = ""
    set_policy: str = "private"
    set_bar: str = "checked"
    guests: list[str] = []
    connected: list[ConnectedRow] = []
    leaving_id: str = ""
    leaving_client: str = ""

    @rx.event
    @member
    async def load_settings(self) -> None:
        """Show all settings."""
        self.leaving_id = ""
        self._clear_problems()
        await self._load()
        self.is_settings_ready = True

    @rx.event
    @member
    async def describe(self, typed: dict[str, Any]) -> None:
        """Save name, description and instructions."""
        self._clear_problems("name", "description", "instructions")
        fields = ("name", "description", "instructions")
        changes = {field: text_in(typed, field) for field in fields}
        async with self._acting() as (session, actor):
            await describe_server(
                session, actor, server_in(self.router.url), changes=changes, now=now_utc()
            )
        await self._changed("Saved. Clients see it with the next version.")

    @rx.event
    @member
    async def set_access(self, policy: str) -> None:
        """Change who may connect; the notice offers to take it back, which opening wide needs."""
        before = self.set_policy
        async with self._acting() as (session, actor):
            await set_access_policy(
                session, actor, server_in(self.router.url), policy=str(policy), now=now_utc()
            )
        await self._load()
        await refresh_server(self)
        undo: Any = ConnectionsState.set_access(before)  # pyright: ignore[reportCallIssue]
        self._say("Changed. It holds from the next call on.", undo=undo)

    @rx.event
    @member
    async def invite(self, typed: dict[str, Any]) -> None:
        """Put an address on the list."""
        self._clear_problems("email")
        async with self._acting() as (session, actor):
            guest = await add_guest(
                session,
                actor,
                server_in(self.router.url),
                email=text_in(typed, "email"),
                now=now_utc(),
            )
        await self._changed(f"{guest.email_normalized} may connect.")

    @rx.event
    @member
    async def uninvite(self, email: str) -> None:
        """Take an address off the list; the notice offers to put it back."""
        async with self._acting() as (session, actor):
            await remove_guest(
                session, actor, server_in(self.router.url), email=str(email), now=now_utc()
            )
        await self._load()
        undo: Any = ConnectionsState.invite({"email": str(email)})  # pyright: ignore[reportCallIssue]
        self._say(f"{email} may not connect any more.", undo=undo)

    @rx.event
    @member
    async def ask_disconnect(self, grant_id: str, client: str) -> None:
        """Ask before a client is disconnected."""
        self.leaving_id, self.leaving_client = str(grant_id), str(client)

    @rx.event
    @member
    async def cancel_disconnect(self) -> None:
        """Leave the client connected."""
        self.leaving_id = ""

    @rx.event
    @member
    async def disconnect(self) -> None:
        """Take away the permission that was asked about."""
        grant_id, self.leaving_id = as_uuid(self.leaving_id), ""
        async with self._acting() as (session, actor):
            await disconnect(session, actor, server_in(self.router.url), grant_id, now=now_utc())
        await self._changed(f"{self.leaving_client} is disconnected.")

    @rx.event
    @member
    async def set_evidence(self, bar: str) -> None:
        """Change how much must be known of a tool before it is published."""
        async with self._acting() as (session, actor):
            await set_evidence_bar(
                session, actor, server_in(self.router.url), bar=str(bar), now=now_utc()
            )
        await self._changed("Changed. It holds from the next version on.")

    @rx.event
    @member
    async def delete(self, typed: dict[str, Any]) -> EventSpec:
        """Delete the server, when its name was typed."""
        async with self._acting() as (session, actor):
            await delete_server(
                session,
                actor,
                server_in(self.router.url),
                typed_name=text_in(typed, "confirmation"),
                now=now_utc(),
            )
        self._say(f"{self.set_name} is deleted.")
        return rx.redirect(f"/o/{self.organization_slug}/servers")

    async def _changed(self, words: str) -> None:
        await self._load()
        await refresh_server(self)
        self._say(words)

    async def _load(self) -> None:
        server_id, settings = server_in(self.router.url), resources.get().settings
        async with self._looking() as (session, actor):
            found = await server_overview(session, actor, server_id, settings=settings)
            guests = await list_guests(session, actor, server_id)
            connected = []
            if actor.can(Permission.ACCESS_MANAGE):
                connected = await list_connected(session, actor, server_id)
        self.set_name, self.set_description = found.name, found.description
        self.set_instructions, self.set_bar = found.instructions, str(found.evidence_bar)
        self.set_policy = str(found.access_policy)
        self.guests = [guest.email_normalized for guest in guests]
        self.connected = [_row(one) for one in connected]


def _row(one: Connected) -> ConnectedRow:
    return ConnectedRow(str(one.id), one.client, one.user, one.email, as_text(one.since))
