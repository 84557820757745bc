"""The security page: the authenticator app, and the backup codes of all second factors."""

from typing import Any
from uuid import UUID

import reflex as rx

from core.clock import now_utc
from core.permissions import require_fresh
from core.sessions import SignedIn
from saas_app import resources
from saas_app.services.factors.backup_codes import codes_left, keep_codes, make_codes
from saas_app.services.factors.qr import qr_picture
from saas_app.services.factors.totp import begin_totp, confirm_totp, totp_since, turn_totp_off
from saas_app.services.factors.tries import FACTOR_TRIES
from saas_app.services.signing_in import has_second_factor
from saas_app.services.web_sessions import end_others
from saas_app.state.account import AccountState
from saas_app.state.base import text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text


class SecurityState(AccountState):
    """What is on, what is being set up, and codes while they can still be read."""

    is_security_ready: bool = False
    has_factor: bool = False
    totp_since: str = ""
    codes_left: int = 0
    is_setting_up: bool = False
    setup_picture: str = ""
    setup_secret: str = ""
    new_codes: list[str] = []
    is_turning_off: bool = False
    is_renewing: bool = False
    offers_ending: bool = False

    @rx.var
    def codes_as_text(self) -> str:
        """The codes on lines of their own, to copy or keep as a file."""
        return "\n".join(self.new_codes)

    @rx.event
    @member
    async def load_security(self) -> None:
        """Show what is on; what was being set up, and codes, can be read no longer."""
        self._forget_secret()
        self.new_codes = []
        self.is_turning_off, self.is_renewing, self.offers_ending = False, False, False
        await self._show_factors()

    @rx.event
    @member
    async def set_up_app(self) -> None:
        """Make a secret and show it."""
        self._clear_problems("code")
        holder = await self._fresh_holder()
        parts = resources.get()
        async with parts.database.write() as session:
            made = await begin_totp(
                session,
                parts.sealer,
                holder.user_id,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.setup_secret, self.setup_picture = _in_groups(made.secret), qr_picture(made.address)
        self.is_setting_up = True

    @rx.event
    @member
    async def confirm_app(self, typed: dict[str, Any]) -> None:
        """Turn the app on by its first code, then show backup codes."""
        self._clear_problems("code")
        holder, parts, now = await self._fresh_holder(), resources.get(), now_utc()
        subject = str(holder.user_id)
        await parts.limiter.spend(FACTOR_TRIES, subject, now=now, field="code")
        async with parts.database.write() as session:
            await confirm_totp(
                session,
                parts.letters,
                holder.user_id,
                text_in(typed, "code"),
                origin=self._origin(holder),
                now=now,
            )
        await parts.limiter.forgive(FACTOR_TRIES, subject)
        self._forget_secret()
        self.offers_ending = True
        await self._give_first_codes(holder)
        self._say("Your authenticator app is set up.")

    @rx.event
    @member
    async def cancel_set_up(self) -> None:
        """Leave it as it was; a dialog that closes after its end says this as well."""
        self._forget_secret()

    @rx.event
    @member
    async def ask_off(self) -> None:
        """Ask before the app is turned off."""
        await self._fresh_holder()
        self.is_turning_off = True

    @rx.event
    @member
    async def cancel_off(self) -> None:
        """Leave the app on."""
        self.is_turning_off = False

    @rx.event
    @member
    async def turn_off(self) -> None:
        """Turn the app off, where that was asked; a second press finds nothing to do."""
        holder, parts = await self._fresh_holder(), resources.get()
        if not self.is_turning_off:
            return
        self.is_turning_off = False
        async with parts.database.write() as session:
            await turn_totp_off(
                session,
                parts.letters,
                holder.user_id,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.offers_ending = True
        await self._show_factors()
        self._say("The authenticator app is removed.")

    @rx.event
    @member
    async def ask_renew(self) -> None:
        """Ask before the old codes stop working."""
        await self._fresh_holder()
        self.is_renewing = True

    @rx.event
    @member
    async def cancel_renew(self) -> None:
        """Leave the codes as they are."""
        self.is_renewing = False

    @rx.event
    @member
    async def renew_codes(self) -> None:
        """Replace the codes and show the new ones; a second press finds nothing to do."""
        holder = await self._fresh_holder()
        if not self.is_renewing:
            return
        self.is_renewing = False
        await self._give_codes(holder)

    @rx.event
    @member
    async def close_codes(self) -> None:
        """Close the last sight of the codes."""
        self.new_codes = []

    @rx.event
    @member
    async def end_other_sessions(self) -> None:
        """Sign out everywhere else, as is offered after a change."""
        holder = await self._holder()
        async with resources.get().database.write() as session:
            ended = await end_others(session, holder, origin=self._origin(holder), now=now_utc())
        self.offers_ending = False
        self._say(ended_in_words(ended))

    @rx.event
    @member
    async def keep_other_sessions(self) -> None:
        """Leave the other browsers signed in."""
        self.offers_ending = False

    async def _fresh_holder(self) -> SignedIn:
        """Return who is signed in, if they have proved lately that it is them.

        Raises:
            NotFresh: they have not; the page leads to where they can.
        """
        holder = await self._holder()
        require_fresh(self._origin(holder))
        return holder

    async def _give_first_codes(self, holder: SignedIn) -> None:
        """Give backup codes to whoever has none; they come with the first factor."""
        await self._show_factors()
        if self.codes_left == 0 and self.has_factor:
            await self._give_codes(holder)

    async def _give_codes(self, holder: SignedIn) -> None:
        parts = resources.get()
        codes = await make_codes(parts.passwords)
        async with parts.database.write() as session:
            await keep_codes(
                session,
                parts.letters,
                holder.user_id,
                codes,
                origin=self._origin(holder),
                now=now_utc(),
            )
        self.new_codes = list(codes.texts)
        await self._show_factors()

    async def _show_factors(self) -> None:
        user_id: UUID = (await self._holder()).user_id
        async with resources.get().database.read() as session:
            self.totp_since = as_text(await totp_since(session, user_id))
            self.codes_left = await codes_left(session, user_id)
            self.has_factor = await has_second_factor(session, user_id)
        self.is_security_ready = True

    def _forget_secret(self) -> None:
        self.is_setting_up, self.setup_secret, self.setup_picture = False, "", ""


def ended_in_words(count: int) -> str:
    """Return what was ended."""
    if count == 0:
        return "You were signed in nowhere else."
    return "Signed out of one other browser." if count == 1 else f"Signed out of {count} others."


def _in_groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
