"""Trying a tool: a form made of its schema, one real call, and what came of it."""

from typing import Any

import reflex as rx

from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.code import code_editor
from saas_app.components.empty import skeleton
from saas_app.components.field import field, field_error
from saas_app.components.props import Handler, Text, either, holds
from saas_app.components.text_input import select, text_area, text_input
from saas_app.components.try_result import try_result
from saas_app.state.trying import TryingState

SEGMENT = (
    "inline-flex h-7 items-center rounded-sm px-2.5 text-sm text-ink-soft transition-colors"
    " duration-150 hover:text-ink aria-pressed:bg-surface aria-pressed:text-ink"
    " aria-pressed:shadow-sm"
)


class FileValue(rx.Component):
    """A file input whose value is the JSON that a file argument takes."""

    library = "$/public/kit/file_value.jsx"
    tag = "FileValue"

    value: rx.Var[str]
    name: rx.Var[str]
    input_id: rx.Var[str]
    described_by: rx.Var[str]
    on_live: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def try_panel(*, on_run: Any, on_saved: Any) -> rx.Component:
    """The panel for the tool that the address names; its page loads `TryingState.show_tool`.

    Args:
        on_run: Called with what is in the form, to run the tool as the page shows it.
        on_saved: Called after a call was kept as a test case, which may prove the tool.
    """
    return section_card(
        rx.cond(TryingState.is_form_ready, _form(on_run), _waiting()),
        try_result(on_saved=on_saved),
        id="try",
        title="Try it",
        description="A real call, made exactly as a client's would be.",
        action=_view_choice(),
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        skeleton(class_name="h-4 w-24"),
        skeleton(class_name="h-9 w-full"),
        skeleton(class_name="h-9 w-24"),
        role="status",
        aria_label="Loading the form",
        class_name="flex flex-col gap-3",
    )


def _view_choice() -> rx.Component:
    return rx.el.div(
        _segment("Form", ~TryingState.is_raw, TryingState.show_form),
        _segment("JSON", TryingState.is_raw, TryingState.show_raw),
        role="group",
        aria_label="How to give the arguments",
        class_name="inline-flex gap-0.5 rounded-md bg-hover p-0.5",
    )


def _segment(label: str, is_shown: Any, on_click: Any) -> rx.Component:
    pressed = rx.cond(is_shown, "true", "false")
    return rx.el.button(
        label, type="button", aria_pressed=pressed, on_click=on_click, class_name=SEGMENT
    )


def _form(on_run: Any) -> rx.Component:
    return rx.el.form(
        rx.cond(TryingState.is_raw, _raw(), _fields()),
        rx.el.div(
            button(
                rx.cond(TryingState.is_running, "Running", "Run"),
                variant="primary",
                icon="play",
                type="submit",
                is_loading=TryingState.is_running,
                keeps_focus=True,
                class_name="min-w-28",  # as wide with either label
            ),
            _stop(),
            class_name="flex flex-row-reverse gap-2",
        ),
        on_submit=on_run,
        no_validate=True,
        class_name="flex flex-col gap-4",
    )


def _stop() -> rx.Component:
    """Hidden where nothing runs, unless it has the focus, which would otherwise be nowhere."""
    return button(
        "Stop",
        icon="square",
        on_click=TryingState.stop,
        aria_disabled=~rx.Var.create(TryingState.is_running).bool(),
        class_name="aria-disabled:not-focus:invisible",
    )


def _raw() -> rx.Component:
    return rx.el.div(
        code_editor(
            id="try-arguments",
            label="Arguments as JSON",
            name="arguments",
            value=TryingState.raw_text,
            on_change=TryingState.type_raw,
            class_name="min-h-40 max-h-96",
        ),
        field_error(TryingState.problems["arguments"], id="try-arguments-error"),
        class_name="flex flex-col gap-1.5",
    )


def _fields() -> rx.Component:
    none = rx.el.p("This tool takes no arguments.", class_name="text-sm text-ink-soft")
    return either(
        holds(TryingState.form_fields),
        rx.el.div(rx.foreach(TryingState.form_fields, _field), class_name="flex flex-col gap-4"),
        none,
    )


def _field(one: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            one.group,
            rx.el.span(one.group, class_name="font-mono text-xs text-ink-faint"),
            rx.fragment(),
        ),
        rx.match(
            one.kind,
            ("boolean", _choice(one, rx.Var.create([["true", "Yes"], ["false", "No"]]))),
            ("choice", _choice(one, one.choices)),
            ("long_text", _wrapped(one, text_area, rows=4)),
            ("integer", _wrapped(one, text_input, input_mode="numeric")),
            ("number", _wrapped(one, text_input, input_mode="decimal")),
            ("file", _wrapped(one, _file)),
            ("json", _wrapped(one, text_area, rows=3, is_code=True)),
            _wrapped(one, text_input),
        ),
        class_name="flex min-w-0 flex-col gap-1",
    )


def _wrapped(one: Any, control: Any, **attributes: Any) -> rx.Component:
    attributes.setdefault("placeholder", one.hint)
    return field(
        control,
        id=_id(one),
        label=one.label,
        help=one.help,
        error=_problem(one.path),
        label_end=_kind_mark(one),
        name=one.path,
        value=TryingState.form_values[one.path],
        on_change=lambda text: TryingState.type_value(one.path, text),
        auto_complete="off",
        **attributes,
    )


def _choice(one: Any, options: Any) -> rx.Component:
    return field(
        _optional_select,
        id=_id(one),
        label=one.label,
        help=one.help,
        error=_problem(one.path),
        label_end=_kind_mark(one),
        name=one.path,
        options=options,
        value=TryingState.form_values[one.path],
        on_change=lambda text: TryingState.type_value(one.path, text),
    )


def _optional_select(*, id: Text, options: Any, **attributes: Any) -> rx.Component:
    """A select whose first choice is to give nothing."""
    rows = rx.Var.create([["", "Not given"]]).to(list[list[str]]) + options.to(list[list[str]])
    return select(id=id, options=rows, **attributes)  # pyright: ignore[reportArgumentType]


def _file(*, id: Text, on_change: Handler, name: Text, value: Text, **rest: Any) -> rx.Component:
    return FileValue.create(
        input_id=id,
        on_live=on_change,
        name=name,
        value=value,
        described_by=rest.get("aria_describedby", ""),
    )


def _kind_mark(one: Any) -> rx.Component:
    kind = rx.match(
        one.kind, ("long_text", "text"), ("json", "JSON"), ("boolean", "yes or no"), one.kind
    )
    needed = rx.cond(one.is_required, "required · ", "")
    return rx.el.span(needed, kind, class_name="shrink-0 text-xs text-ink-faint")


def _id(one: Any) -> Any:
    return f"try-{one.path}"


def _problem(path: Any) -> Any:
    return TryingState.problems[f"try-{path}"]
