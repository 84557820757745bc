"""What the run of a Python tool does and leaves: its output, its connections and its figures."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.code import copy_button
from saas_app.components.icon import icon
from saas_app.components.props import either, holds
from saas_app.state.trying import TryingState

LISTED_HERE = "The list of hosts is in the settings of the server."
LOG = (
    "rounded-lg border border-line bg-sunken font-mono text-[0.8125rem] leading-5 text-ink"
    " whitespace-pre-wrap wrap-anywhere overflow-auto"
)


def live_run() -> rx.Component:
    """What a run does while it goes on, and what it did once it was stopped."""
    live = TryingState.live
    return rx.el.div(
        either(
            TryingState.is_running,
            rx.el.p("Output so far", class_name="text-sm font-medium text-ink"),
            rx.el.div(badge("Stopped", icon="square"), class_name="flex"),
        ),
        live_log(live.lines),
        either(holds(live.connections), _connections(live, still_open="Connected")),
        class_name="mt-5 flex flex-col gap-4 border-t border-line pt-5",
    )


def live_log(lines: Any) -> rx.Component:
    """Lines of output that come while they are read, at a height that they do not change.

    Args:
        lines: a var of `OutputLine`.
    """
    return rx.el.div(
        rx.el.div(
            rx.foreach(lines, _line),
            either(~holds(lines), _none("Nothing was printed so far.")),
            role="log",
            aria_label="Output",
            class_name="min-h-full shrink-0 px-4 py-3",
        ),
        tab_index=0,
        role="region",
        aria_label="Output of the run",
        # The newest line stays in sight, without a script.
        class_name=f"flex h-56 flex-col-reverse {LOG}",
    )


def run_output() -> rx.Component:
    """What the code printed."""
    ran = TryingState.ran
    return either(
        holds(ran.lines),
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    copy_button(ran.output, label="Copy output"),
                    class_name="sticky top-1.5 float-right mr-1.5",
                ),
                rx.el.div(rx.foreach(ran.lines, _line), class_name="px-4 py-3"),
                tab_index=0,
                role="region",
                aria_label="Output",
                class_name=f"max-h-96 {LOG}",
            ),
            either(ran.is_output_cut, _none("More was printed than is kept.")),
            class_name="flex flex-col gap-2",
        ),
        _none("Nothing was printed."),
    )


def run_connections() -> rx.Component:
    """What went out, to where and how long; and what was not let out, with why."""
    ran = TryingState.ran
    return either(
        holds(ran.connections),
        _connections(ran, still_open="Still open when the call ended"),
        _none("The code connected to nothing."),
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


def _line(line: Any) -> rx.Component:
    is_error = line["stream"] == "stderr"
    return rx.el.div(
        either(is_error, rx.el.span("Error output: ", class_name="sr-only")),
        line["text"],
        key=line["number"],
        title=rx.cond(is_error, "Standard error", ""),
        class_name=rx.cond(is_error, "min-h-5 -ml-2.5 border-l-2 border-attention pl-2", "min-h-5"),
    )


def _connections(run: Any, *, still_open: str) -> rx.Component:
    return rx.el.div(
        rx.el.ul(
            rx.foreach(run.connections, lambda one: _connection(one, still_open)),
            aria_label="Connections",
            class_name="divide-y divide-line rounded-lg border border-line text-sm",
        ),
        either(run.offers_hosts, _none(LISTED_HERE)),
        class_name="flex flex-col gap-2",
    )


def _connection(one: Any, still_open: str) -> rx.Component:
    went = rx.el.p(
        one.sent, " sent, ", one.received, " received, ", one.took, class_name="text-ink-soft"
    )
    goes = rx.el.p(still_open, class_name="text-ink-soft")
    return rx.el.li(
        rx.el.code(one.place, class_name="text-ink wrap-anywhere"),
        either(one.refused, _refusal(one), either(one.is_open, goes, went)),
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
            button(f"Allow {one.allows}", size="sm", on_click=TryingState.allow(one.allows)),
        ),
        class_name="flex flex-col items-start gap-2",
    )


def _none(words: str) -> rx.Component:
    return rx.el.p(words, class_name="font-sans text-sm text-ink-soft")
