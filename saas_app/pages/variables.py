"""The environment variables of a server."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.choice import checkbox
from saas_app.components.dialog import confirm_dialog, dialog
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.field import field
from saas_app.components.form import form
from saas_app.components.menu import menu, menu_item, menu_separator
from saas_app.components.props import holds
from saas_app.components.secret import secret_row
from saas_app.components.text_input import text_area, text_input
from saas_app.pages.server_screen import server_screen
from saas_app.state.server import ServerState
from saas_app.state.variables import VariablesState


def variables_page() -> rx.Component:
    """What the tools need beside their arguments; values go in and never come out."""
    return server_screen(
        rx.cond(
            VariablesState.is_ready,
            rx.cond(holds(VariablesState.rows), _list(), _first_use()),
            skeleton_rows(count=4, label="Loading the variables"),
        ),
        _definition(),
        _question(),
        active="Variables",
    )


def _list() -> rx.Component:
    return rx.el.div(
        rx.cond(
            holds(ServerState.missing_variables),
            banner(
                "Tools that need them fail until they have a value.",
                kind="attention",
                title=rx.fragment("Not set yet: ", _joined(ServerState.missing_variables)),
            ),
            rx.fragment(),
        ),
        section_card(
            rx.foreach(VariablesState.rows, _row),
            id="variables",
            title="Environment variables",
            description=(
                "Values are encrypted and used by the tools alone. Nobody can read them again."
            ),
            action=rx.cond(ServerState.can_edit, _add(), rx.fragment()),
        ),
        class_name="flex flex-col gap-4",
    )


def _joined(names: Any) -> Any:
    return names.join(", ")


def _row(row: Any) -> rx.Component:
    return secret_row(
        row["name"].to(str),
        is_set=row["is_set"].to(bool),
        is_required=row["is_missing"].to(bool),
        on_save=VariablesState.set_value,
        description=_about(row),
        actions=rx.cond(ServerState.can_edit, _acts(row), rx.fragment()),
    )


def _about(row: Any) -> rx.Component:
    return rx.fragment(
        rx.el.span(row["description"], class_name="empty:hidden"),
        rx.el.span(
            rx.cond(row["is_secret"], badge("Secret", icon="lock"), badge("Plain")),
            rx.cond(row["default"], rx.fragment("Default ", rx.el.code(row["default"])), ""),
            rx.cond(row["choices"], rx.fragment("One of ", row["choices"]), ""),
            rx.cond(
                row["used_by"],
                rx.fragment("Used by ", rx.el.code(row["used_by"])),
                "Not used by any tool",
            ),
            class_name="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs wrap-anywhere",
        ),
    )


def _acts(row: Any) -> rx.Component:
    return menu(
        menu_item("Edit", icon="pencil", on_click=VariablesState.open_edit(row["id"])),
        menu_item("Forget value", icon="eraser", on_click=VariablesState.ask_clear(row["id"])),
        menu_separator(),
        menu_item(
            "Delete", icon="trash-2", is_danger=True, on_click=VariablesState.ask_delete(row["id"])
        ),
        label="Acts",
    )


def _add() -> rx.Component:
    return button("Add variable", size="sm", icon="plus", on_click=VariablesState.open_new)


def _first_use() -> rx.Component:
    return empty_state(
        "No variables yet",
        description=(
            "Keep keys and tokens here instead of in a tool. A header such as"
            " Authorization: Bearer {{TOKEN}} then uses the variable TOKEN."
        ),
        icon="key-round",
        action=rx.cond(ServerState.can_edit, _add(), rx.fragment()),
    )


def _definition() -> rx.Component:
    is_new = VariablesState.editing["id"] == ""
    return dialog(
        rx.cond(VariablesState.is_editing, _form(), rx.fragment()),
        id="variable",
        title=rx.cond(is_new, "Add a variable", "Edit the variable"),
        is_open=VariablesState.is_editing,
        on_close=VariablesState.close_edit,
        actions=rx.fragment(
            button("Cancel", on_click=VariablesState.close_edit),
            button(
                rx.cond(is_new, "Add variable", "Save"),
                variant="primary",
                type="submit",
                form="variable-form",
            ),
        ),
    )


def _question() -> rx.Component:
    name: Any = VariablesState.editing["name"]
    deletes = VariablesState.asking == "delete"
    return confirm_dialog(
        rx.el.p("Nobody can read it, so nobody can bring it back. Have it at hand to set it anew."),
        rx.cond(
            VariablesState.editing["used_by"],
            rx.el.p("Tools that need it: ", rx.el.code(VariablesState.editing["used_by"])),
            rx.fragment(),
        ),
        id="lose-value",
        title=rx.cond(deletes, f"Delete {name} and its value?", f"Forget the value of {name}?"),
        act=rx.cond(deletes, "Delete variable", "Forget value"),
        on_confirm=VariablesState.lose_value,
        is_open=VariablesState.asking != "",
        on_close=VariablesState.leave,
    )


def _form() -> rx.Component:
    editing: Any = VariablesState.editing
    return form(
        field(
            text_input,
            id="variable-name",
            label="Name",
            help="A to Z, 0 to 9 and _, for example API_TOKEN.",
            error=VariablesState.problems["name"],
            name="name",
            default_value=editing["name"],
            max_length=64,
            required=True,
            auto_complete="off",
            spell_check=False,
            class_name="font-mono uppercase",
        ),
        field(
            text_input,
            id="variable-description",
            label="Description",
            error=VariablesState.problems["description"],
            name="description",
            default_value=editing["description"],
            required=False,
        ),
        checkbox(
            "Required",
            id="variable-required",
            help="Say so when it has no value.",
            name="is_required",
            default_checked=editing["is_required"],
        ),
        checkbox(
            "Secret",
            id="variable-secret",
            help="A secret has no default. Making it plain later forgets its value.",
            name="is_secret",
            default_checked=editing["is_secret"],
        ),
        field(
            text_input,
            id="variable-default",
            label="Default, for plain variables",
            error=VariablesState.problems["default"],
            name="default",
            default_value=editing["default"],
            required=False,
        ),
        field(
            text_area,
            id="variable-choices",
            label="Choices, for plain variables",
            help="Separated by commas.",
            error=VariablesState.problems["choices"],
            name="choices",
            default_value=editing["choices"],
            rows=2,
            required=False,
        ),
        id="variable-form",
        on_submit=VariablesState.define,
    )
