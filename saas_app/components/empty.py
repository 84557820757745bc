"""What a screen shows when there is nothing, not yet, or not anymore."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.code import copy_button
from saas_app.components.icon import icon as draw_icon
from saas_app.components.props import Handler, Node, Text, is_given


def empty_state(
    title: Node,
    *,
    description: Node,
    icon: str = "box",
    action: Node | None = None,
    is_page: bool = False,
) -> rx.Component:
    """First use: what this is, one act, perhaps an example.

    Args:
        title: The heading; of the whole page when `is_page`.
        description: What would be here, or why there is nothing.
        icon: Its mark.
        action: What to do about it.
        is_page: Whether there is nothing else on the page.
    """
    heading = rx.el.h1 if is_page else rx.el.h2
    return rx.el.div(
        rx.el.span(
            draw_icon(icon, size=22),
            class_name=(
                "flex size-11 items-center justify-center rounded-lg bg-ember-wash text-ember-ink"
            ),
        ),
        heading(title, class_name="mt-2 text-lg font-semibold text-ink"),
        rx.el.div(description, class_name="max-w-md text-ink-soft"),
        rx.el.div(action, class_name="mt-3 flex flex-wrap justify-center gap-2")
        if action is not None
        else rx.fragment(),
        class_name=(
            "flex flex-col items-center gap-1 rounded-lg border border-dashed border-line-strong/60"
            " px-6 py-14 text-center"
        ),
    )


def error_state(
    title: Text,
    *,
    description: Node,
    on_retry: Handler | None = None,
    reference: Text = "",
    is_page: bool = False,
) -> rx.Component:
    """Loading failed: what happened, what to do, what to copy when asking for help.

    Args:
        title: What could not be shown; the heading of the whole page when `is_page`.
        description: What happened and what to do.
        on_retry: Loads it again.
        reference: The id under which the failure is logged.
        is_page: Whether there is nothing else on the page.
    """
    heading = rx.el.h1 if is_page else rx.el.h2
    retry = (
        button("Try again", icon="rotate-cw", on_click=on_retry, class_name="mt-3")
        if on_retry is not None
        else rx.fragment()
    )
    return rx.el.div(
        draw_icon("cloud-off", size=24, class_name="text-broken"),
        heading(title, class_name="mt-2 text-lg font-semibold text-ink"),
        rx.el.div(description, class_name="max-w-md text-ink-soft"),
        retry,
        _reference(reference) if is_given(reference) else rx.fragment(),
        role="alert",
        class_name=(
            "flex flex-col items-center gap-1 rounded-lg border border-line px-6 py-12 text-center"
        ),
    )


def _reference(reference: Text) -> rx.Component:
    return rx.el.p(
        "Reference ",
        rx.el.code(reference, class_name="mx-1 text-ink"),
        copy_button(reference, label="Copy the reference"),
        class_name="mt-3 flex flex-wrap items-center justify-center text-sm text-ink-soft",
    )


def skeleton(*, class_name: str = "h-4 w-full") -> rx.Component:
    """A grey shape of the size of what is coming."""
    return rx.el.span(
        aria_hidden="true", class_name=f"block animate-pulse rounded-md bg-hover {class_name}"
    )


def skeleton_rows(*, count: int = 5, label: str = "Loading") -> rx.Component:
    """Grey rows of the height of table rows."""
    row = rx.el.div(
        skeleton(class_name="h-4 w-2/5"),
        skeleton(class_name="h-4 w-1/5"),
        skeleton(class_name="h-4 w-16"),
        class_name=(
            "flex h-13 items-center justify-between gap-6 border-b border-line px-4 last:border-0"
        ),
    )
    # Under a key of their own they are not made into what comes, which would seem to have moved.
    rows = [row for _ in range(count)]
    return rx.el.div(*rows, role="status", aria_label=label, key="skeleton")
