"""Ctrl+K or ⌘K: go anywhere by typing a few letters."""

from collections.abc import Sequence
from typing import Any, TypedDict

import reflex as rx

from saas_app.components.props import Text


class Command(TypedDict):
    """A place to go: its name, address, and a word at its right end."""

    label: str
    href: str
    hint: str


class CommandRoot(rx.Component):
    """The window that the shortcut opens."""

    library = "$/public/kit/command_menu.jsx"
    tag = "CommandMenu"

    entries: rx.Var[Any]
    label: rx.Var[str]


def command_menu(
    commands: Sequence[Command] | rx.Var[Any], *, id: str = "commands", label: Text = "Go to…"
) -> rx.Component:
    """The menu itself, once per page; a button may open it too with `opens=id`."""
    return CommandRoot.create(
        entries=commands, label=label, class_name="command-menu", custom_attrs={"id": id}
    )
