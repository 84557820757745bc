"""The local identity page, for development: carries the request along to the form's post."""

import reflex as rx

from saas_app.state.addresses import asked
from saas_app.state.base import AppState
from saas_app.state.markers import public

NAMES = (
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


class LocalIdentityState(AppState):
    """What the product asked for; the route that takes the choice checks it."""

    request_fields: dict[str, str] = {}
    is_request: bool = False
    is_identity_ready: bool = False

    @rx.event
    @public
    def arrive_to_choose(self) -> None:
        """Read the request from the address."""
        self.request_fields = {name: asked(self.router.url, name) for name in NAMES}
        self.is_request = all(self.request_fields.values())
        self.is_identity_ready = True
