"""The top of the pages of an organization itself: its parts, offered to those who may see them."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.card import page_header
from saas_app.components.navigation import SETTINGS, NavigationEntry
from saas_app.components.tabs import Tab, tabs
from saas_app.state.base import AppState


def organization_header(
    *, active: str, description: str, action: rx.Component | None = None
) -> rx.Component:
    """Draw the header.

    Args:
        active: The label of the part that is shown, as in `SETTINGS`.
        description: What the part is, in one sentence.
        action: Its primary act.
    """
    return rx.fragment(
        page_header("Settings", description=description, action=action),
        tabs(*[_tab(part, active) for part in SETTINGS], label="Parts of the settings"),
    )


def may(permission: str) -> rx.Var[bool]:
    """Whether the role in this organization has a permission, as buttons ask; services decide."""
    return rx.Var.create(AppState.permissions).to(list[str]).contains(permission)


def for_those_who_may(permission: str, draw: Callable[[], rx.Component]) -> rx.Component:
    """An act of the header; its place is kept where the role does not allow it."""
    return keeping_its_place(may(permission), draw)


def keeping_its_place(is_there: Any, draw: Callable[[], rx.Component]) -> rx.Component:
    """An act of the header that may come late, or not at all.

    On phones it stands on a line of its own, and what is below would move when it comes.
    """
    place = rx.el.div(draw(), class_name="invisible flex flex-wrap gap-2", aria_hidden="true")
    return rx.fragment(rx.cond(is_there, draw(), place))


def _tab(part: NavigationEntry, active: str) -> Tab:
    is_offered = may(part.permission) if part.permission else True
    href = part.href(organization_slug())
    return Tab(part.label, href, is_active=part.label == active, is_offered=is_offered)
