"""People and organizations as their first letter."""

import reflex as rx

from saas_app.components.props import Text


def avatar(name: Text, *, size: int = 28) -> rx.Component:
    """The first letter in a disc; decorative, as the name stands beside it."""
    letter = name[:1].upper() if isinstance(name, str) else name.to(str)[0:1].upper()
    return rx.el.span(
        letter,
        aria_hidden="true",
        class_name=(
            "inline-flex shrink-0 items-center justify-center rounded-full bg-ember-wash text-xs"
            f" font-semibold text-ember-ink size-[{size}px]"
        ),
    )
