"""The server that the address names: what its header shows on all of its pages."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import NotFound
from core.permissions import Actor, Permission
from saas_app import resources
from saas_app.services.server_overview import ServerOverview, server_overview
from saas_app.services.server_state import pause_server, resume_server
from saas_app.state.addresses import server_base, server_in
from saas_app.state.base import AppState
from saas_app.state.markers import member


class ServerState(AppState):
    """What every page of a server shows of it. Load it before the page's own state."""

    here: str = ""
    server_name: str = ""
    server_address: str = ""
    standing: str = ""
    is_paused: bool = False
    access_policy: str = "private"
    live_number: int = 0
    live_since: str = ""
    next_number: int = 1
    tool_count: int = 0
    enabled_count: int = 0
    missing_variables: list[str] = []
    can_edit: bool = False
    can_try: bool = False
    can_publish: bool = False
    can_delete: bool = False
    can_manage_access: bool = False
    can_manage_keys: bool = False
    can_manage_evidence: bool = False
    is_server_ready: bool = False
    server_trouble: str = ""

    @rx.event
    @member
    async def enter_server(self) -> None:
        """Show the server that the address names, or say that there is none."""
        self.here, was = server_base(self.router.url), self.here
        self.is_server_ready = self.is_server_ready and self.here == was
        try:
            await self._load_server()
        except NotFound as refusal:
            self.server_trouble, self.is_server_ready = refusal.message, False
            self._tell_on_page(refusal.message)

    @rx.event
    @member
    async def pause(self) -> None:
        """Refuse all clients until the server is resumed."""
        async with self._acting() as (session, actor):
            await pause_server(session, actor, server_in(self.router.url), now=now_utc())
        await self._load_server()
        self._say(f"{self.server_name} is paused: clients are refused from now on.")

    @rx.event
    @member
    async def resume(self) -> None:
        """Let clients in again."""
        async with self._acting() as (session, actor):
            await resume_server(session, actor, server_in(self.router.url), now=now_utc())
        await self._load_server()
        self._say(f"{self.server_name} is running again.")

    async def _load_server(self) -> None:
        async with self._looking() as (session, actor):
            found = await server_overview(
                session, actor, server_in(self.router.url), settings=resources.get().settings
            )
        self._show_server(found)
        self._show_permissions(actor)

    def _show_server(self, found: ServerOverview) -> None:
        self.server_name, self.server_address = found.name, found.address
        self.standing = str(found.standing)
        self.is_paused, self.access_policy = found.is_paused, str(found.access_policy)
        self.live_number = found.live_number or 0
        self.live_since = as_text(found.live_since)
        self.next_number = found.next_number
        self.tool_count, self.enabled_count = found.tool_count, found.enabled_count
        self.missing_variables = list(found.missing)
        self.is_server_ready, self.server_trouble = True, ""

    def _show_permissions(self, actor: Actor) -> None:
        """Buttons that would be refused are not offered; the services decide all the same."""
        self.can_edit = actor.can(Permission.SERVER_EDIT)
        self.can_try = actor.can(Permission.SERVER_TRY)
        self.can_publish = actor.can(Permission.SERVER_PUBLISH)
        self.can_delete = actor.can(Permission.SERVER_DELETE)
        self.can_manage_access = actor.can(Permission.ACCESS_MANAGE)
        self.can_manage_keys = actor.can(Permission.KEY_MANAGE)
        self.can_manage_evidence = actor.can(Permission.EVIDENCE_MANAGE)


async def refresh_server(state: AppState) -> None:
    """Load the header anew after an act of another state that changes what it shows."""
    await (await state.get_state(ServerState))._load_server()  # noqa: SLF001 - one front


def as_text(moment: Any) -> str:
    """Return a moment as `time_ago` takes it, or nothing."""
    return moment.isoformat() if moment is not None else ""
