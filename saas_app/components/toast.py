"""Short messages at the edge of the screen, held as a list by the state."""

from typing import Any

import reflex as rx

from saas_app.components.button import button, icon_button
from saas_app.components.icon import icon


class ToastRoot(rx.Component):
    """One message with its clock."""

    library = "$/public/kit/toast.jsx"
    tag = "Toast"

    seconds: rx.Var[int]
    on_leave: rx.EventHandler[rx.event.no_args_event_spec]


def toast_region(
    toasts: rx.Var[list[dict[str, str]]] | list[dict[str, str]],
    *,
    on_dismiss: Any,
    on_undo: Any | None = None,
) -> rx.Component:
    """The region that shows and announces the state's messages.

    Args:
        toasts: Dicts with `id`, `kind` ("done", "info", "error") and `text`; with `undo` set to the
            words on a button ("Undo") the message offers to take the act back.
        on_dismiss: A handler that takes an id and removes the message; also called when it has been
            shown for 6 seconds (errors stay until they are dismissed).
        on_undo: A handler that takes an id and reverses the act.
    """
    return rx.el.section(
        rx.foreach(toasts, lambda toast: _toast(toast, on_dismiss, on_undo)),
        aria_live="polite",
        aria_label="Messages",
        class_name=(
            "pointer-events-none fixed inset-x-0 bottom-16 z-50 mx-auto flex"
            " w-[min(24rem,calc(100vw-2rem))]"
            " flex-col gap-2 md:inset-x-auto md:right-5 md:bottom-5 print:hidden"
        ),
    )


def _toast(toast: Any, on_dismiss: Any, on_undo: Any | None) -> rx.Component:
    undo = rx.fragment()
    if on_undo is not None:
        undo = rx.cond(
            toast["undo"],
            button(toast["undo"], size="sm", variant="ghost", on_click=on_undo(toast["id"])),
            rx.fragment(),
        )
    return ToastRoot.create(
        rx.match(
            toast["kind"],
            ("error", icon("circle-alert", size=18, class_name="text-broken")),
            ("done", icon("circle-check", size=18, class_name="text-proven")),
            icon("info", size=18, class_name="text-ink-soft"),
        ),
        rx.el.p(toast["text"], class_name="min-w-0 flex-1 text-sm text-ink wrap-anywhere"),
        undo,
        icon_button("x", label="Dismiss", size="sm", on_click=on_dismiss(toast["id"])),
        key=toast["id"],
        seconds=rx.cond(toast["kind"] == "error", 0, 6),
        on_leave=on_dismiss(toast["id"]),
        class_name=(
            "pointer-events-auto flex animate-rise items-center gap-3 rounded-lg border border-line"
            " bg-raised py-2 pr-2 pl-3.5 shadow-lg"
        ),
    )
