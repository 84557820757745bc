"""The frame of the admin area: a sidebar of its own for admins, and not found for all others."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.isolation_banner import isolation_banner
from saas_app.components.menu import menu_link, menu_separator
from saas_app.components.navigation import ADMIN
from saas_app.components.props import Node, one_of
from saas_app.components.shell import ShellContext, app_shell
from saas_app.pages.frame import commands, notices, sign_out_form, unless_failed
from saas_app.pages.not_found import not_found_page
from saas_app.state.admin import OPEN, SHUT, AdminState
from saas_app.state.base import AppState

NOT_FOUND = "Page not found · Toolkiln"


def admin_frame(*content: Node, active: str) -> rx.Component:
    """A page of the admin area; `active` is the label of its navigation entry."""
    picture: Any = AppState.user_picture
    context = ShellContext(
        organization="Admin",
        slug=organization_slug(),
        user_name=AppState.user_name,
        user_email=AppState.user_email,
        user_picture=picture,
        organization_menu=(
            menu_link("Leave the admin area", href="/home", icon="arrow-left"),
            menu_separator(),
            menu_link("Configuration", href="/admin/configuration", icon="sliders-horizontal"),
        ),
        account_menu=(
            menu_link("Your account", href="/account/profile", icon="user-round-cog"),
            sign_out_form(),
        ),
    )
    shell = app_shell(
        unless_failed(isolation_banner(), *content),
        active=active,
        context=context,
        entries=ADMIN,
        overlays=(notices(), commands()),
    )
    # The keys keep what stands there before from being made into what comes.
    return one_of(
        AdminState.admin_door,
        (OPEN, rx.el.div(shell, key="admin")),
        (SHUT, rx.el.div(not_found_page(), key="nowhere")),
        rx.el.main(unless_failed(_arriving()), key="arriving", class_name="min-h-dvh"),
    )


def admin_title(title: str) -> Any:
    """Return a page's title, for admins alone."""
    return rx.cond(AdminState.admin_door == OPEN, f"{title} · Admin · Toolkiln", NOT_FOUND)


def _arriving() -> rx.Component:
    """Says nothing of where it leads before it is known who asks."""
    return rx.el.div(role="status", aria_label="Loading")
