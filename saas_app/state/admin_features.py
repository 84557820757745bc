"""The switches of features: where they stand, and who set them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from saas_app.services.admin.switches import WORDS, Switch, list_switches, set_switch
from saas_app.state.admin import AdminState
from saas_app.state.markers import admin
from saas_app.state.server import as_text


@dataclass(frozen=True)
class SwitchRow:
    """A switch."""

    name: str
    title: str
    about: str
    is_on: bool
    since: str
    by: str


class AdminFeaturesState(AdminState):
    """All switches."""

    switch_rows: list[SwitchRow] = []
    is_switches_ready: bool = False

    @rx.event
    @admin
    async def load_switches(self) -> None:
        """Show where the switches stand."""
        await self._load_switches_again()

    @rx.event
    @admin
    async def set_feature(self, name: str, is_on: Any) -> None:
        """Set a switch; the notice offers to set it back."""
        wanted = is_on is True
        try:
            async with self._administering() as (session, admin_here):
                feature = await set_switch(
                    session, admin_here, str(name), is_on=wanted, now=now_utc()
                )
        finally:
            await self._load_switches_again()
        undo = AdminFeaturesState.set_feature(feature.value, not wanted)  # pyright: ignore[reportCallIssue]
        self._say(f"{WORDS[feature][0]}: {'on' if wanted else 'off'} from now on.", undo=undo)

    async def _load_switches_again(self) -> None:
        async with self._overseeing() as (session, admin_here):
            self.switch_rows = [_row(one) for one in await list_switches(session, admin_here)]
        self.is_switches_ready = True


def _row(one: Switch) -> SwitchRow:
    return SwitchRow(
        name=one.feature.value,
        title=one.title,
        about=one.about,
        is_on=one.is_on,
        since=as_text(one.since),
        by=one.by,
    )
