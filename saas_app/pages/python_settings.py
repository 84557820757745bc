"""In the settings of a server: what its Python tools may reach, and how they run."""

from typing import Any

import reflex as rx

from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.choice import Choice, radio_cards
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.props import either, holds
from saas_app.components.text_input import text_area, text_input
from saas_app.state.python_settings import PythonSettingsState
from saas_app.state.server import ServerState

ISOLATION = (
    Choice("shared", "Shared", "A process serves many calls, and stays ready for the next."),
    Choice("per_call", "For each call", "Nothing of a call is there in the next. Slower to start."),
)
STORE = (
    Choice("shared", "One for all", "Every caller meets the same keys."),
    Choice("per_user", "One for each user", "What one user keeps, no other user finds."),
)


def python_section() -> rx.Component:
    """The section; servers without Python tools have no use for it."""
    is_locked = ~rx.Var.create(ServerState.can_edit).bool()
    return section_card(
        rx.el.div(
            _reach(is_locked),
            *[
                radio_cards(
                    choices,
                    name=name,
                    legend=legend,
                    value=value,
                    on_change=PythonSettingsState.choose(name),
                    disabled=is_locked,
                    columns="grid-cols-1 sm:grid-cols-2",
                )
                for name, legend, choices, value in (
                    ("isolation", "Processes", ISOLATION, PythonSettingsState.isolation),
                    ("store", "Key-value store", STORE, PythonSettingsState.store),
                )
            ],
            class_name="flex flex-col gap-6",
        ),
        id="python",
        title="Python tools",
        description="Tries of the draft follow at once; clients with the next version.",
    )


def _reach(is_locked: Any) -> rx.Component:
    return form(
        field(
            text_area,
            id="python-hosts",
            label="Hosts",
            help="What the code may reach, one a line: api.example.com, *.example.com, or * for all"
            " that is public.",
            name="hosts",
            default_value=PythonSettingsState.hosts,
            key=PythonSettingsState.hosts,
            rows=4,
            is_code=True,
            required=False,
            error=PythonSettingsState.problems["hosts"],
            read_only=is_locked,
        ),
        either(holds(PythonSettingsState.suggested), _suggestions()),
        field(
            text_input,
            id="python-ports",
            label="More ports",
            help="Besides those of the web and of databases.",
            name="ports",
            default_value=PythonSettingsState.ports,
            required=False,
            error=PythonSettingsState.problems["ports"],
            read_only=is_locked,
        ),
        either(
            ServerState.can_edit,
            form_actions(button("Save", variant="primary", type="submit")),
        ),
        on_submit=PythonSettingsState.reach,
    )


def _suggestions() -> rx.Component:
    return rx.el.div(
        rx.el.p("The code names these, and may not reach them yet:"),
        rx.el.ul(
            rx.foreach(
                PythonSettingsState.suggested,
                lambda host: rx.el.li(
                    rx.el.code(host, class_name="min-w-0 wrap-anywhere"),
                    either(
                        ServerState.can_edit,
                        button(
                            "Allow",
                            size="sm",
                            aria_label=f"Allow {host}",
                            on_click=PythonSettingsState.allow_suggested(host),
                        ),
                    ),
                    class_name="flex items-center justify-between gap-3 py-1.5",
                ),
            ),
            class_name="divide-y divide-line",
        ),
        class_name="flex flex-col gap-1 text-sm text-ink-soft",
    )
