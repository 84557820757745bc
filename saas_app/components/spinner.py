"""Signs that something is under way."""

from typing import Any

import reflex as rx


def spinner(*, size: int = 16, label: str = "") -> rx.Component:
    """A turning ring; decorative unless it has a label."""
    named: dict[str, Any] = (
        {"role": "status", "aria_label": label} if label else {"aria_hidden": "true"}
    )
    return rx.el.span(
        class_name=(
            "inline-block shrink-0 animate-spin rounded-full border-2 border-current"
            f" border-r-transparent opacity-80 size-[{size}px]"
        ),
        **named,
    )
