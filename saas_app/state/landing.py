"""The front page, which an admin can switch off."""

import reflex as rx
from reflex.event import EventSpec

from saas_app import resources
from saas_app.services.features import Feature, feature_is_on
from saas_app.state.base import AppState
from saas_app.state.markers import public


class LandingState(AppState):
    """Nothing to show: the page itself is the same for everybody."""

    @rx.event
    @public
    async def arrive_at_front(self) -> EventSpec | None:
        """Lead on where there is no front page; a link within the app asks no server for it."""
        async with resources.get().database.read() as session:
            is_on = await feature_is_on(session, Feature.MARKETING)
        return None if is_on else rx.redirect("/home", replace=True)
