"""The mark: a kiln's arch with its fire."""

import reflex as rx


def logo(*, size: int = 28) -> rx.Component:
    """The mark alone; decorative, as a name stands beside it."""
    return rx.el.svg(
        rx.el.svg.path(d="M4 28V15a12 12 0 0 1 24 0v13z", class_name="fill-ink"),
        rx.el.svg.path(
            d=(
                "M16 9.5c.6 3.2 5.5 5.6 5.5 11A5.5 5.5 0 0 1 16 26a5.5 5.5 0 0 1-5.5-5.5c0-2.5"
                " 1.2-3.9 2.4-5.3.3 1.3.9 2.1 1.7 2.6-.3-3.3.2-6 1.4-8.3z"
            ),
            class_name="fill-ember",
        ),
        view_box="0 0 32 32",
        width=str(size),
        height=str(size),
        aria_hidden="true",
        class_name="shrink-0",
    )


def wordmark() -> rx.Component:
    """The mark and the name."""
    return rx.el.span(
        logo(size=26),
        rx.el.span("Toolkiln", class_name="text-lg font-semibold tracking-tight text-ink"),
        class_name="inline-flex items-center gap-2",
    )
