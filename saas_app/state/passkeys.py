"""Passkeys on the security page: listed, added, renamed, removed."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import NotFresh
from core.ids import as_uuid
from saas_app import resources
from saas_app.services.factors.passkeys import (
    PasskeySummary,
    list_passkeys,
    remove_passkey,
    rename_passkey,
)
from saas_app.state.base import text_in
from saas_app.state.markers import member
from saas_app.state.security import SecurityState
from saas_app.state.server import as_text


@dataclass(frozen=True)
class PasskeyRow:
    """A passkey in the list; moments are ISO texts, empty where there is none."""

    id: str
    name: str
    created_at: str
    last_used_at: str
    is_synced: bool


class PasskeysState(SecurityState):
    """The list, and which of them is being renamed or removed."""

    passkeys: list[PasskeyRow] = []
    is_passkeys_ready: bool = False
    is_adding_passkey: bool = False
    renaming_id: str = ""
    removing_id: str = ""
    chosen_name: str = ""

    @rx.event
    @member
    async def load_passkeys(self) -> None:
        """Show the list."""
        self.is_adding_passkey, self.renaming_id, self.removing_id = False, "", ""
        await self._show_passkeys()

    @rx.event
    @member
    async def ask_passkey(self) -> None:
        """Open the form for another, if the session is fresh."""
        self._clear_problems("passkey_name")
        await self._fresh_holder()
        self.is_adding_passkey = True

    @rx.event
    @member
    async def cancel_passkey(self) -> None:
        """Close the form."""
        self.is_adding_passkey = False

    @rx.event
    @member
    async def passkey_made(self, name: str) -> None:
        """Show the passkey that the browser has just made, and codes to go with the first."""
        self.is_adding_passkey, self.offers_ending = False, True
        await self._show_passkeys()
        await self._give_first_codes(await self._fresh_holder())
        self._say(f"The passkey {str(name)[:64]} is added.")

    @rx.event
    @member
    async def must_confirm(self) -> None:
        """Lead to where the person confirms that it is them."""
        raise NotFresh("Confirm that it is you, then try again.")

    @rx.event
    @member
    async def ask_rename(self, passkey_id: str, name: str) -> None:
        """Open the form for another name."""
        self._clear_problems("passkey_name")
        self.renaming_id, self.chosen_name = str(passkey_id), str(name)

    @rx.event
    @member
    async def rename(self, typed: dict[str, Any]) -> None:
        """Keep the other name; a second press finds nothing to do."""
        if not self.renaming_id:
            return
        self._clear_problems("passkey_name")
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await rename_passkey(
                session,
                holder.user_id,
                as_uuid(self.renaming_id),
                text_in(typed, "passkey_name"),
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.renaming_id = ""
        await self._show_passkeys()

    @rx.event
    @member
    async def ask_remove(self, passkey_id: str, name: str) -> None:
        """Ask before a passkey is removed."""
        await self._fresh_holder()
        self.removing_id, self.chosen_name = str(passkey_id), str(name)

    @rx.event
    @member
    async def cancel_change(self) -> None:
        """Leave the passkey as it is."""
        self.renaming_id, self.removing_id = "", ""

    @rx.event
    @member
    async def remove(self) -> None:
        """Remove the passkey that was asked about; a second press finds nothing to do."""
        holder, parts = await self._fresh_holder(), resources.get()
        if not self.removing_id:
            return
        passkey_id, self.removing_id = as_uuid(self.removing_id), ""
        async with parts.database.write() as session:
            await remove_passkey(
                session,
                parts.letters,
                holder.user_id,
                passkey_id,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.offers_ending = True
        await self._show_passkeys()
        await self._show_factors()
        self._say(f"The passkey {self.chosen_name} is removed.")

    async def _show_passkeys(self) -> None:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            found = await list_passkeys(session, holder.user_id)
        self.passkeys, self.is_passkeys_ready = [_row(one) for one in found], True


def _row(one: PasskeySummary) -> PasskeyRow:
    return PasskeyRow(
        str(one.id), one.name, as_text(one.created_at), as_text(one.last_used_at), one.is_synced
    )
