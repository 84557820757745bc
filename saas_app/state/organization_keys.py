"""Keys of an organization: listed, made, shown once, rotated, revoked."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import DomainError
from core.ids import as_uuid
from core.permissions import Permission
from saas_app import resources
from saas_app.services.key_scopes import SCOPES
from saas_app.services.organization_keys import (
    OPENING,
    KeyStatus,
    KeySummary,
    NewKey,
    WantedKey,
    create_organization_key,
    list_organization_keys,
    revoke_organization_key,
    rotate_organization_key,
)
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text


@dataclass(frozen=True)
class OrganizationKeyRow:
    """A key in the list; moments are ISO texts, empty where there is none."""

    id: str
    name: str
    shown_part: str
    scopes: str
    trouble: str
    status: str
    maker: str
    can_rotate: bool
    can_revoke: bool
    created_at: str
    expires_at: str
    last_used_at: str


class OrganizationKeysState(AppState):
    """The keys, and the new one while it can still be read."""

    organization_keys: list[OrganizationKeyRow] = []
    is_organization_keys_ready: bool = False
    organization_keys_trouble: str = ""
    new_token: str = ""
    new_token_name: str = ""
    first_request: str = ""
    is_making_key: bool = False
    asked_act: str = ""
    asked_id: str = ""
    asked_name: str = ""

    @rx.event
    @member
    async def load_organization_keys(self) -> None:
        """Show the keys; one that was just made can be read no longer."""
        self._forget_new()
        self.asked_act = ""
        await self._load_keys()

    @rx.event
    @member
    async def ask_new_key(self) -> None:
        """Open the form for a new key, once it is sure who asks."""
        self._clear_problems()
        await self._require_fresh()
        self._forget_new()
        self.is_making_key = True

    @rx.event
    @member
    async def close_new_key(self) -> None:
        """Close the form, and with it the last sight of the key."""
        self._forget_new()

    @rx.event
    @member
    async def create_key(self, typed: dict[str, Any]) -> None:
        """Make a key and show it once; a second click while it is shown makes no other."""
        if self.new_token:
            return
        self._clear_problems()
        wanted = WantedKey(
            name=text_in(typed, "name"),
            scopes=[name for name in SCOPES if typed.get(name)],
            lifetime=text_in(typed, "lifetime"),
        )
        async with self._acting() as (session, actor):
            made = await create_organization_key(
                session, actor, wanted, letters=resources.get().letters, now=now_utc()
            )
        await self._show(made)

    @rx.event
    @member
    async def ask_rotate(self, key_id: str, name: str) -> None:
        """Ask before a key is rotated, once it is sure who asks."""
        await self._require_fresh()
        self.asked_act, self.asked_id, self.asked_name = "rotate", str(key_id), str(name)

    @rx.event
    @member
    async def ask_revoke_key(self, key_id: str, name: str) -> None:
        """Ask before a key is ended."""
        self.asked_act, self.asked_id, self.asked_name = "revoke", str(key_id), str(name)

    @rx.event
    @member
    async def cancel_asked(self) -> None:
        """Leave the key as it is."""
        self.asked_act = ""

    @rx.event
    @member
    async def rotate(self) -> None:
        """Replace the key that was asked about, and show the new one once."""
        key_id, self.asked_act = as_uuid(self.asked_id), ""
        async with self._acting() as (session, actor):
            made = await rotate_organization_key(
                session, actor, key_id, letters=resources.get().letters, now=now_utc()
            )
        await self._show(made)

    @rx.event
    @member
    async def revoke_asked(self) -> None:
        """End the key that was asked about."""
        key_id, self.asked_act = as_uuid(self.asked_id), ""
        async with self._acting() as (session, actor):
            await revoke_organization_key(session, actor, key_id, now=now_utc())
        await self._load_keys()
        self._say(f"The key {self.asked_name} is revoked. It opens nothing from now on.")

    async def _require_fresh(self) -> None:
        async with self._looking() as (_session, actor):
            actor.require(Permission.ORGANIZATION_KEY_MANAGE)
            actor.require_fresh()

    async def _show(self, made: NewKey) -> None:
        self.new_token, self.new_token_name = made.token, made.summary.name
        address = f"{resources.get().settings.web_url}/api/v1/key"
        self.first_request = f'curl -H "Authorization: Bearer {made.token}" {address}'
        self.is_making_key = True
        await self._load_keys()

    def _forget_new(self) -> None:
        self.new_token, self.first_request, self.is_making_key = "", "", False

    async def _load_keys(self) -> None:
        try:
            async with self._looking() as (session, actor):
                keys = await list_organization_keys(session, actor, now=now_utc())
        except DomainError as refusal:
            self.organization_keys, self.organization_keys_trouble = [], refusal.message
        else:
            self.organization_keys = [_row(key) for key in keys]
            self.organization_keys_trouble = ""
        self.is_organization_keys_ready = True


def _row(key: KeySummary) -> OrganizationKeyRow:
    return OrganizationKeyRow(
        id=str(key.id),
        name=key.name,
        shown_part=key.shown_part,
        scopes=", ".join(key.scopes),
        trouble=_trouble(key),
        status=str(key.status),
        maker=key.maker or "Somebody who left",
        can_rotate=key.status in (KeyStatus.ACTIVE, KeyStatus.STOPPED),
        can_revoke=key.status in OPENING or key.status is KeyStatus.STOPPED,
        created_at=as_text(key.created_at),
        expires_at=as_text(key.expires_at),
        last_used_at=as_text(key.last_used_at),
    )


def _trouble(key: KeySummary) -> str:
    """Return why a key that has not ended does less than it says."""
    if key.status is KeyStatus.STOPPED:
        return "Its maker is gone, so it opens nothing. Rotate it to take it over."
    if key.status is KeyStatus.ROTATED:
        return "Replaced; it still works until it ends."
    if key.idle_scopes and key.status is KeyStatus.ACTIVE:
        return f"Its maker's role does not allow any more: {', '.join(key.idle_scopes)}."
    return ""
