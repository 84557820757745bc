"""What an admin does to one person: asked first, proved fresh, then done."""

from typing import Any

import reflex as rx

from core.clock import now_utc
from core.errors import Conflict
from saas_app import resources
from saas_app.services.admin import admins, bans, rescue
from saas_app.services.admin.impersonation import FORBIDDEN
from saas_app.services.admin.person_end import cancel_person_end, schedule_person_end
from saas_app.services.limits import TooOften, in_words
from saas_app.services.organization_deletion import GRACE
from saas_app.state.addresses import seen_in
from saas_app.state.admin_user import AdminUserState
from saas_app.state.base import text_in
from saas_app.state.markers import admin

FORBIDDEN_ACTS = FORBIDDEN
ACTS = ("ban", "unban", "verify", "factors", "sessions", "grant", "revoke", "impersonate", "delete")


class AdminUserActsState(AdminUserState):
    """Which act is being asked about."""

    asking: str = ""

    @rx.event
    @admin
    async def arrive_at_person(self) -> None:
        """Ask about nothing yet."""
        self.asking = ""

    @rx.event
    @admin
    async def ask(self, act: str) -> None:
        """Ask before an act; whoever has not proved lately who they are does that first."""
        async with self._overseeing() as (_session, admin_here):
            admin_here.require_fresh()
        self._clear_problems()
        self.asking = str(act) if act in ACTS else ""

    @rx.event
    @admin
    async def cancel_ask(self) -> None:
        """Do nothing."""
        self.asking = ""

    @rx.event
    @admin
    async def ban(self, fields: dict[str, Any]) -> None:
        """Ban the person, with a reason that they read."""
        self._clear_problems()
        now = now_utc()
        ban = bans.Ban.parse(text_in(fields, "reason"), text_in(fields, "last_day"), now=now)
        async with self._administering() as (session, admin_here):
            user = await bans.ban_user(session, admin_here, self._seen(), ban, now=now)
        await self._done(f"{user.name} is banned, and out everywhere within seconds.")

    @rx.event
    @admin
    async def unban(self) -> None:
        """Let the person in again."""
        async with self._administering() as (session, admin_here):
            user = await bans.unban_user(session, admin_here, self._seen(), now=now_utc())
        await self._done(f"{user.name} can sign in again.")

    @rx.event
    @admin
    async def resend_letter(self) -> None:
        """Send the letter that confirms an address again, at most once a minute."""
        parts, now = resources.get(), now_utc()
        async with self._overseeing() as (session, admin_here):
            user = await rescue.require_unverified(session, admin_here, self._seen())
        try:
            await parts.doors.spend_letter("sign_up", user.email, now=now)
        except TooOften as refusal:
            wait = in_words(refusal.wait_seconds)
            raise Conflict(f"A letter is on its way. You can send another {wait}.") from None
        async with self._administering() as (session, admin_here):
            await rescue.resend_verification(session, admin_here, parts.letters, user.id, now=now)
        await self._done(f"A letter is on its way to {user.email}.")

    @rx.event
    @admin
    async def reset_factors(self) -> None:
        """Take the person's second factors away."""
        letters = resources.get().letters
        async with self._administering() as (session, admin_here):
            user = await rescue.reset_factors_of(
                session, admin_here, letters, self._seen(), now=now_utc()
            )
        await self._done(f"{user.name} signs in without a second factor, and was told by mail.")

    @rx.event
    @admin
    async def sign_out(self) -> None:
        """End all sessions of the person."""
        async with self._administering() as (session, admin_here):
            user = await rescue.sign_out_everywhere(
                session, admin_here, self._seen(), now=now_utc()
            )
        await self._done(f"{user.name} is signed out everywhere.")

    @rx.event
    @admin
    async def grant(self) -> None:
        """Make the person an admin."""
        async with self._administering() as (session, admin_here):
            user = await admins.grant_admin(session, admin_here, self._seen(), now=now_utc())
        await self._done(f"{user.name} is an admin.")

    @rx.event
    @admin
    async def revoke(self) -> None:
        """Take the admin's rights from the person."""
        async with self._administering() as (session, admin_here):
            user = await admins.revoke_admin(session, admin_here, self._seen(), now=now_utc())
            is_me = user.id == admin_here.user_id
        if is_me:
            return  # the tab connects again, and finds nothing here
        await self._done(f"{user.name} is no admin any more.")

    @rx.event
    @admin
    async def end_account(self, fields: dict[str, Any]) -> None:
        """Have the account deleted after the grace period."""
        async with self._administering() as (session, admin_here):
            user = await schedule_person_end(
                session,
                admin_here,
                self._seen(),
                typed_email=text_in(fields, "confirmation"),
                letters=resources.get().letters,
                now=now_utc(),
            )
        await self._done(f"The account of {user.name} ends in {GRACE.days} days.")

    @rx.event
    @admin
    async def keep_account(self) -> None:
        """Keep the account after all."""
        async with self._administering() as (session, admin_here):
            user = await cancel_person_end(session, admin_here, self._seen(), now=now_utc())
        await self._done(f"The account of {user.name} stays.")

    def _seen(self) -> Any:
        return seen_in(self.router.url, after="users")

    async def _done(self, words: str) -> None:
        self.asking = ""
        await self._load_person_again()
        self._say(words)
