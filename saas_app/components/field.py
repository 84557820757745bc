"""A form field: label, control, help and error, tied together for every reader."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Flag, Node, Text, as_truth, is_given


def field(
    control: Callable[..., rx.Component],
    *,
    id: str,
    label: Text,
    help: Node = "",
    error: Text = "",
    **attributes: Any,
) -> rx.Component:
    """Wrap a control of the kit: `field(text_input, id="email", label="E-mail", name="email")`.

    Args:
        control: A function of the kit that takes `id` and the attributes below.
        id: Unique on the page; help and error derive theirs from it.
        label: The visible name.
        help: One line under the label that stays.
        error: What is wrong and how to mend it; empty when nothing is.
        attributes: Passed on to the control; `required` and `max_length` are also shown, and
            `label_end` is drawn at the right end of the label line.
    """
    label_end = attributes.pop("label_end", None)
    drawn = control(
        id=id,
        aria_describedby=f"{id}-help {id}-error" if is_given(help) else f"{id}-error",
        aria_invalid=as_truth(error),
        **attributes,
    )
    return rx.el.div(
        rx.el.div(
            rx.el.label(
                label,
                _optional_mark(attributes.get("required")),
                html_for=id,
                class_name="text-sm font-medium text-ink",
            ),
            label_end if label_end is not None else rx.fragment(),
            class_name="flex items-baseline justify-between gap-3",
        ),
        rx.el.p(help, id=f"{id}-help", class_name="text-sm text-ink-soft")
        if is_given(help)
        else rx.fragment(),
        drawn,
        field_error(error, id=f"{id}-error"),
        class_name="flex min-w-0 flex-col gap-1.5",
    )


def field_error(error: Text, *, id: str) -> rx.Component:
    """The line under a control that says what is wrong; always there, so that it is announced."""
    shown = rx.el.span(
        icon("circle-alert", size=14, class_name="mt-0.5"), error, class_name="flex gap-1.5 pt-0.5"
    )
    if isinstance(error, rx.Var):
        shown = rx.cond(error, shown, rx.fragment())
    return rx.el.div(
        shown if is_given(error) else rx.fragment(),
        id=id,
        aria_live="polite",
        class_name="text-sm text-broken empty:hidden",
    )


def _optional_mark(required: Flag | None) -> rx.Component:
    """Only the exception is marked: most fields of our forms are required."""
    if required is False:
        return rx.el.span(" (optional)", class_name="font-normal text-ink-faint")
    return rx.fragment()
