"""A value that can be set but never read again."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.props import Flag, Handler, Node, Text
from saas_app.components.text_input import CONTROL, LINE


def secret_row(
    name: Text,
    *,
    is_set: Flag,
    on_save: Handler,
    description: Node = "",
    is_required: Flag = False,
    actions: Node | None = None,
) -> rx.Component:
    """An environment variable whose value is written only.

    Args:
        name: The variable's name, unique on the page.
        is_set: Whether it has a value.
        on_save: Called with a dict of `name` and `value`.
        description: What it is for.
        is_required: Whether tools fail without it.
        actions: Buttons beside it (remove, edit).
    """
    missing = rx.cond(is_required, badge("Required", tone="attention"), badge("Not set"))
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.code(name, class_name="font-medium text-ink wrap-anywhere"),
                rx.cond(is_set, badge("Set", tone="proven", icon="check"), missing),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.el.p(description, class_name="text-sm text-ink-soft empty:hidden"),
            rx.cond(
                is_set,
                rx.el.p(
                    rx.el.span("•" * 12, aria_hidden="true", class_name="tracking-widest"),
                    rx.el.span("The value is hidden.", class_name="sr-only"),
                    class_name="text-sm text-ink-faint",
                ),
                rx.fragment(),
            ),
            class_name="flex min-w-0 flex-1 basis-56 flex-col gap-1",
        ),
        rx.el.div(
            _setter(name, is_set, on_save),
            actions if actions is not None else rx.fragment(),
            class_name="flex flex-wrap items-start gap-2",
        ),
        class_name=(
            "flex flex-wrap items-start justify-between gap-3 border-b border-line py-3"
            " last:border-0"
        ),
    )


def _setter(name: Text, is_set: Flag, on_save: Handler) -> rx.Component:
    id = f"value-of-{name}"
    summary: dict[str, Any] = {
        "class_name": (
            "ml-auto flex h-8 w-fit items-center rounded-md border border-line-strong/55"
            " bg-surface px-3"
            " text-sm font-medium hover:bg-hover group-open:mb-2"
        )
    }
    return rx.el.details(
        rx.el.summary(rx.cond(is_set, "Replace value", "Set value"), **summary),
        rx.el.form(
            rx.el.input(type="hidden", name="name", value=name),
            rx.el.label("New value of ", name, html_for=id, class_name="sr-only"),
            rx.el.input(
                name="value",
                type="password",
                required=True,
                auto_complete="new-password",
                placeholder="New value",
                class_name=f"{CONTROL} {LINE}",
                # As an attribute alone: an id that Reflex knows would join the form's fields.
                custom_attrs={"id": id},
            ),
            button("Save", type="submit", variant="primary"),
            on_submit=on_save,
            reset_on_submit=True,
            class_name="flex gap-2",
        ),
        class_name="group",
    )
