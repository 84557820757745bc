"""What is known of one thing: names and values, side by side."""

import reflex as rx

from saas_app.components.props import Node


def facts(*pairs: tuple[str, Node]) -> rx.Component:
    """A list of names and values; on phones, too, each pair stands in one line."""
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(name, class_name="shrink-0 text-ink-soft"),
                rx.el.dd(value, class_name="min-w-0 text-right text-ink wrap-anywhere"),
                class_name="flex items-baseline justify-between gap-4 py-2",
            )
            for name, value in pairs
        ],
        class_name="-my-2 divide-y divide-line text-sm",
    )
