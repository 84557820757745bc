"""A few words that appear beside something pointed at or focused."""

import reflex as rx

from saas_app.components.props import Node, Text


def tooltip(content: Node, *, text: Text, id: str) -> rx.Component:
    """Explain a thing; put `aria_describedby=id` on the focusable part of `content`.

    Never the only place of something one must know: touch screens have no pointing.
    """
    return rx.el.span(
        content,
        rx.el.span(
            text,
            id=id,
            role="tooltip",
            class_name=(
                "pointer-events-none invisible absolute bottom-full left-1/2 z-40 mb-1.5 w-max"
                " max-w-60"
                " -translate-x-1/2 rounded-md bg-ink px-2 py-1 text-xs text-canvas opacity-0"
                " transition-opacity duration-150 group-hover/tip:visible"
                " group-hover/tip:opacity-100"
                " group-focus-within/tip:visible group-focus-within/tip:opacity-100"
            ),
        ),
        class_name="group/tip relative inline-flex",
    )
