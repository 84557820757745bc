"""All organizations, for admins."""

from typing import Any

import reflex as rx

from saas_app.components.admin_list import (
    Filter,
    export_menu,
    list_filters,
    list_foot,
    sorted_column,
)
from saas_app.components.badge import badge
from saas_app.components.button import link_button
from saas_app.components.card import page_header
from saas_app.components.empty import empty_state
from saas_app.components.link import anchor
from saas_app.components.props import either
from saas_app.components.table import Column, table
from saas_app.components.time_ago import time_ago
from saas_app.pages.admin_frame import admin_frame
from saas_app.state.admin_organizations import AdminOrganizationsState

FILTERS = (
    Filter(
        "kind", "Kind", (("", "Any kind"), ("personal", "Personal"), ("shared", "Made by people"))
    ),
    Filter("plan", "Plan", (("", "Any plan"), ("free", "Free"), ("pro", "Pro"))),
    Filter(
        "standing",
        "Standing",
        (("", "Any standing"), ("active", "Active"), ("deletion", "Deletion scheduled")),
    ),
)


def admin_organizations_page() -> rx.Component:
    """Search, filters, the list, and all of it as a file."""
    view: Any = AdminOrganizationsState.organization_list
    return admin_frame(
        page_header(
            "Organizations",
            description="Everybody's own ones, and those that people share.",
            action=export_menu(view),
        ),
        list_filters(
            *FILTERS,
            of="organizations",
            label="Search by name or address",
            view=view,
            on_search=AdminOrganizationsState.search_organizations,
            on_narrow=AdminOrganizationsState.narrow_organizations,
        ),
        table(
            AdminOrganizationsState.organization_rows,
            columns=(
                sorted_column("Name", view, "name"),
                Column("Plan"),
                sorted_column("Members", view, "members", is_number=True),
                Column("Servers", align="right"),
                sorted_column("Made", view, "created"),
            ),
            draw=_row,
            caption="Organizations",
            is_loading=~rx.Var.create(AdminOrganizationsState.is_list_ready).bool(),
            empty=_none(),
        ),
        list_foot(view),
        active="Organizations",
    )


def _row(one: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            rx.el.p(
                anchor(
                    one.name,
                    href=one.href,
                    class_name="font-medium text-ink wrap-anywhere hover:text-ember-ink",
                ),
                either(one.is_personal, badge("Personal")),
                either(
                    one.delete_at, badge("Deletion scheduled", tone="attention", icon="trash-2")
                ),
                class_name="flex flex-wrap items-center gap-x-2",
            ),
            rx.el.p("/o/", one.slug, class_name="font-mono text-xs text-ink-soft wrap-anywhere"),
            class_name="min-w-0 text-left",
        ),
        rx.el.span(one.plan),
        rx.el.span(
            one.members,
            either(
                one.invitations > 0,
                rx.el.span(" + ", one.invitations, " invited", class_name="text-ink-soft"),
            ),
            class_name="tabular-nums",
        ),
        rx.el.span(one.servers, class_name="tabular-nums"),
        time_ago(one.created),
    ]


def _none() -> rx.Component:
    return empty_state(
        "None fits",
        description="No organization matches this search and these filters.",
        icon="search-x",
        action=link_button("Show all organizations", href="/admin/organizations"),
    )
