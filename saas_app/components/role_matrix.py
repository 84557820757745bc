"""What each role may do, as a table."""

from collections.abc import Sequence

import reflex as rx

from saas_app.components.icon import icon

CELL = "w-12 px-0.5 py-2.5 text-center sm:w-24"


def role_matrix(
    roles: Sequence[str], rows: Sequence[tuple[str, Sequence[bool]]], *, caption: str
) -> rx.Component:
    """Draw acts against roles.

    Args:
        roles: The columns.
        rows: What can be done, and whether each role may.
        caption: Read out, not shown.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        rx.el.span("What", class_name="sr-only"),
                        scope="col",
                        class_name="px-3 sm:px-4",
                    ),
                    *[
                        rx.el.th(
                            role,
                            scope="col",
                            class_name=f"{CELL} text-2xs font-medium text-ink-soft sm:text-xs",
                        )
                        for role in roles
                    ],
                    class_name="border-b border-line",
                )
            ),
            rx.el.tbody(*[_row(words, allowed) for words, allowed in rows]),
            class_name="w-full text-sm",
        ),
        class_name="min-w-0 overflow-x-auto rounded-lg border border-line bg-surface shadow-sm",
    )


def _row(words: str, allowed: Sequence[bool]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            words, scope="row", class_name="px-3 py-2.5 text-left font-normal text-ink sm:px-4"
        ),
        *[rx.el.td(_mark(is_allowed), class_name=CELL) for is_allowed in allowed],
        class_name="border-b border-line last:border-0",
    )


def _mark(is_allowed: bool) -> rx.Component:  # noqa: FBT001 - a cell is nothing else
    if is_allowed:
        return icon("check", label="Yes", class_name="mx-auto text-proven")
    return icon("minus", label="No", class_name="mx-auto text-ink-faint")
