"""The overview of a server: its address, how clients connect, and what needs somebody."""

from typing import Any

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.call_table import call_table
from saas_app.components.card import card, section_card
from saas_app.components.choice import segmented
from saas_app.components.code import code_block, copy_field
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.icon import icon
from saas_app.components.link import anchor, link, outside_link
from saas_app.components.props import either, holds, one_of
from saas_app.components.time_ago import time_ago
from saas_app.components.version_diff import breaking_mark
from saas_app.pages.server_screen import server_screen
from saas_app.pages.workers import workers_section
from saas_app.state.overview import OverviewState
from saas_app.state.server import ServerState

CHIP = (
    "inline-flex h-9 items-center rounded-md border border-line px-3 text-sm no-underline"
    " text-ink-soft hover:text-ink aria-[current=true]:border-ember aria-[current=true]:bg-ember-wash"
    " aria-[current=true]:font-medium aria-[current=true]:text-ink"
)


def server_overview_page() -> rx.Component:
    """What one wants to know of a server first."""
    return server_screen(
        rx.el.div(
            either(ServerState.is_paused, _paused()),
            either(holds(ServerState.missing_variables), _missing()),
            either(OverviewState.waiting_summary, _waiting()),
            either(ServerState.is_server_ready & (ServerState.live_number == 0), _unpublished()),
            _facts(),
            rx.cond(
                OverviewState.is_overview_ready,
                rx.fragment(_connect(), workers_section(), _last_calls()),
                skeleton_rows(label="Loading the overview"),
            ),
            class_name="flex flex-col gap-6",
        ),
        active="Overview",
    )


def _paused() -> rx.Component:
    return banner(
        "Clients are refused until it is resumed.",
        kind="attention",
        title="This server is paused",
        action=either(
            ServerState.can_publish, button("Resume server", size="sm", on_click=ServerState.resume)
        ),
    )


def _unpublished() -> rx.Component:
    return banner(
        "Clients that connect now are refused. Publish the first version, and they can begin.",
        title="Nothing is published yet",
        action=link_button("Look at it", href=f"{ServerState.here}/versions", size="sm"),
    )


def _missing() -> rx.Component:
    return banner(
        "Tools that need them fail until they have a value: ",
        rx.el.code(ServerState.missing_variables.join(", ")),  # pyright: ignore[reportAttributeAccessIssue]
        kind="attention",
        title="Variables without a value",
        action=link_button("Set values", href=f"{ServerState.here}/variables", size="sm"),
    )


def _waiting() -> rx.Component:
    return banner(
        rx.el.span(
            OverviewState.waiting_summary,
            breaking_mark(OverviewState.waiting_breaks),
            class_name="inline-flex flex-wrap items-center gap-2",
        ),
        title="The draft differs from the live version",
        action=link_button("Look at it", href=f"{ServerState.here}/versions", size="sm"),
    )


def _facts() -> rx.Component:
    return card(
        copy_field(ServerState.server_address, id="server-address", label="MCP address"),
        rx.el.dl(
            _fact("Live version", _live()),
            _fact("Who may connect", _policy()),
            _fact("Tools", f"{ServerState.enabled_count} of {ServerState.tool_count} switched on"),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-3",
        ),
        class_name="flex flex-col gap-5 p-5",
    )


def _fact(name: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-xs text-ink-soft"),
        rx.el.dd(value, class_name="mt-0.5 text-sm font-medium text-ink"),
    )


def _live() -> rx.Component:
    return either(
        ServerState.live_number > 0,
        rx.el.span("Version ", ServerState.live_number, ", ", time_ago(ServerState.live_since)),
        rx.el.span("Nothing published yet", class_name="text-ink-soft"),
    )


def _policy() -> rx.Component:
    words = one_of(
        ServerState.access_policy,
        ("private", "Members of the organization"),
        ("listed", "Listed people"),
        ("signed_in", "Anybody who is signed in"),
        ("public", "Everybody, without signing in"),
        "",
    )
    return link(words, href=f"{ServerState.here}/settings#access")


def _connect() -> rx.Component:
    return section_card(
        rx.el.nav(
            rx.el.ul(
                rx.foreach(OverviewState.client_tabs, _client_tab),
                class_name="flex flex-wrap gap-2",
            ),
            aria_label="Clients",
        ),
        rx.el.div(
            rx.el.h3(OverviewState.setup.name, class_name="text-base font-semibold text-ink"),
            _ways(),
            class_name="mt-5 flex flex-wrap items-center justify-between gap-3",
        ),
        either(OverviewState.setup.is_possible, _steps(), _not_here()),
        id="connect",
        title="Connect a client",
        description="Each line is ready to copy; nothing in it is secret.",
    )


def _client_tab(client: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            client.name,
            href=client.href,
            replace=True,
            aria_current=rx.cond(client.is_shown, "true", "false"),
            class_name=CHIP,
        )
    )


def _ways() -> rx.Component:
    """OAuth or a key; a public server needs neither, but takes keys too."""
    is_key = OverviewState.way == "key"
    without = rx.cond(OverviewState.way == "open", "No sign-in", "OAuth")
    return segmented(
        [
            (without, OverviewState.oauth_href, rx.cond(is_key, False, True)),
            ("Key", OverviewState.key_href, is_key),
        ],
        label="How it signs in",
    )


def _not_here() -> rx.Component:
    """Why this client cannot connect; steps that lead nowhere are not shown."""
    return rx.el.div(
        banner(
            rx.foreach(OverviewState.setup.notes, rx.el.p),
            kind="attention",
            title=f"{OverviewState.setup.name} cannot connect this way",
        ),
        class_name="mt-4",
    )


def _steps() -> rx.Component:
    setup = OverviewState.setup
    return rx.el.div(
        either(
            holds(setup.steps),
            rx.el.ol(
                rx.foreach(setup.steps, rx.el.li),
                class_name="list-decimal space-y-1 pl-5 text-sm text-ink",
            ),
        ),
        either(
            setup.link,
            rx.el.div(
                link_button(
                    setup.link_label,
                    href=setup.link,
                    is_document=True,
                    variant="primary",
                    icon="plug",
                ),
                rx.foreach(setup.more_links, lambda one: outside_link(one[0], href=one[1])),
                class_name="flex flex-wrap items-center gap-4",
            ),
        ),
        rx.foreach(setup.snippets, lambda one: code_block(one.code, title=one.label, wraps=True)),
        rx.foreach(setup.notes, _note),
        class_name="mt-4 flex flex-col gap-4",
    )


def _note(words: Any) -> rx.Component:
    return rx.el.p(
        icon("info", size=15, class_name="mt-0.5"),
        rx.el.span(words, class_name="min-w-0 wrap-anywhere"),
        class_name="flex gap-2 text-sm text-ink-soft",
    )


def _last_calls() -> rx.Component:
    return section_card(
        call_table(
            OverviewState.last_calls,
            empty=empty_state(
                "No calls yet",
                description="Each call of a client appears here with its status.",
                icon="activity",
            ),
        ),
        id="calls",
        title="Last calls",
        action=link("All calls", href=f"{ServerState.here}/calls"),
    )
