"""Boxes that hold a screen together: header, section, danger zone."""

from typing import Any

import reflex as rx

from saas_app.components.props import Node, Text, classes, is_given


def page_header(
    title: Node, *, description: Node = "", action: Node | None = None, above: Node | None = None
) -> rx.Component:
    """The top of a screen: what it is, one sentence, one primary act.

    Args:
        title: The page's only h1.
        description: One sentence.
        action: The primary act, or a row of acts with the primary one last.
        above: A way back, drawn over the title.
    """
    about = (
        rx.el.p(description, class_name="mt-1 max-w-prose text-ink-soft")
        if is_given(description)
        else rx.fragment()
    )
    act = (
        rx.el.div(action, class_name="flex flex-wrap items-center gap-2")
        if action is not None
        else rx.fragment()
    )
    return rx.el.header(
        above if above is not None else rx.fragment(),
        rx.el.div(
            rx.el.div(
                rx.el.h1(title, class_name="text-2xl font-semibold wrap-anywhere text-ink"),
                about,
                class_name="min-w-0 flex-1 basis-40 sm:basis-56",
            ),
            act,
            class_name="flex flex-wrap items-start justify-between gap-x-3 gap-y-3 sm:gap-x-6",
        ),
        class_name="flex flex-col gap-2 pb-6",
    )


def card(*content: Node, **attributes: Any) -> rx.Component:
    """A plain box."""
    extra = attributes.pop("class_name", "p-5")
    return rx.el.div(
        *content,
        class_name=classes("min-w-0 rounded-lg border border-line bg-surface shadow-sm", extra),
        **attributes,
    )


def section_card(
    *content: Node, id: str, title: Node, description: Node = "", action: Node | None = None
) -> rx.Component:
    """A part of a screen under its own heading; `id` lets an address point at it."""
    about = (
        rx.el.p(description, class_name="text-sm text-ink-soft")
        if is_given(description)
        else rx.fragment()
    )
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(title, id=f"{id}-title", class_name="text-base font-semibold text-ink"),
                about,
                class_name="flex min-w-0 flex-col gap-0.5",
            ),
            action if action is not None else rx.fragment(),
            class_name=(
                "flex flex-wrap items-start justify-between gap-3 border-b border-line px-5 py-4"
            ),
        ),
        rx.el.div(*content, class_name="p-5"),
        id=id,
        aria_labelledby=f"{id}-title",
        class_name="min-w-0 rounded-lg border border-line bg-surface shadow-sm",
    )


def danger_zone(*rows: rx.Component) -> rx.Component:
    """Acts that destroy, apart from everything else, at the end of a screen."""
    return rx.el.section(
        rx.el.h2(
            "Danger zone",
            id="danger-zone",
            class_name="px-5 pt-4 text-base font-semibold text-broken",
        ),
        rx.el.div(*rows, class_name="divide-y divide-line"),
        aria_labelledby="danger-zone",
        class_name="rounded-lg border border-broken/45 bg-surface",
    )


def danger_row(title: Text, *, description: Node, action: Node) -> rx.Component:
    """One destructive act with its consequence."""
    return rx.el.div(
        rx.el.div(
            rx.el.h3(title, class_name="text-sm font-medium text-ink"),
            rx.el.p(description, class_name="text-sm text-ink-soft"),
            class_name="min-w-0 flex-1 basis-64",
        ),
        action,
        class_name="flex flex-wrap items-center justify-between gap-3 px-5 py-4",
    )
