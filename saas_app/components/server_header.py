"""The top of every page of a server: its name, where it stands, its parts, and publishing."""

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.badge import badge
from saas_app.components.button import link_button
from saas_app.components.card import page_header
from saas_app.components.empty import skeleton
from saas_app.components.icon import icon
from saas_app.components.link import link
from saas_app.components.props import Text
from saas_app.components.tabs import Tab, tabs
from saas_app.state.server import ServerState

PARTS: tuple[tuple[str, str], ...] = (
    ("Overview", ""),
    ("Tools", "/tools"),
    ("Variables", "/variables"),
    ("Tests", "/tests"),
    ("Versions", "/versions"),
    ("Keys", "/keys"),
    ("Calls", "/calls"),
    ("Settings", "/settings"),
)
# As high with the name and an act beside it as without: the act is known when the name is.
NAME = (
    "flex min-h-9 max-sm:flex-col max-sm:items-start sm:flex-wrap sm:items-center gap-x-3 gap-y-1"
)


def server_header(*, active: str, action: rx.Component | None = None) -> rx.Component:
    """Draw the header of a server's page.

    Args:
        active: The label of the part that is shown, as in `PARTS`.
        action: The page's own primary act; publishing is offered when there is none.
    """
    return rx.fragment(
        page_header(
            rx.cond(
                ServerState.is_server_ready,
                _name(),
                _unnamed(),
            ),
            action=action if action is not None else _publish(),
            above=link(
                icon("chevron-left", size=14, class_name="inline -mt-px mr-0.5"),
                "Servers",
                href=f"/o/{organization_slug()}/servers",
                is_quiet=True,
                class_name="w-fit text-sm text-ink-soft",
            ),
        ),
        tabs(*[_tab(label, path, active) for label, path in PARTS], label="Parts of the server"),
    )


def standing_badge(standing: Text) -> rx.Component:
    """Where a server stands, in one word."""
    return rx.fragment(
        rx.match(
            standing,
            ("live", badge("Live", tone="ember", icon="radio")),
            ("changed", badge("Live, draft changed", tone="attention", icon="pencil")),
            ("paused", badge("Paused", tone="attention", icon="pause")),
            badge("Draft"),
        )
    )


def _name() -> rx.Component:
    return rx.el.span(
        ServerState.server_name,
        standing_badge(ServerState.standing),
        class_name=NAME,
        key="name",
    )


def _unnamed() -> rx.Component:
    """What keeps the place of the name and of the badge, below it on phones and beside it else."""
    return rx.el.span(
        skeleton(class_name="h-8 w-48"),
        skeleton(class_name="h-5.5 w-16"),
        class_name=NAME,
        key="skeleton",
    )


def _publish() -> rx.Component:
    """Publishing is offered while the draft holds something that clients do not see."""
    has_news = (ServerState.standing == "draft") | (ServerState.standing == "changed")
    return rx.cond(
        ServerState.is_server_ready
        & ServerState.can_publish
        & has_news
        & (ServerState.enabled_count > 0),
        link_button(
            # Short on phones, where it stands beside the name and moves nothing when it comes.
            rx.el.span(
                "Publish",
                rx.el.span(f" version {ServerState.next_number}", class_name="max-sm:sr-only"),
            ),
            href=f"{ServerState.here}/versions",
            variant="primary",
            icon="rocket",
        ),
        rx.fragment(),
    )


def _tab(label: str, path: str, active: str) -> Tab:
    known = rx.cond(ServerState.is_server_ready, ServerState.tool_count.to_string(), "–")  # pyright: ignore[reportAttributeAccessIssue]
    count = known if label == "Tools" else None
    return Tab(label, f"{ServerState.here}{path}", is_active=label == active, count=count)
