"""Where keyboards and screen readers arrive on a page."""

import reflex as rx

from saas_app.components.link import anchor


def skip_link() -> rx.Component:
    """The first stop of the keyboard: past the navigation."""
    return anchor(
        "Skip to content",
        href="#content",
        class_name=(
            "sr-only rounded-md bg-ember px-4 py-2 font-medium text-on-ember no-underline"
            " focus:not-sr-only focus:fixed focus:left-3 focus:top-3 focus:z-50"
        ),
    )


class Arrival(rx.Component):
    """Focus and announcement after moving between pages."""

    library = "$/public/kit/arrival.jsx"
    tag = "Arrival"

    target: rx.Var[str]


def arrival() -> rx.Component:
    """Put focus on the content of the page just reached, and speak its title."""
    return Arrival.create(target="content")
