"""Keys of a server: listed, made, shown once, revoked."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.ids import as_uuid
from core.permissions import require_fresh
from saas_app.services.keys import KeySummary, create_key, list_keys, revoke_key
from saas_app.state.addresses import server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text


@dataclass(frozen=True)
class KeyRow:
    """A key in the list; moments are ISO texts, empty where there is none."""

    id: str
    name: str
    shown_part: str
    status: str
    created_at: str
    expires_at: str
    last_used_at: str


class KeysState(AppState):
    """The keys, and the new one while it can still be read."""

    keys: list[KeyRow] = []
    is_keys_ready: bool = False
    new_key: str = ""
    new_key_name: str = ""
    is_making: bool = False
    ending_id: str = ""
    ending_name: str = ""

    @rx.event
    @member
    async def load_keys(self) -> None:
        """Show the keys; one that was just made can be read no longer."""
        self.new_key, self.is_making, self.ending_id = "", False, ""
        await self._load()

    @rx.event
    @member
    async def ask_new(self) -> None:
        """Open the form for a new key, once it is sure who asks."""
        self._clear_problems()
        require_fresh(self._origin(await self._holder()))
        self.is_making, self.new_key = True, ""

    @rx.event
    @member
    async def close_new(self) -> None:
        """Close the form, and with it the last sight of the key."""
        self.is_making, self.new_key = False, ""

    @rx.event
    @member
    async def create(self, typed: dict[str, Any]) -> None:
        """Make a key and show it once; a second click while it is shown makes no other."""
        if self.new_key:
            return
        self._clear_problems()
        async with self._acting() as (session, actor):
            made = await create_key(
                session,
                actor,
                server_in(self.router.url),
                name=text_in(typed, "name"),
                lifetime=text_in(typed, "lifetime"),
                now=now_utc(),
            )
        self.new_key, self.new_key_name = made.token, made.summary.name
        await self._load()

    @rx.event
    @member
    async def ask_revoke(self, key_id: str, name: str) -> None:
        """Ask before a key is ended."""
        self.ending_id, self.ending_name = str(key_id), str(name)

    @rx.event
    @member
    async def cancel_revoke(self) -> None:
        """Leave the key as it is."""
        self.ending_id = ""

    @rx.event
    @member
    async def revoke(self) -> None:
        """End the key that was asked about."""
        key_id, self.ending_id = as_uuid(self.ending_id), ""
        async with self._acting() as (session, actor):
            await revoke_key(session, actor, server_in(self.router.url), key_id, now=now_utc())
        await self._load()
        self._say(f"The key {self.ending_name} is revoked. It opens nothing from now on.")

    async def _load(self) -> None:
        async with self._looking() as (session, actor):
            keys = await list_keys(session, actor, server_in(self.router.url), now=now_utc())
        self.keys, self.is_keys_ready = [_row(key) for key in keys], True


def _row(key: KeySummary) -> KeyRow:
    return KeyRow(
        id=str(key.id),
        name=key.name,
        shown_part=key.shown_part,
        status=str(key.status),
        created_at=as_text(key.created_at),
        expires_at=as_text(key.expires_at),
        last_used_at=as_text(key.last_used_at),
    )
