"""What surrounds every page: word of a lost connection, and what stands where drawing failed."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_too_many_connection_errors

from saas_app.components.button import link_button
from saas_app.components.icon import icon
from saas_app.components.impersonation_bar import impersonation_bar
from saas_app.components.spinner import spinner

Wraps = dict[tuple[int, str], Callable[[bool], rx.Component | None]]


def app_wraps() -> Wraps:
    """The wraps for `rx.App(app_wraps=app_wraps())`, under the names of Reflex's own."""
    return {
        (55, "ErrorBoundary"): _boundary,
        # A fragment, because Reflex puts the page inside whatever is returned here.
        (5, "Overlay"): lambda is_stateful: (
            rx.fragment(connection_notice(), impersonation_bar()) if is_stateful else None
        ),
    }


@rx.memo
def connection_notice() -> rx.Component:
    """Says that the server cannot be reached; Reflex keeps trying and replays what was clicked."""
    notice = rx.el.div(
        spinner(size=14),
        "Connection lost. Trying again; what you typed stays.",
        class_name=(
            "fixed inset-x-0 top-3 z-50 mx-auto flex w-fit max-w-[calc(100vw-2rem)]"
            " items-center gap-2.5"
            " rounded-lg border border-attention/40 bg-attention-wash px-4 py-2 text-sm"
            " text-attention shadow-lg print:hidden"
        ),
    )
    return rx.el.div(rx.cond(has_too_many_connection_errors, notice, rx.fragment()), role="status")


def page_failed() -> rx.Component:
    """Stands where a page could not be drawn; the error itself is reported to the server."""
    return rx.el.main(
        icon("circle-alert", size=28, class_name="text-broken"),
        rx.el.h1("This page could not be shown", class_name="mt-3 text-xl font-semibold text-ink"),
        rx.el.p(
            "Something went wrong on our side. It has been noted. Loading the page again"
            " usually helps.",
            class_name="mt-1 max-w-md text-ink-soft",
        ),
        rx.el.div(
            link_button("Front page", href="/", is_document=True),
            link_button("Load again", href="", is_document=True, variant="primary"),
            class_name="mt-5 flex flex-wrap justify-center gap-2",
        ),
        role="alert",
        class_name="flex min-h-dvh flex-col items-center justify-center px-4 text-center",
    )


def _boundary(is_stateful: bool) -> rx.Component:  # noqa: FBT001 -- Reflex calls it so
    on_error: dict[str, Any] = {} if is_stateful else {"on_error": rx.noop()}
    return ErrorBoundary.create(fallback_render=page_failed(), **on_error)
