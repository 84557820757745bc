"""The arguments of a tool: as a form, or as the JSON Schema itself."""

from typing import Any

import reflex as rx

from saas_app.components.button import button, icon_button
from saas_app.components.card import section_card
from saas_app.components.choice import checkbox, segmented
from saas_app.components.code import code_editor
from saas_app.components.field import field, field_error
from saas_app.components.props import holds
from saas_app.components.text_input import select, text_input
from saas_app.state.server import ServerState
from saas_app.state.tool import ToolState

KINDS = tuple(
    (kind, kind) for kind in ("string", "integer", "number", "boolean", "array", "object", "any")
)
PLACES = (
    ("path", "Path"),
    ("query", "Query"),
    ("header", "Header"),
    ("cookie", "Cookie"),
    ("body", "Body"),
    ("unused", "Not sent"),
)


def arguments_section() -> rx.Component:
    """Both views of the arguments; the address says which."""
    here = f"{ServerState.here}/tools/{ToolState.tool_id}"
    shows_json: Any = ToolState.shows_json
    return section_card(
        rx.cond(ToolState.shows_json, _as_json(), _as_form()),
        id="arguments",
        title="Arguments",
        description="What a model fills in.",
        action=segmented(
            [
                ("Form", here, ~shows_json),
                ("JSON Schema", f"{here}?arguments=json", ToolState.shows_json),
            ],
            label="View of the arguments",
        ),
    )


def _as_json() -> rx.Component:
    return rx.el.div(
        code_editor(
            id="schema",
            label="JSON Schema of the arguments",
            value=ToolState.schema_text,
            on_change=ToolState.save("input_schema"),
            is_read_only=rx.cond(ServerState.can_edit, False, True),
            aria_describedby="schema-error",
            class_name="min-h-80 max-h-[36rem]",
        ),
        field_error(ToolState.problems["input_schema"], id="schema-error"),
        class_name="flex flex-col gap-1.5",
    )


def _as_form() -> rx.Component:
    return rx.el.div(
        rx.cond(
            holds(ToolState.arguments),
            rx.el.ul(
                rx.foreach(ToolState.arguments, _argument),
                class_name="flex flex-col divide-y divide-line",
            ),
            rx.el.p("It takes no arguments.", class_name="text-sm text-ink-soft"),
        ),
        button("Add argument", size="sm", icon="plus", on_click=ToolState.add_argument),
        class_name="flex flex-col items-start gap-4 [&>ul]:w-full",
    )


def _argument(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _text(one, "name", "Name", class_name="font-mono"),
            _choice(one, "kind", "Type", KINDS, is_fixed=one["is_file"]),
            rx.cond(
                ToolState.kind == "python",
                rx.fragment(),
                _choice(one, "location", "Travels in", PLACES, is_fixed=False),
            ),
            class_name="grid grid-cols-2 gap-3 sm:grid-cols-[minmax(0,1fr)_8rem_8rem] [&>*:first-child]:max-sm:col-span-2",
        ),
        _text(one, "description", "Description"),
        rx.el.details(
            rx.el.summary(
                rx.cond(
                    ToolState.kind == "python",
                    "More: default, choices",
                    "More: default, choices, name in the request",
                ),
                class_name="w-fit cursor-pointer rounded-sm text-sm text-ink-soft hover:text-ink",
            ),
            rx.el.div(
                _text(one, "default", "Default"),
                rx.cond(
                    one["can_choose"],
                    _text(one, "choices", "Choices, separated by commas"),
                    rx.fragment(),
                ),
                rx.cond(
                    ToolState.kind == "python",
                    rx.fragment(),
                    _text(one, "wire_name", "Name in the request", class_name="font-mono"),
                ),
                class_name="mt-3 grid grid-cols-1 gap-3 sm:grid-cols-3",
            ),
        ),
        rx.el.div(
            checkbox(
                "Required",
                id=_id(one, "is_required"),
                checked=one["is_required"],
                on_change=ToolState.save_argument(one["name"], "is_required"),
            ),
            icon_button(
                "trash-2",
                label="Remove " + one["name"].to(str),
                size="sm",
                on_click=ToolState.remove_argument(one["name"]),
            ),
            class_name="flex items-center justify-between gap-3",
        ),
        field_error(_problem(one, "is_required"), id=_id(one, "is_required") + "-error"),
        key=one["key"],
        class_name="flex flex-col gap-3 py-5 first:pt-0 last:pb-0",
    )


def _text(one: Any, key: str, label: str, **attributes: Any) -> rx.Component:
    return field(
        text_input,
        id=_id(one, key),
        label=label,
        error=_problem(one, key),
        value=one[key],
        on_change=ToolState.save_argument(one["name"], key),
        pause=400,
        spell_check=False,
        auto_complete="off",
        **attributes,
    )


def _choice(one: Any, key: str, label: str, options: Any, *, is_fixed: Any) -> rx.Component:
    return field(
        select,
        id=_id(one, key),
        label=label,
        error=_problem(one, key),
        options=options,
        value=one[key],
        on_change=ToolState.save_argument(one["name"], key),
        disabled=is_fixed,
    )


def _id(one: Any, key: str) -> Any:
    return "argument-" + one["key"].to(str) + "-" + key


def _problem(one: Any, key: str) -> Any:
    problems: Any = ToolState.problems
    return problems["arguments." + one["name"].to(str) + "." + key].to(str)
