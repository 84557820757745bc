"""A short list of things in a card: what each is, something about it, and what can be done."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from saas_app.components.props import Node, Text


def item_list(items: Any, draw: Callable[[Any], rx.Component], *, label: Text) -> rx.Component:
    """All of a list, with lines between.

    Args:
        items: A var of the list.
        draw: Draws one as `item`.
        label: What the list is of, for screen readers.
    """
    return rx.el.ul(
        rx.foreach(items, draw), aria_label=label, class_name="-my-3 divide-y divide-line"
    )


def item(mark: Node, title: Text, *badges: Node, about: Sequence[Node], act: Node) -> rx.Component:
    """One line.

    Args:
        mark: An icon of 18 pixels.
        title: Its name.
        badges: What stands beside the name.
        about: One sentence in parts.
        act: The button at its end, or several.
    """
    return rx.el.li(
        rx.el.span(mark, class_name="mt-0.5 text-ink-faint"),
        rx.el.div(
            rx.el.div(
                rx.el.span(title, class_name="font-medium text-ink wrap-anywhere"),
                *badges,
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.el.p(*about, class_name="text-sm text-ink-soft wrap-anywhere"),
            class_name="min-w-0 flex-1 basis-48",
        ),
        act,
        class_name="flex flex-wrap items-start gap-3 py-3",
    )
