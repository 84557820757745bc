"""Code to read, copy and edit."""

from typing import Any, Literal

import reflex as rx

from saas_app.components.icon import icon
from saas_app.components.props import Flag, Handler, Text, classes, is_given
from saas_app.components.text_input import CONTROL, LINE

COPY = (
    "group inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md px-2 text-xs"
    " text-ink-soft transition-colors duration-150 hover:bg-hover hover:text-ink"
)


class CopyRoot(rx.Component):
    """A button that puts a text on the clipboard."""

    library = "$/public/kit/copy_button.jsx"
    tag = "CopyButton"

    text: rx.Var[str]
    label: rx.Var[str]


class EditorRoot(rx.NoSSRComponent):
    """CodeMirror; its chunk is loaded when a page with an editor is shown."""

    library = "$/public/kit/code_editor.jsx"
    tag = "CodeEditor"
    lib_dependencies: list[str] = [
        "@codemirror/commands@6.11.1",
        "@codemirror/lang-json@6.0.2",
        "@codemirror/lang-python@6.2.1",
        "@codemirror/language@6.13.1",
        "@codemirror/lint@6.9.8",
        "@codemirror/state@6.7.6",
        "@codemirror/view@6.43.15",
        "@lezer/highlight@1.2.5",
    ]

    value: rx.Var[str]
    language: rx.Var[str]
    label: rx.Var[str]
    described_by: rx.Var[str]
    is_read_only: rx.Var[bool]
    problems: rx.Var[list[dict[str, Any]]]
    name: rx.Var[str]
    on_live: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def copy_button(text: Text, *, label: Text = "Copy", shows_label: bool = False) -> rx.Component:
    """Copies the text; the icon turns into a tick for two seconds."""
    return CopyRoot.create(
        icon("copy", size=14, class_name="group-data-done:hidden"),
        icon("check", size=14, class_name="hidden text-proven group-data-done:block"),
        rx.el.span(label) if shows_label else rx.fragment(),
        text=text,
        label=label,
        class_name=COPY,
    )


def code_block(
    code: Text, *, title: Text = "", wraps: bool = False, copies: bool = True
) -> rx.Component:
    """Code as it is, with a button to copy it.

    Args:
        code: The text.
        title: A file name or what the code is for.
        wraps: Break long lines instead of scrolling.
        copies: Offer the copy button.
    """
    flow = "whitespace-pre-wrap wrap-anywhere" if wraps else "overflow-x-auto"
    button = copy_button(code, label="Copy code") if copies else rx.fragment()
    body = rx.el.pre(
        rx.el.code(code),
        tab_index=0,
        role="region",
        aria_label=title if is_given(title) else "Code",
        class_name=f"min-w-0 flex-1 px-4 py-3 text-[0.8125rem] leading-5 text-ink {flow}",
    )
    frame = "min-w-0 overflow-hidden rounded-lg border border-line bg-sunken"
    if not is_given(title):
        corner = rx.el.div(button, class_name="p-1.5")
        return rx.el.div(body, corner, class_name=f"flex items-start {frame}")
    bar = rx.el.div(
        rx.el.span(title, class_name="truncate font-mono text-xs text-ink-soft"),
        button,
        class_name="flex h-9 items-center justify-between gap-3 border-b border-line pr-1 pl-4",
    )
    return rx.el.div(bar, body, class_name=frame)


def copy_field(value: Text, *, id: str, label: Text) -> rx.Component:
    """An address or a key on one line, to be selected or copied."""
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="text-sm font-medium text-ink"),
        rx.el.div(
            rx.el.input(
                id=id,
                value=value,
                read_only=True,
                class_name=f"{CONTROL} {LINE} bg-sunken pr-11 font-mono text-[0.8125rem]",
            ),
            rx.el.div(copy_button(value, label="Copy"), class_name="absolute right-1 top-1"),
            class_name="relative",
        ),
        class_name="flex min-w-0 flex-col gap-1.5",
    )


def code_editor(
    *,
    id: str,
    label: Text,
    value: Text = "",
    on_change: Handler | None = None,
    language: Literal["json", "python", "text"] = "json",
    is_read_only: Flag = False,
    **attributes: Any,
) -> rx.Component:
    """An editor for JSON, Python or plain text; Tab leaves it, as everywhere.

    Args:
        id: Unique on the page.
        label: Its name for screen readers; draw the visible one yourself, or use `field`.
        value: The text; a new value from the state replaces it.
        on_change: Called with the text 400 ms after the last key.
        language: json checks the syntax while typing.
        is_read_only: Only for reading.
        attributes: `problems` to mark (line, column, message, fix, is_error), `name` to send it with a
            form, `class_name` for the height.
    """
    height = attributes.pop("class_name", "min-h-48 max-h-[32rem]")
    described_by = attributes.pop("aria_describedby", "")
    attributes.pop("aria_invalid", None)
    if on_change is not None:
        attributes["on_live"] = on_change
    editor = EditorRoot.create(
        value=value,
        language=language,
        label=label,
        described_by=described_by,
        is_read_only=is_read_only,
        **attributes,
    )
    return rx.el.div(
        editor,
        id=id,
        class_name=classes(
            "overflow-auto rounded-md border border-line-strong bg-surface",
            "focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-ember",
            height,
        ),
    )


class TreeRoot(rx.Component):
    """A JSON value as nested details."""

    library = "$/public/kit/json_tree.jsx"
    tag = "JsonTree"

    value: rx.Var[Any]
    open_depth: rx.Var[int]


def json_tree(value: Any, *, open_depth: int = 2) -> rx.Component:
    """A JSON value, or a string of JSON, as lines that fold."""
    return TreeRoot.create(value=value, open_depth=open_depth, class_name="json-tree")
