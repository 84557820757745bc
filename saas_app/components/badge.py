"""Small marks: badge, HTTP method, status dot."""

from typing import Literal

import reflex as rx

from saas_app.components.icon import icon as draw_icon
from saas_app.components.props import Node, Text

Tone = Literal["neutral", "ember", "proven", "attention", "broken"]

TONES: dict[Tone, str] = {
    "neutral": "bg-hover text-ink-soft",
    "ember": "bg-ember-wash text-ember-ink",
    "proven": "bg-proven-wash text-proven",
    "attention": "bg-attention-wash text-attention",
    "broken": "bg-broken-wash text-broken",
}
METHODS = {
    "GET": "text-method-get",
    "POST": "text-method-post",
    "PUT": "text-method-put",
    "PATCH": "text-method-put",
    "DELETE": "text-broken",
}
METHOD = "inline-block w-13 shrink-0 font-mono text-xs font-semibold tracking-tight"
DOTS: dict[Tone, str] = {
    "neutral": "bg-line-strong",
    "ember": "bg-ember",
    "proven": "bg-proven",
    "attention": "bg-attention",
    "broken": "bg-broken",
}


def badge(label: Node, *, tone: Tone = "neutral", icon: str = "") -> rx.Component:
    """A word or two about the thing beside it; green means proven, amber needs you."""
    mark = draw_icon(icon, size=12) if icon else rx.fragment()
    return rx.el.span(
        mark,
        label,
        class_name=(
            "inline-flex h-5.5 items-center gap-1 rounded-full px-2 text-xs font-medium"
            f" whitespace-nowrap {TONES[tone]}"
        ),
    )


def method_chip(method: Text) -> rx.Component:
    """The HTTP method of a request, always of one width so that paths line up."""
    if isinstance(method, rx.Var):
        colour = rx.match(method, *METHODS.items(), "text-ink-soft")
        return rx.el.span(method, class_name=[METHOD, colour])
    return rx.el.span(method, class_name=f"{METHOD} {METHODS.get(method, 'text-ink-soft')}")


def status_dot(label: Text, *, tone: Tone = "neutral", is_live: bool = False) -> rx.Component:
    """A state in one word after a dot; a live one breathes."""
    pulse = "animate-pulse" if is_live else ""
    return rx.el.span(
        rx.el.span(aria_hidden="true", class_name=f"size-2 rounded-full {DOTS[tone]} {pulse}"),
        label,
        class_name="inline-flex items-center gap-2 text-sm whitespace-nowrap text-ink-soft",
    )
