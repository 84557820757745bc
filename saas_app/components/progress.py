"""Work that takes a while, and what happened when: steps and timeline."""

from collections.abc import Sequence
from typing import Any, TypedDict

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Text, each
from saas_app.components.spinner import spinner


class Step(TypedDict):
    """One step; `status` is "done", "active", "waiting" or "failed"; `took` like "1.2 s"."""

    label: str
    status: str
    detail: str
    took: str


class Event(TypedDict):
    """One entry of a timeline; `tone` is a badge's tone, `time` is ready to show."""

    title: str
    detail: str
    time: str
    tone: str


def progress_steps(steps: rx.Var[Any] | Sequence[Step], *, label: Text) -> rx.Component:
    """Named steps: what is done and how long it took, what is being done now, what is to come."""
    return rx.el.ol(
        each(steps, _step), aria_label=label, aria_live="polite", class_name="flex flex-col gap-3"
    )


def timeline(events: rx.Var[Any] | Sequence[Event], *, label: Text) -> rx.Component:
    """What happened, newest first, along a line."""
    return rx.el.ol(each(events, _event), aria_label=label, class_name="flex flex-col")


def _step(step: Any) -> rx.Component:
    mark = rx.match(
        step["status"],
        ("done", icon("circle-check", size=18, label="done", class_name="text-proven")),
        ("failed", icon("circle-x", size=18, label="failed", class_name="text-broken")),
        (
            "active",
            rx.el.span(spinner(size=16, label="under way"), class_name="p-px text-ember-ink"),
        ),
        icon("circle-dashed", size=18, label="waiting", class_name="text-ink-faint"),
    )
    ink = rx.match(
        step["status"],
        ("waiting", "text-ink-faint"),
        ("active", "font-medium text-ink"),
        "text-ink",
    )
    return rx.el.li(
        rx.el.span(mark, class_name="mt-px flex h-5 shrink-0 items-center"),
        rx.el.div(
            rx.el.p(step["label"], class_name=ink),
            rx.el.p(step["detail"], class_name="text-ink-soft empty:hidden"),
            class_name="min-w-0 flex-1 wrap-anywhere",
        ),
        rx.el.span(step["took"], class_name="text-xs leading-5 text-ink-faint tabular-nums"),
        class_name="flex gap-2.5 text-sm",
    )


def _event(event: Any) -> rx.Component:
    dot = rx.match(
        event["tone"],
        ("proven", "bg-proven"),
        ("ember", "bg-ember"),
        ("attention", "bg-attention"),
        ("broken", "bg-broken"),
        "bg-line-strong",
    )
    return rx.el.li(
        rx.el.span(aria_hidden="true", class_name=["mt-1.5 size-2 shrink-0 rounded-full", dot]),
        rx.el.div(
            rx.el.div(
                rx.el.p(event["title"], class_name="font-medium text-ink"),
                rx.el.span(event["time"], class_name="text-xs text-ink-faint"),
                class_name="flex flex-wrap items-baseline justify-between gap-x-4",
            ),
            rx.el.p(event["detail"], class_name="text-ink-soft empty:hidden"),
            class_name="min-w-0 flex-1 wrap-anywhere",
        ),
        class_name=(
            "relative flex gap-3.5 pb-5 text-sm last:pb-0 before:absolute before:bottom-0"
            " before:left-[3.5px]"
            " before:top-5 before:w-px before:bg-line last:before:hidden"
        ),
    )
