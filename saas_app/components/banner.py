"""A message that belongs to the screen and stays on it."""

from typing import Any, Literal

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Node, is_given

Kind = Literal["info", "proven", "attention", "broken"]

LOOKS: dict[Kind, tuple[str, str, str]] = {
    "info": ("info", "border-line bg-sunken", "text-ink-soft"),
    "proven": ("circle-check", "border-proven/30 bg-proven-wash", "text-proven"),
    "attention": ("triangle-alert", "border-attention/30 bg-attention-wash", "text-attention"),
    "broken": ("circle-alert", "border-broken/30 bg-broken-wash", "text-broken"),
}


def banner(
    *content: Node,
    kind: Kind = "info",
    title: Node = "",
    action: Node | None = None,
    is_alert: bool = False,
) -> rx.Component:
    """A message in the flow of the page.

    Args:
        content: What happened and what to do.
        kind: attention needs the reader; broken stops them.
        title: The message in a few words.
        action: A button that mends it.
        is_alert: Announce it at once; for what appears after an act.
    """
    mark, box, ink = LOOKS[kind]
    role: dict[str, Any] = {"role": "alert"} if is_alert else {}
    heading = rx.el.p(title, class_name=f"font-medium {ink}") if is_given(title) else rx.fragment()
    return rx.el.div(
        icon(mark, size=18, class_name=f"mt-0.5 {ink}"),
        rx.el.div(
            heading,
            rx.el.div(*content, class_name="text-ink-soft empty:hidden"),
            class_name="min-w-0 flex-1 basis-48 text-sm wrap-anywhere",
        ),
        action if action is not None else rx.fragment(),
        class_name=f"flex flex-wrap items-start gap-3 rounded-lg border px-4 py-3 {box}",
        **role,
    )
