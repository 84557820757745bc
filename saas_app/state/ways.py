"""Whether there is Google, or what stands in for it, beside the password."""

import reflex as rx

from saas_app import resources
from saas_app.services.features import Feature, feature_is_on
from saas_app.state.base import AppState
from saas_app.state.markers import public


class WaysState(AppState):
    """What the buttons under the form are."""

    is_ways_ready: bool = False
    has_provider: bool = False
    provider_name: str = ""
    is_provider_local: bool = False

    @rx.event
    @public
    async def look_for_ways(self) -> None:
        """Ask the settings and the switches."""
        parts = resources.get()
        async with parts.database.read() as session:
            is_on = await feature_is_on(session, Feature.GOOGLE)
        provider = parts.identity_provider if is_on else None
        self.has_provider = provider is not None
        self.provider_name = provider.name if provider is not None else ""
        self.is_provider_local = provider is not None and provider.is_local
        self.is_ways_ready = True
