"""How the Python tools of a server run: what they may reach, in which processes."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from saas_app.services.tools.python.settings import (
    allow_host,
    change_python_settings,
    read_python_settings,
)
from saas_app.state.addresses import server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member


class PythonSettingsState(AppState):
    """The settings as they are typed, and the hosts that the code suggests."""

    has_python: bool = False
    hosts: str = ""
    ports: str = ""
    isolation: str = "shared"
    store: str = "shared"
    suggested: list[str] = []

    @rx.event
    @member
    async def load_python(self) -> None:
        """Show the settings of the server that the address names."""
        await self._load()

    @rx.event
    @member
    async def reach(self, fields: dict[str, Any]) -> None:
        """Take the lists of hosts and ports."""
        self._clear_problems("hosts", "ports")
        await self._change({name: text_in(fields, name) for name in ("hosts", "ports")})
        self._say("Saved. Clients get it with the next version.")

    @rx.event
    @member
    async def choose(self, name: str, value: str) -> None:
        """Choose what of the processes (`isolation`) or the `store` callers share."""
        await self._change({str(name): str(value)})

    @rx.event
    @member
    async def allow_suggested(self, host: str) -> None:
        """Put a host that the code names on the list."""
        async with self._acting() as (session, actor):
            await allow_host(
                session, actor, server_in(self.router.url), host=str(host), now=now_utc()
            )
        await self._load()

    async def _change(self, changes: dict[str, Any]) -> None:
        async with self._acting() as (session, actor):
            await change_python_settings(
                session, actor, server_in(self.router.url), changes=changes, now=now_utc()
            )
        await self._load()

    async def _load(self) -> None:
        async with self._looking() as (session, actor):
            view = await read_python_settings(session, actor, server_in(self.router.url))
        self.has_python, self.suggested = view.has_python, list(view.suggested)
        settings = view.settings
        self.hosts = "\n".join(settings.hosts)
        self.ports = ", ".join(map(str, settings.ports))
        self.isolation, self.store = settings.isolation, settings.store
