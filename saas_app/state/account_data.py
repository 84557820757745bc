"""A user's own data: the copy of it, and the end of the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from core.clock import now_utc
from core.permissions import require_fresh
from saas_app import resources
from saas_app.services import account_deletion, account_export
from saas_app.services.account_deletion import Affected, DeletionPlan
from saas_app.services.account_export import ACCOUNT_EXPORTS, ExportView
from saas_app.services.storage import OFF, require_store
from saas_app.state.addresses import asked
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text

NOT_FETCHED = {
    "copy_gone": "That copy is not there any more. Make a new one.",
    "forbidden": "A copy is downloaded by the person alone, not in their name.",
}


@dataclass(frozen=True)
class AffectedRow:
    """An organization that deleting the account touches."""

    name: str
    href: str
    about: str


class AccountDataState(AppState):
    """Where the copy and the deletion stand."""

    is_data_ready: bool = False
    is_storage_off: bool = False
    is_copying: bool = False
    not_fetched: str = ""
    copy_problem: str = ""
    copy_made_at: str = ""
    copy_ends_at: str = ""
    copy_size: str = ""
    blocking: list[AffectedRow] = []
    going: list[AffectedRow] = []
    staying: list[AffectedRow] = []
    account_email: str = ""
    is_ending: bool = False

    @rx.event
    @member
    async def load_data(self) -> None:
        """Show where both stand, and why a download did not come about."""
        self._clear_problems()
        self.is_ending = False
        self.is_storage_off = resources.get().storage.name == OFF
        code = asked(self.router.url, "error")
        failed = "The download did not come about. Try again." if code else ""
        self.not_fetched = NOT_FETCHED.get(code, failed)
        await self._load_copy()
        await self._load_plan()
        self.is_data_ready = True

    @rx.event
    @member
    async def ask_delete(self) -> None:
        """Ask before the account goes."""
        self._clear_problems("confirmation")
        self.is_ending = True

    @rx.event
    @member
    async def cancel_delete(self) -> None:
        """Leave the account as it is."""
        self.is_ending = False

    @rx.event
    @member
    async def copy_data(self) -> None:
        """Ask for a copy of everything."""
        holder, parts, now = await self._holder(), resources.get(), now_utc()
        origin = self._origin(holder)
        require_store(parts.storage)
        require_fresh(origin)  # before an attempt is counted
        await parts.limiter.spend(ACCOUNT_EXPORTS, str(holder.user_id), now=now)
        async with parts.database.write() as session:
            await account_export.request_export(session, holder.user_id, origin=origin, now=now)
        self.not_fetched = ""
        await self._load_copy()
        self._say("The copy is being made. You get a letter when it is there.", kind="info")

    @rx.event
    @member
    async def look_at_copy(self) -> None:
        """See whether the copy that is being made is there."""
        was_copying = self.is_copying
        await self._load_copy()
        if was_copying and not self.is_copying and not self.copy_problem:
            self._say("The copy of your data is there.")

    @rx.event
    @member
    async def delete_account(self, typed: dict[str, Any]) -> None:
        """Have the account deleted, when its address was typed."""
        self._clear_problems("confirmation")
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await account_deletion.schedule_account_deletion(
                session,
                holder.user_id,
                typed_email=text_in(typed, "confirmation"),
                origin=self._origin(holder),
                letters=resources.get().letters,
                now=now_utc(),
            )
        self.is_ending = False
        await self._load_plan()
        self._say("Your account will be deleted. Until then you can keep it here.", kind="info")

    @rx.event
    @member
    async def keep_account(self) -> None:
        """Keep the account after all."""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            await account_deletion.cancel_account_deletion(
                session, holder.user_id, origin=self._origin(holder), now=now_utc()
            )
        if self.organization_delete_at == self.account_delete_at:
            self.organization_delete_at = ""
        await self._load_plan()
        self._say("Your account stays, and all that would have gone with it.")

    async def _load_copy(self) -> None:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            copy = await account_export.look_at_export(session, holder.user_id, now=now_utc())
        self._show_copy(copy)

    async def _load_plan(self) -> None:
        holder = await self._holder()
        async with resources.get().database.read() as session:
            plan = await account_deletion.plan_deletion(session, holder.user_id, now=now_utc())
        self._show_plan(plan)

    def _show_plan(self, plan: DeletionPlan) -> None:
        self.blocking, self.going = _rows(plan.blocking), _rows(plan.going)
        self.staying = _rows(plan.staying)
        self.account_email, self.account_delete_at = plan.email, as_text(plan.delete_at)

    def _show_copy(self, copy: ExportView) -> None:
        self.is_copying, self.copy_problem = copy.is_running, copy.problem
        self.copy_made_at, self.copy_ends_at = as_text(copy.made_at), as_text(copy.ends_at)
        self.copy_size = f"{max(1, round(copy.size_bytes / 1000)):,} kB" if copy.key else ""


def _rows(affected: Sequence[Affected]) -> list[AffectedRow]:
    return [
        AffectedRow(one.name, f"/o/{one.slug}/settings", _counts(one.servers, one.members))
        for one in affected
    ]


def _counts(servers: int, members: int) -> str:
    some = "1 server" if servers == 1 else f"{servers:,} servers"
    return f"{some}, {'1 member' if members == 1 else f'{members:,} members'}"
