"""Calls of a server as rows."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.props import Flag, Node, either, one_of
from saas_app.components.table import Column, table
from saas_app.components.time_ago import time_ago

COLUMNS = (
    Column("Tool"),
    Column("Status"),
    Column("Client"),
    Column("Duration", align="right"),
    Column("When", align="right"),
)


def call_table(rows: Any, *, empty: Node, is_loading: Flag = False) -> rx.Component:
    """Draw a list of `CallRow`, newest first."""
    return table(
        rows,
        columns=COLUMNS,
        draw=_row,
        caption="Calls, newest first",
        empty=empty,
        is_loading=is_loading,
    )


def _row(call: Any) -> list[rx.Component]:
    return [
        rx.el.code(
            call.tool, class_name="inline-block font-medium text-ink wrap-anywhere md:min-w-28"
        ),
        rx.el.div(
            one_of(
                call.status,
                ("ok", badge(call.status_words, tone="proven")),
                ("refused", badge(call.status_words, tone="attention")),
                badge(call.status_words, tone="broken"),
            ),
            either(call.detail, rx.el.span(call.detail, class_name="text-xs text-ink-faint")),
            class_name="flex flex-wrap items-center gap-x-2 gap-y-1 max-md:justify-end",
        ),
        rx.el.span(
            call.client,
            rx.el.span(" · ", call.caller, class_name="text-ink-faint"),
            class_name="wrap-anywhere",
        ),
        rx.el.span(call.took, class_name="whitespace-nowrap"),
        time_ago(call.at),
    ]
