"""The servers of an organization."""

from typing import Any

import reflex as rx

from saas_app.components.address import organization_slug
from saas_app.components.button import link_button
from saas_app.components.card import page_header
from saas_app.components.empty import empty_state, skeleton
from saas_app.components.icon import icon
from saas_app.components.link import anchor
from saas_app.components.props import holds
from saas_app.components.server_header import standing_badge
from saas_app.components.text_input import search_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.frame import app_frame
from saas_app.state.servers import ServersState

GRID = "grid grid-cols-1 gap-3 sm:grid-cols-2"
MANY = 6  # below this a search would only be in the way


def servers_page() -> rx.Component:
    """All servers as cards, newest first."""
    return app_frame(
        page_header(
            "Servers",
            description="Each one is an MCP server that AI clients connect to.",
            action=rx.cond(ServersState.total > 0, _new(), rx.fragment()),
        ),
        rx.cond(ServersState.is_ready, _list(), _waiting()),
        active="Servers",
    )


def _list() -> rx.Component:
    return rx.cond(
        ServersState.total == 0,
        _first_use(),
        rx.fragment(
            rx.cond(
                (ServersState.total > MANY) | (ServersState.query != ""),
                rx.el.div(
                    search_input(
                        id="search",
                        label="Search servers",
                        value=ServersState.query,
                        on_change=ServersState.search,
                    ),
                    class_name="mb-4 max-w-sm",
                ),
                rx.fragment(),
            ),
            rx.cond(
                holds(ServersState.rows),
                rx.el.ul(rx.foreach(ServersState.rows, _card), class_name=GRID),
                empty_state(
                    "No server matches",
                    description=rx.fragment("Nothing is called ", ServersState.query, "."),
                    icon="search-x",
                ),
            ),
        ),
    )


def _card(row: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            rx.el.div(
                rx.el.h2(row["name"], class_name="min-w-0 font-semibold text-ink wrap-anywhere"),
                standing_badge(row["standing"]),
                class_name="flex items-start justify-between gap-3",
            ),
            rx.el.p(
                rx.cond(row["description"], row["description"], "No description yet."),
                class_name="mt-1 line-clamp-2 min-h-10.5 text-sm text-ink-soft",
            ),
            rx.el.div(
                _fact("wrench", row["tools"]),
                rx.cond(row["version"], _fact("tag", row["version"]), rx.fragment()),
                rx.cond(
                    row["last_call"],
                    _fact("activity", rx.fragment("called ", time_ago(row["last_call"]))),
                    rx.cond(row["version"], _fact("activity", "not called yet"), rx.fragment()),
                ),
                class_name="mt-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft",
            ),
            href=row["href"],
            class_name=(
                "block h-full rounded-lg border border-line bg-surface p-5 no-underline shadow-sm"
                " transition-colors duration-150 hover:border-line-strong/70"
            ),
        ),
        class_name="min-w-0",
    )


def _fact(mark: str, words: rx.Var | rx.Component | str) -> rx.Component:
    return rx.el.span(
        icon(mark, size=13), words, class_name="inline-flex items-center gap-1.5 whitespace-nowrap"
    )


def _first_use() -> rx.Component:
    return empty_state(
        "Make your first server",
        description=(
            "Paste an OpenAPI document or a few cURL commands. Pick the tools, try them, and any"
            " AI client can use them."
        ),
        icon="flame",
        action=_new(),
    )


def _new() -> rx.Component:
    href = f"/o/{organization_slug()}/new"
    new = link_button("New server", href=href, variant="primary", icon="plus")
    return rx.cond(ServersState.can_make, new, rx.fragment())


def _waiting() -> rx.Component:
    card = rx.el.li(
        skeleton(class_name="h-5 w-2/5"),
        skeleton(class_name="mt-3 h-4 w-4/5"),
        skeleton(class_name="mt-8 h-4 w-1/2"),
        class_name="h-37 rounded-lg border border-line bg-surface p-5",
    )
    return rx.el.ul(
        *[card for _ in range(4)], class_name=GRID, aria_label="Loading", key="skeleton"
    )
