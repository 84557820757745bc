"""Confirming that it is oneself, before something sensitive: which ways there are."""

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from saas_app import resources
from saas_app.services.factors.ways_in import ways_in
from saas_app.services.features import Feature, feature_is_on
from saas_app.services.identities import list_identities
from saas_app.state.addresses import asked, way_back
from saas_app.state.door import DoorState
from saas_app.state.markers import member

IMPERSONATED = "You act in somebody else's name, and cannot confirm to be them."


class ConfirmState(DoorState):
    """What the account has to confirm by; nothing of it decides."""

    is_confirm_ready: bool = False
    confirm_ways: list[str] = []
    shown_way: str = ""
    provider_name: str = ""
    confirm_email: str = ""

    @rx.event
    @member
    async def arrive_to_confirm(self) -> EventSpec | None:
        """Show the way that the address asks for, or the first there is."""
        self._begin()
        if asked(self.router.url, "error") == "wrong_credentials":
            self.trouble = "That is not your password."
        holder, parts = await self._holder(), resources.get()
        self.next_path = way_back(self.router.url, fallback="/home")
        self.confirm_email = holder.email
        if holder.impersonator_id is not None:
            self.confirm_ways, self.shown_way, self.trouble = [], "", IMPERSONATED
            self.is_confirm_ready = True
            return None
        if holder.is_fresh(now_utc()) and not self.trouble:
            return rx.redirect(self.next_path, replace=True)
        provider = parts.identity_provider
        async with parts.database.read() as session:
            own = await ways_in(session, holder.user_id)
            issuers = {one.issuer for one in await list_identities(session, holder.user_id)}
            is_google_on = await feature_is_on(session, Feature.GOOGLE)
        is_connected = provider is not None and is_google_on and provider.issuer in issuers
        self.provider_name = provider.name if provider is not None else ""
        found = {
            "password": own.password,
            "passkey": own.passkeys > 0,
            "app": own.totp,
            "google": is_connected and own.confirms_elsewhere,
        }
        self.confirm_ways = [way for way, is_open in found.items() if is_open]
        wanted = asked(self.router.url, "way")
        first = self.confirm_ways[0] if self.confirm_ways else ""
        self.shown_way = wanted if wanted in self.confirm_ways else first
        self.is_confirm_ready = True
        return None
