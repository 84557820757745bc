"""Light, dark, or as the system has it; the choice stays in this browser."""

import reflex as rx
from reflex.style import LiteralColorMode, color_mode, set_color_mode

from saas_app.components.icon import icon

CHOICES: tuple[tuple[LiteralColorMode, str, str], ...] = (
    ("light", "Light", "sun"),
    ("dark", "Dark", "moon"),
    ("system", "System", "monitor"),
)


def theme_choice() -> rx.Component:
    """Three small buttons; Reflex puts the class on <html> before the first paint."""
    return rx.el.div(
        *[_choice(*choice) for choice in CHOICES],
        role="group",
        aria_label="Theme",
        class_name="inline-flex gap-0.5 rounded-md bg-hover p-0.5",
    )


def _choice(mode: LiteralColorMode, label: str, mark: str) -> rx.Component:
    return rx.el.button(
        icon(mark, size=14),
        type="button",
        aria_label=label,
        title=label,
        aria_pressed=rx.cond(color_mode == mode, "true", "false"),
        on_click=set_color_mode(mode),
        class_name=(
            "inline-flex size-7 items-center justify-center rounded-sm text-ink-soft hover:text-ink"
            " aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-sm"
        ),
    )
