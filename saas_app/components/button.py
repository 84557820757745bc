"""Buttons, and links that look like them."""

from typing import Any, Literal

import reflex as rx

from saas_app.components.icon import icon as draw_icon
from saas_app.components.link import anchor
from saas_app.components.props import Flag, Node, Text, classes
from saas_app.components.spinner import spinner

Variant = Literal["primary", "secondary", "ghost", "danger"]
Size = Literal["sm", "md", "lg"]

BASE = (
    "inline-flex items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap"
    " no-underline select-none transition-colors duration-150 disabled:opacity-55"
    " disabled:cursor-not-allowed aria-disabled:opacity-55 aria-disabled:cursor-not-allowed"
    " aria-busy:cursor-progress"
)
VARIANTS: dict[Variant, str] = {
    "primary": (
        "bg-ember text-on-ember shadow-sm enabled:hover:bg-ember-hover [a]:hover:bg-ember-hover"
    ),
    "secondary": (
        "bg-surface text-ink border border-line-strong/55 shadow-sm"
        " enabled:hover:bg-hover [a]:hover:bg-hover"
    ),
    "ghost": "text-ink-soft enabled:hover:bg-hover enabled:hover:text-ink [a]:hover:bg-hover",
    "danger": "bg-danger text-on-danger shadow-sm enabled:hover:bg-danger-hover",
}
SIZES: dict[Size, str] = {
    "sm": "h-8 px-3 text-sm",
    "md": "h-9 px-3.5 text-sm",
    "lg": "h-11 px-5 text-base",
}
SQUARE: dict[Size, str] = {"sm": "size-8", "md": "size-9", "lg": "size-11"}


def button(
    label: Node,
    *,
    variant: Variant = "secondary",
    size: Size = "md",
    icon: str = "",
    is_loading: Flag = False,
    keeps_focus: bool = False,
    **attributes: Any,
) -> rx.Component:
    """A button that does something here; `link_button` goes somewhere.

    Args:
        label: What will happen ("Publish version 4").
        variant: One primary act per screen; danger only for what destroys.
        size: sm in tables and bars, lg on public pages.
        icon: A lucide name, drawn before the label.
        is_loading: Shows a spinner and refuses clicks while true.
        keeps_focus: Whoever pressed it stays on it while it loads. It only looks and sounds
            disabled then: what it does must refuse to be done twice.
        attributes: `on_click`, `disabled`, `type` ("button" unless given), `id`, `form`,
            `opens` or `closes` (the id of a dialog or drawer), and any other of <button>.
    """
    attributes = _with_command(attributes)
    attributes.setdefault("type", "button")
    extra = attributes.pop("class_name", "")
    disabled = attributes.pop("disabled", False)
    if is_loading is not False:
        attributes["aria_busy"] = is_loading
        if keeps_focus:
            attributes["aria_disabled"] = is_loading
        else:
            disabled = _either(is_loading, disabled)
    return rx.el.button(
        *_face(label, icon, is_loading),
        class_name=classes(BASE, VARIANTS[variant], SIZES[size], extra),
        disabled=disabled,
        **attributes,
    )


def link_button(
    label: Node,
    *,
    href: Text,
    variant: Variant = "secondary",
    size: Size = "md",
    icon: str = "",
    **attributes: Any,
) -> rx.Component:
    """A link that looks like a button; `is_document=True` for API routes and downloads."""
    extra = attributes.pop("class_name", "")
    look = classes(BASE, VARIANTS[variant], SIZES[size], extra)
    return anchor(*_face(label, icon, False), href=href, class_name=look, **attributes)


def download_button(label: Node, *, href: Text) -> rx.Component:
    """A link to a file that leaves the page as it is.

    A browser that follows it in the same tab announces that it leaves, upon which the page hangs up
    on the server; so it opens a tab, which closes by itself once it turns out to be a file.
    """
    return link_button(
        label, href=href, icon="download", is_document=True, target="_blank", rel="noopener"
    )


def icon_button(
    name: str, *, label: Text, size: Size = "md", variant: Variant = "ghost", **attributes: Any
) -> rx.Component:
    """A button with an icon alone; the label is its name and its tooltip."""
    attributes = _with_command(attributes)
    attributes.setdefault("type", "button")
    extra = attributes.pop("class_name", "")
    return rx.el.button(
        draw_icon(name, size=16),
        aria_label=label,
        title=label,
        class_name=classes(BASE, VARIANTS[variant], SQUARE[size], extra),
        **attributes,
    )


def _face(label: Node, icon: str, is_loading: Flag) -> list[Node]:
    mark = draw_icon(icon) if icon else rx.fragment()
    if is_loading is not False:
        mark = rx.cond(is_loading, spinner(size=14), mark)
    return [mark, label]


def _either(first: Flag, second: Flag) -> Flag:
    if isinstance(first, bool) and isinstance(second, bool):
        return first or second
    return rx.Var.create(first).bool() | rx.Var.create(second).bool()


def _with_command(attributes: dict[str, Any]) -> dict[str, Any]:
    """Turn `opens` and `closes` into the attributes by which a button commands a dialog."""
    for ours, command in (("opens", "show-modal"), ("closes", "close")):
        if target := attributes.pop(ours, None):
            custom = dict(attributes.get("custom_attrs", {}))
            attributes["custom_attrs"] = {**custom, "command": command, "commandfor": target}
    return attributes
