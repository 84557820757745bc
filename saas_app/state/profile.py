"""One's own name, as team mates see it."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from saas_app import resources
from saas_app.services.profile import rename_user
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member


class ProfileState(AppState):
    """The form for the name; the shared state has the name itself for all pages."""

    is_profile_ready: bool = False

    @rx.event
    @member
    async def load_profile(self) -> None:
        """Show the name."""
        self._clear_problems("name")
        await self._holder()
        self.is_profile_ready = True

    @rx.event
    @member
    async def rename(self, typed: dict[str, Any]) -> None:
        """Change the name, everywhere at once."""
        self._clear_problems("name")
        holder = await self._holder()
        async with resources.get().database.write() as session:
            name = await rename_user(
                session,
                holder,
                name=text_in(typed, "name"),
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.user_name = name
        self._say(f"Others see you as {name} now.")
