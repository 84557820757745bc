"""A button that opens a list of acts."""

from typing import Any

import reflex as rx

from saas_app.components.button import BASE, SIZES, SQUARE, VARIANTS
from saas_app.components.icon import icon as draw_icon
from saas_app.components.link import anchor
from saas_app.components.props import Node, Text, classes

ITEM = (
    "flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-sm no-underline"
    " hover:bg-hover focus-visible:bg-hover focus-visible:outline-none disabled:opacity-50"
)


SIDES = {
    "left": "left-0",
    "right": "right-0",
    "act": "right-0 max-[387px]:right-auto max-[387px]:left-0",
}


class MenuRoot(rx.Component):
    """The button and its list; the first child is the button's face."""

    library = "$/public/kit/menu.jsx"
    tag = "Menu"

    label: rx.Var[str]
    trigger_class_name: rx.Var[str]
    panel_class_name: rx.Var[str]


def menu(
    *items: rx.Component,
    label: str,
    face: Node | None = None,
    opens_up: bool = False,
    **attributes: Any,
) -> rx.Component:
    """A menu of `menu_item`s.

    Args:
        items: `menu_item`, `menu_link`, `menu_separator`.
        label: The name of the button and of the list.
        face: What the button shows; three dots unless given.
        opens_up: For a button near the bottom of the screen.
        attributes: `trigger_class` replaces the button's look; `align` "left", "right", or "act"
            for a page's act, which stands at the right, and on the narrowest phones at the left.
    """
    trigger = attributes.pop("trigger_class", None)
    if trigger is None:
        trigger = f"{BASE} {VARIANTS['ghost']} {SQUARE['md'] if face is None else SIZES['md']}"
    side = SIDES[attributes.pop("align", "right")]
    place = "bottom-full mb-1" if opens_up else "top-full mt-1"
    return MenuRoot.create(
        draw_icon("ellipsis") if face is None else face,
        *items,
        label=label,
        trigger_class_name=trigger,
        panel_class_name=(
            f"absolute z-40 {place} {side} min-w-52 max-w-[calc(100vw-2rem)] animate-rise"
            f" rounded-lg"
            " border border-line bg-raised p-1 shadow-lg"
        ),
        class_name=classes("relative", attributes.pop("class_name", "")),
        **attributes,
    )


def menu_item(
    label: Node, *, icon: str = "", is_danger: bool = False, **attributes: Any
) -> rx.Component:
    """An act in a menu; `on_click`, or `opens` for a dialog."""
    if target := attributes.pop("opens", None):
        attributes["custom_attrs"] = {"command": "show-modal", "commandfor": target}
    return rx.el.button(
        *_face(label, icon),
        type="button",
        role="menuitem",
        tab_index=-1,
        class_name=f"{ITEM} {'text-broken' if is_danger else 'text-ink'}",
        **attributes,
    )


def menu_link(label: Node, *, href: Text, icon: str = "", **attributes: Any) -> rx.Component:
    """A place in a menu."""
    return anchor(
        *_face(label, icon),
        href=href,
        role="menuitem",
        tab_index=-1,
        class_name=f"{ITEM} text-ink",
        **attributes,
    )


def menu_separator() -> rx.Component:
    """A line between groups."""
    return rx.el.div(role="separator", class_name="my-1 h-px bg-line")


def _face(label: Node, icon: str) -> list[Node]:
    mark = draw_icon(icon, class_name="opacity-75") if icon else rx.fragment()
    return [mark, label]
