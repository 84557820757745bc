"""The code of a Python tool, with what is wrong in it in place."""

from typing import Any

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.code import code_editor
from saas_app.components.field import field, field_error
from saas_app.components.icon import icon
from saas_app.components.props import either, holds
from saas_app.components.text_input import text_input
from saas_app.state.server import ServerState
from saas_app.state.tool import ToolState


def code_section() -> rx.Component:
    """The editor, what was found in the code, and what goes between it and the arguments."""
    return section_card(
        rx.el.div(
            code_editor(
                id="tool-source",
                label="Code of the tool",
                language="python",
                value=ToolState.source,
                on_change=ToolState.save("source"),
                problems=ToolState.code_problems,
                is_read_only=rx.cond(ServerState.can_edit, False, True),
                aria_describedby="tool-source-error code-findings",
                class_name="min-h-80 max-h-[40rem]",
            ),
            field_error(ToolState.problems["source"], id="tool-source-error"),
            _findings(),
            rx.el.div(
                field(
                    text_input,
                    id="tool-function",
                    label="Function",
                    help="The one of the code that is the tool.",
                    error=ToolState.problems["function"],
                    value=ToolState.function,
                    on_change=ToolState.save("function"),
                    pause=400,
                    key=ToolState.tool_id + "-function",
                    class_name="font-mono",
                    spell_check=False,
                ),
                either(ServerState.can_edit, _signature_acts()),
                class_name="grid grid-cols-1 items-start gap-4 sm:grid-cols-2",
            ),
            class_name="flex flex-col gap-4",
        ),
        id="code",
        title="The code",
        description=(
            "At hand without import: env, http, store, shortened, ToolError and Image."
            " Ctrl+] indents; Tab leaves the editor."
        ),
    )


def _signature_acts() -> rx.Component:
    return rx.el.div(
        rx.el.p("Signature and arguments", class_name="text-sm font-medium text-ink"),
        rx.el.div(
            button(
                "Write it from the arguments",
                size="sm",
                icon="pencil-line",
                on_click=ToolState.write_signature,
            ),
            button(
                "Take the arguments from it",
                size="sm",
                icon="list-plus",
                on_click=ToolState.read_signature,
            ),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="flex flex-col gap-1.5",
    )


def _findings() -> rx.Component:
    """What was found, line by line; whoever cannot see the markers hears it from here."""
    found = rx.el.ul(
        rx.foreach(ToolState.code_problems, _problem),
        aria_label="Problems in the code",
        class_name="flex flex-col divide-y divide-line rounded-md border border-line",
    )
    sound = rx.el.p(
        icon("circle-check", size=16, class_name="inline -mt-0.5 mr-1.5 text-proven"),
        "Nothing keeps this code from working.",
        class_name="text-sm text-ink-soft",
    )
    trouble = banner(ToolState.code_trouble, kind="attention", title="The code was not looked at")
    return rx.el.div(
        either(ToolState.code_trouble, trouble),
        either(holds(ToolState.code_problems), found),
        either(ToolState.is_code_sound & ~holds(ToolState.code_problems), sound),
        id="code-findings",
        role="status",
        class_name="flex flex-col gap-3 empty:hidden",
    )


def _problem(one: Any) -> rx.Component:
    mark = rx.cond(
        one["is_error"],
        icon("circle-x", size=16, class_name="mt-0.5 text-broken"),
        icon("triangle-alert", size=16, class_name="mt-0.5 text-attention"),
    )
    return rx.el.li(
        mark,
        rx.el.span("Line ", one["line"], class_name="shrink-0 text-ink-soft tabular-nums"),
        rx.el.div(
            rx.el.p(one["message"].to(str), class_name="text-ink wrap-anywhere"),
            rx.el.p(
                one["fix"].to(str),
                class_name="font-mono text-[0.8125rem] text-ink-soft wrap-anywhere empty:hidden",
            ),
            class_name="min-w-0",
        ),
        class_name="flex gap-2.5 px-3 py-2 text-sm",
    )
