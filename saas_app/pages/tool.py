"""One tool: edited at the left, tried at the right."""

from typing import Any

import reflex as rx

from core.plans import PLANS
from core.tool_spec import MAX_TIMEOUT_SECONDS
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.choice import switch
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.field import field
from saas_app.components.link import link
from saas_app.components.props import Node, either, holds
from saas_app.components.text_input import select, text_area, text_input
from saas_app.components.try_panel import try_panel
from saas_app.pages.server_screen import server_screen
from saas_app.pages.tool_arguments import arguments_section
from saas_app.pages.tool_code import code_section
from saas_app.pages.tool_head import doubts, head, stale
from saas_app.state.server import ServerState
from saas_app.state.tool import REQUEST_OR_CODE, ToolState

METHODS = tuple(
    (method, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
)


def tool_page() -> rx.Component:
    """The editor of a tool, with the panel that tries it beside it, or below on smaller screens."""
    return server_screen(
        rx.cond(
            ToolState.trouble,
            _gone(),
            rx.cond(ToolState.is_ready, _editor(), skeleton_rows(count=8)),
        ),
        active="Tools",
    )


def _editor() -> rx.Component:
    return rx.fragment(
        head(),
        stale(),
        doubts(),
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend("Edit the tool", class_name="sr-only"),
                _words(),
                rx.el.div(
                    either(_is_python(), code_section(), _request()),
                    # Focus comes here when one of them takes the other's place.
                    id=REQUEST_OR_CODE,
                    tab_index=-1,
                    class_name="focus:outline-none",
                ),
                arguments_section(),
                _answer(),
                _hints(),
                disabled=rx.cond(ServerState.can_edit, False, True),
                class_name="flex min-w-0 flex-col gap-5",
            ),
            rx.cond(
                ServerState.can_try,
                rx.el.div(
                    try_panel(on_run=ToolState.run, on_saved=ToolState.weigh),
                    class_name="min-w-0 xl:sticky xl:top-6 xl:self-start",
                ),
                rx.fragment(),
            ),
            class_name=rx.cond(
                ServerState.can_try,
                "grid grid-cols-1 gap-6 xl:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]",
                "",
            ),
        ),
    )


def _section(*content: Node, **heading: Any) -> rx.Component:
    stacked = rx.el.div(*content, class_name="flex flex-col gap-5")
    return section_card(stacked, **heading)


def _words() -> rx.Component:
    return _section(
        rx.el.div(
            _live("name", "Name", "What models call it by.", is_mono=True, max_length=64),
            _live("title", "Title", "What people see.", required=False, max_length=200),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-2",
        ),
        field(
            text_area,
            id="tool-description",
            label="Description",
            help="Models decide by it when to use the tool.",
            error=ToolState.problems["description"],
            value=ToolState.description,
            on_change=ToolState.save("description"),
            pause=400,
            rows=4,
            key=ToolState.tool_id + "-description",
        ),
        switch(
            "Switched on",
            id="tool-enabled",
            help="A tool that is switched off is not published.",
            checked=ToolState.is_enabled,
            on_change=ToolState.save("is_enabled"),
        ),
        id="words",
        title="What it is",
    )


def _request() -> rx.Component:
    return _section(
        rx.el.div(
            field(
                select,
                id="tool-method",
                label="Method",
                error=ToolState.problems["method"],
                options=METHODS,
                value=ToolState.method,
                on_change=ToolState.save("method"),
            ),
            _live("url", "Address", is_mono=True),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]",
        ),
        field(
            text_area,
            id="tool-headers",
            label="Headers",
            help="One a line. {{NAME}} stands for a variable of this server.",
            error=ToolState.problems["headers"],
            value=ToolState.headers,
            on_change=ToolState.save("headers"),
            pause=400,
            rows=2,
            is_code=True,
            required=False,
            placeholder="Authorization: Bearer {{TOKEN}}",
            key=ToolState.tool_id + "-headers",
        ),
        rx.cond(
            holds(ToolState.signs_in_with),
            rx.el.div(
                rx.el.p("Signs in with", class_name="text-sm font-medium text-ink"),
                rx.el.ul(
                    rx.foreach(
                        ToolState.signs_in_with,
                        lambda one: rx.el.li(rx.el.code(one), class_name="text-sm text-ink-soft"),
                    ),
                    class_name="mt-1 flex flex-col gap-1 wrap-anywhere",
                ),
            ),
            rx.fragment(),
        ),
        id="request",
        title="The request",
        description="Names in braces, such as {city_id}, are filled in from the arguments.",
        action=either(
            ServerState.can_edit,
            button("Convert to Python", size="sm", icon="code", on_click=ToolState.convert),
        ),
    )


def _is_python() -> Any:
    return ToolState.kind == "python"


def _longest_wait(most: str) -> rx.Component:
    return _live(
        "timeout_seconds", "Longest wait, in seconds", f"At most {most}.", input_mode="decimal"
    )


def _answer() -> rx.Component:
    of_request = rx.fragment(
        _live(
            "select",
            "Selection",
            "A JMESPath expression picks what the model gets. Empty: all of it.",
            is_mono=True,
            required=False,
            placeholder="items[].{name: name, id: id}",
        ),
        rx.el.div(
            _live(
                "max_bytes",
                "Largest answer, in bytes",
                "What is longer is cut.",
                input_mode="numeric",
            ),
            _longest_wait(f"{MAX_TIMEOUT_SECONDS:g}"),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-2",
        ),
    )
    by_plan = [f"{plan.python.timeout_seconds:g} on {plan.title}" for plan in PLANS.values()]
    of_code = _longest_wait(" and ".join(by_plan))
    return _section(either(_is_python(), of_code, of_request), id="answer", title="The answer")


def _hints() -> rx.Component:
    return _section(
        rx.el.div(
            _hint("read_only", "Reads only", "It changes nothing.", ToolState.read_only),
            _hint(
                "destructive", "May destroy", "It may overwrite or delete.", ToolState.destructive
            ),
            _hint(
                "idempotent", "Safe to repeat", "Twice does what once does.", ToolState.idempotent
            ),
            _hint(
                "open_world",
                "Reaches outside",
                "It talks to the open internet.",
                ToolState.open_world,
            ),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-2 sm:gap-x-8",
        ),
        id="hints",
        title="Hints for clients",
        description="Clients use them to decide when to ask the person first.",
    )


def _hint(name: str, label: str, help: str, checked: Any) -> rx.Component:
    return switch(
        label, id=f"hint-{name}", help=help, checked=checked, on_change=ToolState.save(name)
    )


def _live(
    name: str, label: str, help: str = "", *, is_mono: bool = False, **attributes: object
) -> rx.Component:
    """One line of text that is saved as it is typed."""
    return field(
        text_input,
        id=f"tool-{name}",
        label=label,
        help=help,
        error=ToolState.problems[name],
        value=getattr(ToolState, name),
        on_change=ToolState.save(name),
        pause=400,
        key=ToolState.tool_id + f"-{name}",
        class_name="font-mono" if is_mono else "",
        spell_check=not is_mono,
        **attributes,
    )


def _gone() -> rx.Component:
    return empty_state(
        "No such tool",
        description=ToolState.trouble,
        icon="wrench",
        action=link("All tools", href=f"{ServerState.here}/tools"),
    )
