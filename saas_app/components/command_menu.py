"""Ctrl+K or ⌘K: go anywhere by typing a few letters."""

from collections.abc import Sequence
from typing import Any, TypedDict

import reflex as rx

from saas_app.components.props import Text


class Command(TypedDict):
    """A line: its name, a word at its right end, and what it does.

    `act` is "go" to the address `href`, "post" to the route `href`, or "theme" with its name there.
    """

    label: str
    hint: str
    act: str
    href: str


class CommandRoot(rx.Component):
    """The window that the shortcut opens."""

    library = "$/public/kit/command_menu.jsx"
    tag = "CommandMenu"

    entries: rx.Var[Any]
    label: rx.Var[str]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]


def command_menu(
    commands: Sequence[Command] | rx.Var[Any],
    *,
    id: str = "commands",
    label: Text = "Go to, or do…",
    on_open: Any = None,
) -> rx.Component:
    """The menu itself, once per page; a button may open it too with `opens=id`.

    Args:
        commands: Its lines.
        id: By which a button opens it.
        label: Its name, and what stands in the empty field.
        on_open: Called whenever it opens, to bring the lines up to date.
    """
    events = {} if on_open is None else {"on_open": on_open}
    return CommandRoot.create(
        entries=commands, label=label, class_name="command-menu", custom_attrs={"id": id}, **events
    )
