"""Trying a tool: a form made of its schema, one real call, and what came of it."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge, method_chip
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.choice import checkbox
from saas_app.components.code import code_block, code_editor, copy_button, json_tree
from saas_app.components.empty import skeleton
from saas_app.components.field import field, field_error
from saas_app.components.icon import icon
from saas_app.components.props import Handler, Text, either, holds, one_of
from saas_app.components.tabs import tab_row
from saas_app.components.text_input import select, text_area, text_input
from saas_app.state.trying import TryingState

SEGMENT = (
    "inline-flex h-7 items-center rounded-sm px-2.5 text-sm text-ink-soft transition-colors"
    " duration-150 hover:text-ink aria-pressed:bg-surface aria-pressed:text-ink"
    " aria-pressed:shadow-sm"
)
TAB = (
    "inline-flex h-9 items-center gap-2 whitespace-nowrap border-b-2 border-transparent px-2.5"
    " text-sm font-medium"
    " text-ink-soft transition-colors duration-150 hover:text-ink focus-visible:-outline-offset-2"
    " aria-selected:border-ember aria-selected:text-ink"
)
PARTS = (("answer", "Answer"), ("request", "Request"), ("response", "Response headers"))


class FileValue(rx.Component):
    """A file input whose value is the JSON that a file argument takes."""

    library = "$/public/kit/file_value.jsx"
    tag = "FileValue"

    value: rx.Var[str]
    name: rx.Var[str]
    input_id: rx.Var[str]
    described_by: rx.Var[str]
    on_live: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def try_panel(*, on_saved: Any) -> rx.Component:
    """The panel for the tool that the address names; its page loads `TryingState.show_tool`.

    Args:
        on_saved: Called after a call was kept as a test case, which may prove the tool.
    """
    return section_card(
        rx.cond(TryingState.is_form_ready, _form(), _waiting()),
        _result(on_saved),
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


def _form() -> rx.Component:
    return rx.el.form(
        rx.cond(TryingState.is_raw, _raw(), _fields()),
        rx.el.div(
            rx.cond(
                TryingState.is_running,
                button("Stop", icon="square", on_click=TryingState.stop),
                rx.fragment(),
            ),
            button(
                rx.cond(TryingState.is_running, "Running", "Run"),
                variant="primary",
                icon="play",
                type="submit",
                is_loading=TryingState.is_running,
            ),
            class_name="flex justify-end gap-2",
        ),
        on_submit=TryingState.run,
        no_validate=True,
        class_name="flex flex-col gap-4",
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
        field_error(_problem("arguments"), id="try-arguments-error"),
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
    return TryingState.problems[path]


def _result(on_saved: Any) -> rx.Component:
    return rx.el.div(
        rx.match(
            TryingState.outcome,
            ("trouble", _trouble()),
            ("ok", _answered(on_saved)),
            ("error", _answered(on_saved)),
            rx.fragment(),
        ),
        aria_live="polite",
        aria_busy=rx.cond(TryingState.is_running, "true", "false"),
        class_name="mt-5 empty:hidden",
    )


def _trouble() -> rx.Component:
    return banner(TryingState.trouble, kind="broken", title="No answer", is_alert=True)


def _answered(on_saved: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(_verdict(), _figures(), class_name="flex flex-wrap items-center gap-x-4 gap-y-2"),
        _tab_row(),
        rx.el.div(
            rx.match(
                TryingState.result_part,
                ("request", _request()),
                ("response", _headers(TryingState.response_headers, empty="Nothing came back.")),
                _blocks(),
            ),
            role="tabpanel",
            id="try-panel",
            aria_label="What came of the call",
        ),
        _save(on_saved),
        class_name="flex flex-col gap-4 border-t border-line pt-5",
    )


def _verdict() -> rx.Component:
    return either(
        TryingState.outcome == "ok",
        badge("Answered", tone="proven", icon="check"),
        badge("Tool error", tone="broken", icon="x"),
    )


def _figures() -> rx.Component:
    return rx.el.dl(
        _figure(
            "Status",
            rx.Var.create(TryingState.status_code).to_string(),
            TryingState.status_code > 0,
        ),
        _figure("Time", TryingState.took, TryingState.took != ""),
        _figure("Size", TryingState.answer_size, TryingState.answer_size != ""),
        rx.cond(
            TryingState.is_truncated, badge("Cut at the limit", tone="attention"), rx.fragment()
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm",
    )


def _figure(name: str, value: Any, is_known: Any) -> rx.Component:
    return either(
        is_known,
        rx.el.div(
            rx.el.dt(name, class_name="text-ink-faint"),
            rx.el.dd(value, class_name="font-medium text-ink tabular-nums"),
            class_name="flex gap-1.5",
        ),
        rx.fragment(),
    )


def _tab_row() -> rx.Component:
    return tab_row(
        *[
            rx.el.button(
                label,
                type="button",
                role="tab",
                tab_index=rx.cond(TryingState.result_part == part, 0, -1),
                aria_controls="try-panel",
                aria_selected=rx.cond(TryingState.result_part == part, "true", "false"),
                on_click=TryingState.show_part(part),
                class_name=TAB,
            )
            for part, label in PARTS
        ],
        label="Parts of the result",
    )


def _blocks() -> rx.Component:
    return rx.el.div(
        rx.cond(
            holds(TryingState.blocks),
            rx.foreach(TryingState.blocks, _block),
            rx.el.p("The answer is empty.", class_name="text-sm text-ink-soft"),
        ),
        class_name="flex flex-col gap-3",
    )


def _block(block: Any) -> rx.Component:
    return one_of(
        block["kind"],
        (
            "json",
            rx.el.div(
                rx.el.div(copy_button(block["text"]), class_name="absolute top-1.5 right-1.5"),
                rx.el.div(json_tree(block["text"]), class_name="max-h-96 overflow-auto p-3 pr-10"),
                class_name="relative rounded-lg border border-line bg-sunken",
            ),
        ),
        (
            "image",
            rx.el.img(
                src=block["text"],
                alt="The picture that the tool returned",
                class_name="max-h-96 w-fit max-w-full rounded-lg border border-line",
            ),
        ),
        rx.el.div(code_block(block["text"], wraps=True), class_name="max-h-96 overflow-auto"),
    )


def _request() -> rx.Component:
    sent = rx.el.div(
        rx.el.div(
            method_chip(TryingState.request_method),
            rx.el.code(TryingState.request_url, class_name="min-w-0 flex-1 text-sm wrap-anywhere"),
            copy_button(TryingState.request_url, label="Copy address"),
            class_name="flex items-start gap-2",
        ),
        _headers(TryingState.request_headers, empty="No headers of its own."),
        rx.cond(
            TryingState.request_body,
            code_block(TryingState.request_body, title="Body", wraps=True),
            rx.fragment(),
        ),
        rx.el.p(
            icon("lock", size=14, class_name="inline -mt-0.5 mr-1"),
            "Secrets are hidden here; the service received them.",
            class_name="text-xs text-ink-faint",
        ),
        class_name="flex flex-col gap-3",
    )
    unsent = rx.el.p("No request was sent.", class_name="text-sm text-ink-soft")
    return either(TryingState.has_request, sent, unsent)


def _headers(headers: Any, *, empty: str) -> rx.Component:
    return either(
        holds(headers),
        rx.el.dl(
            rx.foreach(headers, _header),
            class_name="divide-y divide-line rounded-lg border border-line text-sm",
        ),
        rx.el.p(empty, class_name="text-sm text-ink-soft"),
    )


def _header(header: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            header["name"], class_name="text-ink-soft sm:w-48 sm:shrink-0 xl:w-32 wrap-anywhere"
        ),
        rx.el.dd(
            header["value"],
            class_name="min-w-0 grow basis-44 font-mono text-[0.8125rem] wrap-anywhere",
        ),
        class_name="flex flex-wrap gap-x-4 px-3 py-1.5",
    )


def _save(on_saved: Any) -> rx.Component:
    saved = rx.el.p(
        icon("circle-check", size=16, class_name="inline -mt-0.5 mr-1.5 text-proven"),
        "Saved as the test case “",
        TryingState.saved_as,
        "”.",
        class_name="text-sm text-ink",
    )
    return either(
        TryingState.saved_as,
        saved,
        rx.cond(TryingState.can_save, _save_form(on_saved), rx.fragment()),
    )


def _save_form(on_saved: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("flask-conical", size=16),
            "Save as test case",
            class_name=(
                "flex w-fit items-center gap-2 rounded-md px-2 py-1 text-sm font-medium"
                " text-ink hover:bg-hover"
            ),
        ),
        rx.el.form(
            field(
                text_input,
                id="case-name",
                label="Name",
                name="name",
                placeholder="Finds a city by its id",
                error=_problem("name"),
                max_length=80,
            ),
            checkbox(
                "The values must be equal",
                id="case-exact",
                name="is_exact",
                help="Otherwise status, media type, keys and types are compared.",
            ),
            field_error(_problem("is_exact"), id="case-exact-error"),
            rx.el.div(button("Save test case", type="submit"), class_name="flex justify-end"),
            on_submit=[TryingState.save_case, on_saved],
            class_name="mt-3 flex flex-col gap-4 rounded-lg border border-line p-4",
        ),
    )
