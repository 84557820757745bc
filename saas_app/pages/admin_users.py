"""All people, for admins."""

from typing import Any

import reflex as rx

from saas_app.components.admin_list import (
    Filter,
    export_menu,
    list_filters,
    list_foot,
    sorted_column,
)
from saas_app.components.avatar import avatar
from saas_app.components.badge import badge
from saas_app.components.button import link_button
from saas_app.components.card import page_header
from saas_app.components.empty import empty_state
from saas_app.components.link import anchor
from saas_app.components.props import either, one_of
from saas_app.components.table import Column, table
from saas_app.components.time_ago import time_ago
from saas_app.pages.admin_frame import admin_frame
from saas_app.state.admin_users import STANDINGS, AdminUsersState

FILTERS = (
    Filter("role", "Role", (("", "Any role"), ("admin", "Admins"), ("person", "No admins"))),
    Filter("standing", "Standing", (("", "Any standing"), *STANDINGS.items())),
)


def admin_users_page() -> rx.Component:
    """Search, filters, the list, and all of it as a file."""
    view: Any = AdminUsersState.user_list
    return admin_frame(
        page_header(
            "Users",
            description="Everybody who has an account here.",
            action=export_menu(view),
        ),
        list_filters(
            *FILTERS,
            of="users",
            label="Search by name or e-mail",
            view=view,
            on_search=AdminUsersState.search_users,
            on_narrow=AdminUsersState.narrow_users,
        ),
        table(
            AdminUsersState.user_rows,
            columns=(
                sorted_column("Name", view, "name"),
                Column("Standing"),
                Column("Organizations", align="right"),
                sorted_column("Joined", view, "created"),
                Column("Last used"),
            ),
            draw=_row,
            caption="Users",
            is_loading=~rx.Var.create(AdminUsersState.is_users_ready).bool(),
            empty=_none(),
        ),
        list_foot(view),
        active="Users",
    )


def standing_badge(standing: Any, words: Any) -> rx.Component:
    """How somebody stands, in the colour that it deserves."""
    return one_of(
        standing,
        ("banned", badge(words, tone="broken", icon="ban")),
        ("deletion", badge(words, tone="attention", icon="trash-2")),
        ("unverified", badge(words, tone="attention", icon="mail")),
        badge(words),
    )


def _row(one: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            avatar(one.name, size=32),
            rx.el.div(
                rx.el.p(
                    anchor(
                        one.name,
                        href=one.href,
                        class_name="font-medium text-ink wrap-anywhere hover:text-ember-ink",
                    ),
                    either(one.is_admin, badge("Admin", tone="ember")),
                    class_name="flex flex-wrap items-center gap-x-2",
                ),
                rx.el.p(one.email, class_name="text-ink-soft wrap-anywhere"),
                class_name="min-w-0 text-left",
            ),
            class_name="flex min-w-0 items-center gap-3",
        ),
        standing_badge(one.standing, one.standing_words),
        rx.el.span(one.organizations, class_name="tabular-nums"),
        time_ago(one.created),
        either(
            one.last_used,
            time_ago(one.last_used),
            rx.el.span("Not signed in", class_name="whitespace-nowrap text-ink-faint"),
        ),
    ]


def _none() -> rx.Component:
    return empty_state(
        "Nobody fits",
        description="No account matches this search and these filters.",
        icon="search-x",
        action=link_button("Show everybody", href="/admin/users"),
    )
