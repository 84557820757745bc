"""All people, for admins."""

from typing import Any

import reflex as rx

from saas_app.components.admin_list import (
    export_menu,
    list_choice,
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
from saas_app.state.admin_users import AdminUsersState

ROLES = (("", "Any role"), ("admin", "Admins"), ("person", "No admins"))
STANDINGS = (
    ("", "Any standing"),
    ("active", "Active"),
    ("banned", "Banned"),
    ("unverified", "Not verified"),
    ("deletion", "Deletion scheduled"),
)


def admin_users_page() -> rx.Component:
    """Search, filters, the list, and all of it as a file."""
    sorts: Any = AdminUsersState.users_sorts
    return admin_frame(
        page_header(
            "Users",
            description="Everybody who has an account here.",
            action=export_menu(AdminUsersState.users_files),
        ),
        list_filters(
            list_choice(
                ROLES,
                id="users-role",
                label="Role",
                value=AdminUsersState.users_role,
                on_change=AdminUsersState.choose_users_role,
            ),
            list_choice(
                STANDINGS,
                id="users-standing",
                label="Standing",
                value=AdminUsersState.users_standing,
                on_change=AdminUsersState.choose_users_standing,
            ),
            id="search-users",
            label="Search by name or e-mail",
            value=AdminUsersState.users_query,
            on_search=AdminUsersState.search_users,
        ),
        table(
            AdminUsersState.user_rows,
            columns=(
                sorted_column("Name", sorts, "name"),
                Column("Standing"),
                Column("Organizations", align="right"),
                sorted_column("Joined", sorts, "created"),
                Column("Last used"),
            ),
            draw=_row,
            caption="Users",
            is_loading=~rx.Var.create(AdminUsersState.is_users_ready).bool(),
            empty=_none(),
        ),
        list_foot(
            summary=AdminUsersState.users_summary,
            previous_href=AdminUsersState.previous_users,
            next_href=AdminUsersState.next_users,
        ),
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
