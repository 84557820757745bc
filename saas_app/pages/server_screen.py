"""The frame of a server's pages: the app's frame, the server's header, and one body."""

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.button import link_button
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.isolation_banner import no_isolation_banner
from saas_app.components.props import Node
from saas_app.components.server_header import server_header
from saas_app.pages.frame import app_frame
from saas_app.state.server import ServerState


def server_screen(*content: Node, active: str, action: rx.Component | None = None) -> rx.Component:
    """A page of a server; the body is drawn once the server is known.

    Args:
        content: The body.
        active: The part of the server it is, as `server_header` names them.
        action: The page's own primary act, instead of publishing.
    """
    return app_frame(
        rx.cond(
            ServerState.server_trouble,
            _gone(),
            rx.fragment(
                server_header(active=active, action=action),
                no_isolation_banner(),
                rx.cond(ServerState.is_server_ready, rx.fragment(*content), skeleton_rows()),
            ),
        ),
        active="Servers",
    )


def _gone() -> rx.Component:
    return empty_state(
        "No such server",
        description=ServerState.server_trouble,
        icon="server-off",
        action=link_button("Back to your servers", href=f"/o/{organization_slug()}/servers"),
        is_page=True,
    )
