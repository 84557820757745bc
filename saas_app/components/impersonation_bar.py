"""What stands on every page while an admin acts in somebody's name: whose, how long, and the end."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.form import native_form
from saas_app.components.icon import icon
from saas_app.components.time_ago import time_ago
from saas_app.state.base import AppState


@rx.memo
def impersonation_bar() -> rx.Component:
    """A frame around the window, and a bar at its foot; nothing for everybody else."""
    bar = rx.el.aside(
        icon("venetian-mask", size=18, class_name="shrink-0"),
        rx.el.p(
            "You act as ",
            rx.el.strong(AppState.acting_as, ".", class_name="font-semibold text-ink"),
            " It ends ",
            time_ago(AppState.acting_until),
            ".",
            class_name="min-w-0 flex-1 text-sm wrap-anywhere",
        ),
        native_form(
            button("End it", size="sm", type="submit"),
            action="/api/admin/impersonation/end",
            class_name="shrink-0 gap-0",
        ),
        aria_label="Acting in somebody's name",
        class_name=(
            "fixed inset-x-0 bottom-17 z-45 mx-auto flex w-[min(40rem,calc(100vw-1.5rem))]"
            " items-center gap-3 rounded-lg border border-attention/50 bg-attention-wash py-2 pr-2"
            " pl-3.5 text-attention shadow-lg md:bottom-4 print:hidden"
        ),
    )
    frame = rx.el.div(
        aria_hidden="true",
        class_name=(
            "pointer-events-none fixed inset-0 z-70 border-3 border-attention print:hidden"
        ),
    )
    return rx.fragment(rx.cond(AppState.acting_as, rx.fragment(frame, bar), rx.fragment()))
