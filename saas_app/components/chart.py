"""Numbers to see at a glance: stat, sparkline, bar and line chart."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from saas_app.components.props import Node, Text

Values = Sequence[float] | rx.Var[Any]


class SparklineRoot(rx.Component):
    """A line without axes."""

    library = "$/public/kit/chart.jsx"
    tag = "Sparkline"

    values: rx.Var[Any]


class ChartRoot(rx.Component):
    """A chart with its numbers as a table for screen readers."""

    library = "$/public/kit/chart.jsx"
    tag = "Chart"

    labels: rx.Var[Any]
    values: rx.Var[Any]
    kind: rx.Var[str]
    label: rx.Var[str]
    unit: rx.Var[str]


def stat(
    label: Text, *, value: Node, note: Node = "", values: Values | None = None
) -> rx.Component:
    """One number with its name; beside it how it went, when values are given."""
    line = (
        SparklineRoot.create(values=values, class_name="shrink-0 self-end text-ember")
        if values is not None
        else rx.fragment()
    )
    return rx.el.div(
        rx.el.div(
            rx.el.p(label, class_name="text-sm text-ink-soft"),
            rx.el.p(
                value, class_name="text-2xl font-semibold whitespace-nowrap tabular-nums text-ink"
            ),
            rx.el.p(note, class_name="text-xs text-ink-faint empty:hidden"),
            class_name="min-w-0",
        ),
        line,
        class_name=(
            "flex flex-wrap items-start justify-between gap-x-4 gap-y-2 rounded-lg border"
            " border-line bg-surface p-4"
        ),
    )


def chart(
    values: Values,
    *,
    labels: Sequence[str] | rx.Var[Any],
    label: Text,
    unit: Text = "",
    kind: Literal["bar", "line"] = "bar",
) -> rx.Component:
    """A small chart over time.

    Args:
        values: One number per label.
        labels: The first and last stand under the axis; all are read out.
        label: What is shown.
        unit: After each number.
        kind: bar for counts, line for measures.
    """
    return ChartRoot.create(
        values=values, labels=labels, label=label, unit=unit, kind=kind, class_name="chart"
    )
