"""What stands where there is nothing."""

import reflex as rx

from saas_app.components.button import link_button
from saas_app.components.public_shell import public_shell

TITLE = "Page not found · Toolkiln"


def not_found_page() -> rx.Component:
    """The answer to an address that leads nowhere."""
    return public_shell(
        rx.el.div(
            rx.el.p("404", class_name="font-mono text-sm text-ember-ink"),
            rx.el.h1("There is nothing here", class_name="mt-2 text-3xl font-semibold text-ink"),
            rx.el.p(
                "The address may be mistyped, or what it led to was deleted or belongs to an"
                " organization you are not in.",
                class_name="mt-3 max-w-md text-base text-ink-soft",
            ),
            rx.el.div(
                link_button("Go to the front page", href="/", variant="primary"),
                class_name="mt-6 flex justify-center",
            ),
            class_name="text-center",
        ),
        is_narrow=True,
    )
