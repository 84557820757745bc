"""In the overview of a server: the workers that run its Python tools."""

from typing import Any

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.isolation_banner import isolation_line
from saas_app.components.props import either, holds
from saas_app.components.table import Column, table
from saas_app.state.workers import WorkersState

HEADING = "text-sm font-medium text-ink"


def workers_section() -> rx.Component:
    """How the sandbox is doing for this server; nothing where nothing is Python."""
    return either(
        WorkersState.has_workers,
        section_card(
            either(
                WorkersState.workers_trouble,
                banner(
                    WorkersState.workers_trouble,
                    kind="attention",
                    title="Python tools are not running",
                ),
            ),
            either(WorkersState.are_workers_known, _known()),
            id="runtime",
            title="Runtime",
            description="Python tools, live and draft, since the sandbox started.",
            action=button("Refresh", size="sm", icon="refresh-cw", on_click=WorkersState.look),
        ),
    )


def _known() -> rx.Component:
    return rx.el.div(
        isolation_line(WorkersState.tier),
        rx.el.dl(
            _figure("Calls answered", WorkersState.served),
            _figure("Cold starts", WorkersState.cold_starts),
            _figure("Average wait for a turn", WorkersState.waited),
            _figure("Longest wait", WorkersState.longest_wait),
            class_name="grid grid-cols-2 gap-4 sm:grid-cols-4",
        ),
        _part(
            "Workers",
            table(
                WorkersState.worker_rows,
                columns=(
                    Column("Serves"),
                    Column("Now"),
                    Column("Calls", align="right"),
                    Column("Memory of its own", align="right"),
                ),
                draw=lambda one: [one.lane, one.doing, one.calls, one.memory],
                caption="Workers",
                empty=_none("None runs; the next call starts one."),
            ),
        ),
        _part("Why workers ended", _ends()),
        _part(
            "Connections",
            table(
                WorkersState.host_rows,
                columns=(
                    Column("Host"),
                    Column("Made", align="right"),
                    Column("Refused", align="right"),
                    Column("Sent", align="right"),
                    Column("Received", align="right"),
                ),
                draw=lambda one: [
                    rx.el.code(one.host, class_name="wrap-anywhere"),
                    one.connections,
                    one.refused,
                    one.sent,
                    one.received,
                ],
                caption="Connections by host",
                empty=_none("Nothing went out."),
            ),
            either(holds(WorkersState.host_rows), _none("Bytes are added when a connection ends.")),
        ),
        class_name="flex flex-col gap-6",
    )


def _ends() -> rx.Component:
    return either(
        holds(WorkersState.ends),
        rx.el.ul(
            rx.foreach(WorkersState.ends, lambda one: rx.el.li(one[1], " × ", one[0])),
            class_name="flex flex-wrap gap-x-6 gap-y-1 text-sm text-ink-soft",
        ),
        _none("None has ended."),
    )


def _part(heading: str, *content: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h3(heading, class_name=HEADING), *content, class_name="flex flex-col gap-2"
    )


def _figure(name: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-xs text-ink-soft"),
        rx.el.dd(value, class_name="mt-0.5 text-sm font-medium text-ink tabular-nums"),
    )


def _none(words: str) -> rx.Component:
    return rx.el.p(words, class_name="text-sm text-ink-soft")
