"""Calls: what clients did with the server."""

import reflex as rx

from saas_app.components.button import link_button
from saas_app.components.call_table import call_table
from saas_app.components.chart import stat
from saas_app.components.empty import empty_state
from saas_app.components.props import either
from saas_app.components.table import pagination
from saas_app.components.text_input import select
from saas_app.pages.server_screen import server_screen
from saas_app.state.calls import STATUSES, CallsState
from saas_app.state.server import ServerState


def calls_page() -> rx.Component:
    """The day's figures, filters, and the calls."""
    return server_screen(
        rx.el.div(
            stat(
                "Calls",
                value=CallsState.day_count,
                note="last 24 hours",
                values=CallsState.calls_per_hour,
            ),
            stat(
                "Errors",
                value=CallsState.day_errors,
                note="last 24 hours",
                values=CallsState.errors_per_hour,
            ),
            stat("Median", value=CallsState.day_p50, note="duration"),
            stat("95th percentile", value=CallsState.day_p95, note="duration"),
            class_name="mb-6 grid grid-cols-2 gap-3 lg:grid-cols-4",
        ),
        _filters(),
        call_table(
            CallsState.calls,
            is_loading=~rx.Var.create(CallsState.is_calls_ready).bool(),
            empty=_none(),
        ),
        either(
            (CallsState.newer_href != "") | (CallsState.older_href != ""),
            pagination(
                summary=f"Page {CallsState.calls_page}",
                previous_href=CallsState.newer_href,
                next_href=CallsState.older_href,
            ),
        ),
        active="Calls",
    )


def _filters() -> rx.Component:
    statuses = (("", "Any status"), *STATUSES.items())
    return rx.el.div(
        rx.el.div(
            select(
                id="calls-tool",
                aria_label="Tool",
                options=CallsState.tool_choices,  # pyright: ignore[reportArgumentType]
                value=CallsState.only_tool,
                on_change=CallsState.choose_tool,
            ),
            class_name="w-full sm:w-56",
        ),
        rx.el.div(
            select(
                id="calls-status",
                aria_label="Status",
                options=statuses,
                value=CallsState.only_status,
                on_change=CallsState.choose_status,
            ),
            class_name="w-full sm:w-44",
        ),
        class_name="mb-4 flex flex-wrap gap-3",
    )


def _none() -> rx.Component:
    is_filtered = (CallsState.only_tool != "") | (CallsState.only_status != "")
    return either(
        is_filtered,
        empty_state(
            "No such calls",
            description="No call fits these filters.",
            icon="list-filter",
            action=link_button("Show all calls", href=f"{ServerState.here}/calls"),
        ),
        empty_state(
            "No calls yet",
            description="Connect a client, and each call it makes appears here with its status.",
            icon="activity",
            action=link_button("Connect a client", href=ServerState.here),
        ),
    )
