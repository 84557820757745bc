"""A place to drop a file, or to choose one."""

from typing import Any

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Handler, Node, Text, is_given
from saas_app.components.spinner import spinner

LONGEST_EVENT_BYTES = 900_000  # a websocket message holds 1 MB


def _name_and_text(name: rx.Var[str], text: rx.Var[str]) -> tuple[rx.Var[str], rx.Var[str]]:
    """What the browser passes on of a file it has read."""
    return name, text


class DropRoot(rx.Component):
    """Reads the file in the browser, or posts it."""

    library = "$/public/kit/file_drop.jsx"
    tag = "FileDrop"

    accept: rx.Var[str]
    max_bytes: rx.Var[int]
    upload_to: rx.Var[str]
    on_text: rx.EventHandler[_name_and_text]
    on_upload: rx.EventHandler[rx.event.passthrough_event_spec(dict)]
    on_refuse: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def file_drop(
    label: Node,
    *,
    accept: str,
    help: Node = "",
    on_text: Handler | None = None,
    upload_to: Text = "",
    **handlers: Any,
) -> rx.Component:
    """A zone for one text file.

    Args:
        label: What to drop ("Drop an OpenAPI file, or choose one").
        accept: The endings or types, as <input accept> takes them.
        help: Formats and limits.
        on_text: Called with the file's name and its text, up to 900 kB, without an upload.
        upload_to: Instead, an API route that takes the file as the form field `file`; its JSON
            answer goes to `on_upload`. For files of any size; `max_bytes` sets the limit.
        handlers: `busy` (words while it is read), `on_upload` (a dict), `on_refuse` (a sentence saying why), `max_bytes`.
    """
    if on_text is not None:
        handlers["on_text"] = on_text
    if is_given(upload_to):
        handlers["upload_to"] = upload_to
    return DropRoot.create(
        icon("file-up", size=20, class_name="text-ink-faint group-aria-busy:hidden"),
        rx.el.span(label, class_name="font-medium text-ink group-aria-busy:hidden"),
        rx.el.span(help, class_name="text-ink-soft empty:hidden group-aria-busy:hidden"),
        rx.el.span(
            spinner(size=16),
            handlers.pop("busy", "Reading the file…"),
            role="status",
            class_name="hidden items-center gap-2 py-3 text-ink group-aria-busy:flex",
        ),
        accept=accept,
        max_bytes=handlers.pop("max_bytes", LONGEST_EVENT_BYTES),
        class_name=(
            "group flex flex-col items-center gap-1 rounded-lg border border-dashed"
            " border-line-strong px-4 py-6"
            " text-center text-sm transition-colors duration-150 hover:bg-hover/60"
            " data-over:border-ember"
            " data-over:bg-ember-wash focus-within:outline-2"
            " focus-within:outline-ember"
        ),
        **handlers,
    )
