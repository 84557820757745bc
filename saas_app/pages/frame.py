"""The frame of signed-in screens: the shell of the kit, filled from the shared state."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.button import link_button
from saas_app.components.command_menu import command_menu
from saas_app.components.deletion_banner import account_deletion_banner, deletion_banner
from saas_app.components.empty import empty_state, error_state
from saas_app.components.form import native_form
from saas_app.components.icon import icon
from saas_app.components.menu import menu_link, menu_separator
from saas_app.components.props import Node, either
from saas_app.components.shell import ShellContext, app_shell
from saas_app.components.toast import toast_region
from saas_app.state.base import AppState
from saas_app.state.command_menu import CommandMenuState


def app_frame(*content: Node, active: str, tells_end: bool = True) -> rx.Component:
    """A screen of the app.

    Args:
        content: The screen itself.
        active: The label of its navigation entry.
        tells_end: Whether to say that the account is about to be deleted; one page says more.
    """
    picture: Any = AppState.user_picture
    own_logo: Any = AppState.organization_logo
    context = ShellContext(
        organization=AppState.organization_name,
        slug=organization_slug(),
        user_name=AppState.user_name,
        user_email=AppState.user_email,
        user_picture=picture,
        organization_logo=own_logo,
        organization_menu=_organizations(),
        account_menu=(
            menu_link("Your account", href="/account/profile", icon="user-round-cog"),
            either(AppState.is_admin, menu_link("Admin", href="/admin/users", icon="shield-user")),
            menu_link("Home page", href="/", icon="house"),
            sign_out_form(),
        ),
    )
    body = rx.cond(
        AppState.organization_trouble,
        _no_organization(),
        unless_failed(
            account_deletion_banner() if tells_end else rx.fragment(), deletion_banner(), *content
        ),
    )
    return app_shell(body, active=active, context=context, overlays=(notices(), commands()))


def _organizations() -> tuple[rx.Component, ...]:
    """The organizations to switch between, and the way to another."""
    return (
        rx.fragment(rx.foreach(AppState.organizations, _organization)),
        menu_separator(),
        menu_link("New organization", href="/organizations/new", icon="plus"),
    )


def _organization(one: Any) -> rx.Component:
    is_here = one["slug"] == AppState.organization_slug
    mark = rx.cond(is_here, icon("check", size=14, label="open now"), rx.fragment())
    name = rx.el.span(one["name"], class_name="min-w-0 flex-1 truncate")
    return menu_link(rx.fragment(name, mark), href=f"/o/{one['slug']}/servers")


def commands() -> rx.Component:
    """The command menu, filled when it opens."""
    return command_menu(CommandMenuState.offers, on_open=CommandMenuState.offer)


def unless_failed(*content: Node) -> rx.Component:
    """A page's content, or why it could not be loaded, with a way to load it again."""
    reload: Any = AppState.reload
    failed = error_state(
        "This page could not be loaded",
        description=rx.el.p(
            AppState.load_failure, " If it stays, give the reference to whoever runs this Toolkiln."
        ),
        on_retry=reload,
        reference=AppState.load_reference,
        is_page=True,
    )
    return rx.cond(AppState.load_failure, failed, rx.fragment(*content))


def _no_organization() -> rx.Component:
    """What stands at an address of an organization that the visitor is not in."""
    return empty_state(
        "No such organization",
        description=AppState.organization_trouble,
        icon="building-2",
        action=link_button("Back to your servers", href="/home"),
        is_page=True,
    )


def notices() -> rx.Component:
    """The messages of the shared state."""
    return toast_region(AppState.notices, on_dismiss=AppState.dismiss, on_undo=AppState.undo)


def sign_out_form() -> rx.Component:
    """A real post: the answer clears the cookie."""
    return native_form(
        rx.el.button(
            icon("log-out", size=16),
            "Sign out",
            type="submit",
            role="menuitem",
            class_name=(
                "flex h-9 w-full items-center gap-2.5 rounded-md px-2.5 text-left text-sm text-ink"
                " hover:bg-hover"
            ),
        ),
        action="/api/auth/sign-out",
        class_name="gap-0",
    )
