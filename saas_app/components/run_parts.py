"""What the run of a Python tool left behind: its output, its connections and its figures."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.code import code_block
from saas_app.components.icon import icon
from saas_app.components.props import either, holds
from saas_app.state.trying import TryingState

LISTED_HERE = "The list of hosts is in the settings of the server."


def run_output() -> rx.Component:
    """What the code printed."""
    return either(
        TryingState.ran.output,
        rx.el.div(
            rx.el.div(
                code_block(TryingState.ran.output, title="Output", wraps=True),
                class_name="max-h-96 overflow-auto",
            ),
            either(
                TryingState.ran.is_output_cut,
                rx.el.p("More was printed than is kept.", class_name="text-sm text-ink-soft"),
            ),
            class_name="flex flex-col gap-2",
        ),
        rx.el.p("Nothing was printed.", class_name="text-sm text-ink-soft"),
    )


def run_connections() -> rx.Component:
    """What went out, to where and how long; and what was not let out, with why."""
    return either(
        holds(TryingState.ran.connections),
        rx.el.ul(
            rx.foreach(TryingState.ran.connections, _connection),
            aria_label="Connections",
            class_name="divide-y divide-line rounded-lg border border-line text-sm",
        ),
        rx.el.p("The code connected to nothing.", class_name="text-sm text-ink-soft"),
    )


def run_figures(figure: Any) -> rx.Component:
    """Memory, processor and waiting, drawn with the given figure."""
    ran = TryingState.ran
    return rx.fragment(
        figure("Memory", ran.memory, ran.memory != ""),
        figure("Processor", ran.cpu, ran.cpu != ""),
        figure("Waited", ran.waited, ran.waited != ""),
        figure("Start of a worker", ran.started, ran.started != ""),
    )


def refused_mark() -> rx.Component:
    """That something was not let out, where it is not seen otherwise."""
    return either(TryingState.ran.has_refusals, badge("Connection refused", tone="attention"))


def _connection(one: Any) -> rx.Component:
    went = rx.el.p(
        one.sent, " sent, ", one.received, " received, ", one.took, class_name="text-ink-soft"
    )
    return rx.el.li(
        rx.el.code(one.place, class_name="text-ink wrap-anywhere"),
        either(one.refused, _refusal(one), went),
        class_name="flex flex-col gap-1 px-3 py-2",
    )


def _refusal(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            icon("shield-x", size=15, class_name="mt-0.5 text-attention"),
            rx.el.span(one.refused, class_name="min-w-0 text-ink wrap-anywhere"),
            class_name="flex gap-1.5",
        ),
        either(
            one.allows,
            rx.el.div(
                button(f"Allow {one.allows}", size="sm", on_click=TryingState.allow(one.allows)),
                rx.el.span(LISTED_HERE, class_name="text-xs text-ink-soft"),
                class_name="flex flex-wrap items-center gap-2",
            ),
        ),
        class_name="flex flex-col gap-2",
    )
