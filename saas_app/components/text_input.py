"""Text controls: single line, many lines, search, password, select."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Handler, Text, classes

CONTROL = (
    "w-full min-w-0 rounded-md border border-line-strong bg-surface text-ink text-base md:text-sm"
    " placeholder:text-ink-faint transition-colors duration-150 focus-visible:outline-2"
    " focus-visible:-outline-offset-1 focus-visible:outline-ember disabled:bg-sunken"
    " disabled:text-ink-faint aria-[invalid=true]:border-broken"
)
LINE = "h-9 px-3"
PASSWORD_LOOK = {
    "class_name": f"{CONTROL} {LINE} pr-11",
    "wrapper_class_name": "relative min-w-0",
    "toggle_class_name": (
        "absolute right-1 top-1 inline-flex size-7 items-center justify-center rounded-md"
        " text-ink-faint hover:bg-hover hover:text-ink aria-pressed:text-ember-ink"
    ),
}


class LiveText(rx.Component):
    """A text control that reports after a pause and never fights with the typist."""

    library = "$/public/kit/live_text.jsx"
    tag = "LiveText"

    value: rx.Var[str]
    pause: rx.Var[int]
    is_multiline: rx.Var[bool]
    on_live: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def text_input(*, id: str, on_change: Handler | None = None, **attributes: Any) -> rx.Component:
    """One line of text.

    With `value` and `on_change` the text is reported after a pause of 300 ms (`pause=`); without
    them it is a plain control, read when its form is sent (`name`, `default_value`).
    """
    look = classes(CONTROL, LINE, attributes.pop("class_name", ""))
    return _text_control(rx.el.input, id=id, on_change=on_change, class_name=look, **attributes)


def text_area(
    *,
    id: str,
    rows: int = 4,
    is_code: bool = False,
    on_change: Handler | None = None,
    **attributes: Any,
) -> rx.Component:
    """Several lines of text; see `text_input` about reporting."""
    font = "font-mono text-[0.8125rem] leading-5" if is_code else ""
    look = classes(CONTROL, "px-3 py-2 resize-y", font, attributes.pop("class_name", ""))
    if is_code:
        attributes = {"spell_check": False, "auto_capitalize": "off", **attributes}
    if on_change is not None:
        attributes["is_multiline"] = True
    return _text_control(
        rx.el.textarea, id=id, on_change=on_change, class_name=look, rows=rows, **attributes
    )


def search_input(
    *, id: str, label: Text, on_change: Handler, value: Text = "", **attributes: Any
) -> rx.Component:
    """A search box that reports after a pause of 200 ms."""
    return rx.el.div(
        icon("search", class_name="absolute left-3 top-1/2 -translate-y-1/2 text-ink-faint"),
        text_input(
            id=id,
            on_change=on_change,
            value=value,
            pause=200,
            type="search",
            aria_label=label,
            placeholder=attributes.pop("placeholder", label),
            class_name="pl-9",
            **attributes,
        ),
        class_name="relative min-w-0",
    )


def select(
    *,
    id: str,
    options: Sequence[tuple[str, str]] | rx.Var,
    placeholder: str = "",
    **attributes: Any,
) -> rx.Component:
    """A native select.

    Args:
        id: Unique on the page.
        options: Pairs of value and label; or a var that is a list of such pairs.
        placeholder: Shown while nothing is chosen; cannot be chosen itself.
        attributes: `name`, `default_value`, or `value` with `on_change`, and others of <select>.
    """
    extra = attributes.pop("class_name", "")
    empty = [rx.el.option(placeholder, value="", disabled=True)] if placeholder else []
    if isinstance(options, rx.Var):
        drawn = [rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0]))]
    else:
        drawn = [rx.el.option(label, value=value) for value, label in options]
    return rx.el.div(
        rx.el.select(
            *empty,
            *drawn,
            id=id,
            class_name=classes(CONTROL, LINE, "appearance-none pr-9", extra),
            **attributes,
        ),
        icon(
            "chevron-down",
            class_name=(
                "pointer-events-none absolute right-3 top-1/2 -translate-y-1/2 text-ink-faint"
            ),
        ),
        class_name="relative min-w-0",
    )


def _text_control(
    plain: Any, *, id: str, on_change: Handler | None, class_name: Any, **attributes: Any
) -> rx.Component:
    if on_change is None:
        return plain(id=id, class_name=class_name, **attributes)
    return LiveText.create(
        id=id,
        on_live=on_change,
        class_name=class_name,
        custom_attrs=native_attributes(attributes),
        **attributes,
    )


def native_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Take out what <input> knows and our component does not declare; React's names are kept."""
    known = {"value", "pause", "is_multiline", "key"}
    native: dict[str, Any] = {}
    for name in [name for name in attributes if name not in known and not name.startswith("on_")]:
        native[_react_name(name)] = attributes.pop(name)
    return native


def _react_name(name: str) -> str:
    if name.startswith(("aria_", "data_")):
        return name.replace("_", "-")
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class PasswordRoot(rx.Component):
    """A password field with a button that shows it."""

    library = "$/public/kit/password.jsx"
    tag = "Password"

    toggle_class_name: rx.Var[str]
    wrapper_class_name: rx.Var[str]


def password_input(*, id: str, **attributes: Any) -> rx.Component:
    """A password; `name` and `auto_complete` ("current-password" or "new-password") are due."""
    return PasswordRoot.create(
        icon("eye", size=16),
        custom_attrs={"id": id, **native_attributes(attributes)},
        **PASSWORD_LOOK,
        **attributes,
    )
