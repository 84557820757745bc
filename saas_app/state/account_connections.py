"""Accounts elsewhere and MCP clients that one has connected."""

from dataclasses import dataclass

import reflex as rx

from core.clock import now_utc
from core.ids import as_uuid
from core.permissions import require_fresh
from saas_app import resources
from saas_app.services.identities import disconnect_identity, list_identities
from saas_app.services.own_grants import list_own_grants, revoke_own_grant
from saas_app.state.account import AccountState
from saas_app.state.addresses import asked
from saas_app.state.door import explain
from saas_app.state.markers import member
from saas_app.state.server import as_text


@dataclass(frozen=True)
class IdentityRow:
    """An account elsewhere; moments are ISO texts, empty where there is none."""

    id: str
    email: str
    since: str
    last_used_at: str


@dataclass(frozen=True)
class GrantRow:
    """A client that may act for the person at one server."""

    id: str
    client: str
    server: str
    organization: str
    since: str


class AccountConnectionsState(AccountState):
    """Both lists, and what is about to be disconnected."""

    identities: list[IdentityRow] = []
    grants: list[GrantRow] = []
    is_connections_ready: bool = False
    connections_trouble: str = ""
    connections_said: str = ""
    disconnecting_id: str = ""
    revoking_id: str = ""
    chosen_title: str = ""

    @rx.event
    @member
    async def load_connections(self) -> None:
        """Show the lists, and how a visit to the provider went."""
        self.disconnecting_id, self.revoking_id = "", ""
        url = self.router.url
        self.connections_trouble = explain(asked(url, "error"), wait=asked(url, "wait"))
        is_done = asked(url, "connected") == "1"
        self.connections_said = "It is connected: it signs you in from now on." if is_done else ""
        await self._show_connections()

    @rx.event
    @member
    async def ask_disconnect(self, identity_id: str, title: str) -> None:
        """Ask before an account is disconnected."""
        require_fresh(self._origin(await self._holder()))
        self.disconnecting_id, self.chosen_title = str(identity_id), str(title)

    @rx.event
    @member
    async def ask_revoke(self, grant_id: str, title: str) -> None:
        """Ask before a client is disconnected."""
        self.revoking_id, self.chosen_title = str(grant_id), str(title)

    @rx.event
    @member
    async def cancel_disconnect(self) -> None:
        """Leave everything connected."""
        self.disconnecting_id, self.revoking_id = "", ""

    @rx.event
    @member
    async def disconnect(self) -> None:
        """Disconnect the account that was asked about; a second press finds nothing to do."""
        holder, parts = await self._holder(), resources.get()
        require_fresh(self._origin(holder))
        if not self.disconnecting_id:
            return
        identity_id, self.disconnecting_id = as_uuid(self.disconnecting_id), ""
        async with parts.database.write() as session:
            await disconnect_identity(
                session,
                parts.letters,
                holder.user_id,
                identity_id,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.connections_said = ""
        await self._show_connections()
        self._say(f"{self.chosen_title} is disconnected. It signs nobody in any more.")

    @rx.event
    @member
    async def revoke(self) -> None:
        """Disconnect the client that was asked about; a second press finds nothing to do."""
        if not self.revoking_id:
            return
        grant_id, self.revoking_id = as_uuid(self.revoking_id), ""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await revoke_own_grant(
                session, holder, grant_id, origin=self._origin(holder), now=now_utc()
            )
        await self._show_connections()
        self._say(f"{self.chosen_title} is disconnected. It is refused from now on.")

    async def _show_connections(self) -> None:
        holder, parts = await self._holder(), resources.get()
        async with parts.database.read() as session:
            identities = await list_identities(session, holder.user_id)
            grants = await list_own_grants(session, holder.user_id)
        self.identities = [
            IdentityRow(str(one.id), one.email, as_text(one.since), as_text(one.last_used_at))
            for one in identities
        ]
        self.grants = [
            GrantRow(str(one.id), one.client, one.server, one.organization, as_text(one.since))
            for one in grants
        ]
        self.is_connections_ready = True
