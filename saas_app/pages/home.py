"""Where signing in leads: on to the user's organization."""

import reflex as rx

from saas_app.components.public_shell import public_shell
from saas_app.components.spinner import spinner
from saas_app.pages.frame import unless_failed


def home_page() -> rx.Component:
    """Shown for a moment."""
    return public_shell(
        unless_failed(
            rx.el.div(
                spinner(),
                rx.el.h1("Opening your servers…", class_name="text-ink-soft"),
                class_name="flex items-center gap-3",
            ),
        ),
        is_narrow=True,
    )
