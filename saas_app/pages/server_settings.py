"""Settings of a server: words, access, evidence, clients, and its end."""

from typing import Any

import reflex as rx

from saas_app.components.button import button
from saas_app.components.card import danger_row, danger_zone, section_card
from saas_app.components.choice import Choice, radio_cards
from saas_app.components.dialog import confirm_dialog, question_dialog
from saas_app.components.empty import skeleton_rows
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.icon import icon
from saas_app.components.item_list import item, item_list
from saas_app.components.props import either, holds
from saas_app.components.text_input import text_area, text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.python_settings import python_section
from saas_app.pages.server_screen import server_screen
from saas_app.state.connections import POLICIES, ConnectionsState
from saas_app.state.python_settings import PythonSettingsState
from saas_app.state.server import ServerState

BARS = (
    Choice("unchecked", "Unchecked", "Anything may be published."),
    Choice("checked", "Checked", "The request or the code of each tool fits its contract."),
    Choice("proven", "Proven", "Each tool has test cases, and all of them pass."),
)
ROW = "flex flex-wrap items-center justify-between gap-3 py-3"


def settings_page() -> rx.Component:
    """Everything that can be set of a server as a whole."""
    return server_screen(
        rx.cond(
            ConnectionsState.is_settings_ready,
            rx.el.div(
                _words(),
                _access(),
                either(ServerState.can_manage_access, _clients()),
                _evidence(),
                either(PythonSettingsState.has_python, python_section()),
                either(ServerState.can_publish, _danger()),
                class_name="flex flex-col gap-6",
            ),
            skeleton_rows(label="Loading settings"),
        ),
        _disconnect_dialog(),
        _delete_dialog(),
        active="Settings",
        action=rx.fragment(),
    )


def _words() -> rx.Component:
    is_locked = ~rx.Var.create(ServerState.can_edit).bool()
    return section_card(
        form(
            field(
                text_input,
                id="server-name",
                label="Name",
                name="name",
                default_value=ConnectionsState.set_name,
                max_length=64,
                error=_problem("name"),
                read_only=is_locked,
            ),
            field(
                text_input,
                id="server-description",
                label="Description",
                help="For you and your team.",
                name="description",
                default_value=ConnectionsState.set_description,
                max_length=500,
                required=False,
                error=_problem("description"),
                read_only=is_locked,
            ),
            field(
                text_area,
                id="server-instructions",
                label="Instructions",
                help="What a model should know before it uses the tools. Published with them.",
                name="instructions",
                default_value=ConnectionsState.set_instructions,
                max_length=4000,
                rows=5,
                required=False,
                error=_problem("instructions"),
                read_only=is_locked,
            ),
            either(
                ServerState.can_edit,
                form_actions(button("Save", variant="primary", type="submit")),
            ),
            on_submit=ConnectionsState.describe,
        ),
        id="words",
        title="About this server",
    )


def _access() -> rx.Component:
    return section_card(
        radio_cards(
            [Choice(*policy) for policy in POLICIES],
            name="access",
            legend="Who may connect",
            value=ConnectionsState.set_policy,
            on_change=ConnectionsState.set_access,
            disabled=~rx.Var.create(ServerState.can_manage_access).bool(),
        ),
        either(ConnectionsState.set_policy == "listed", _guests()),
        id="access",
        title="Access",
        description="Asked again at every call, so a change holds at once.",
    )


def _guests() -> rx.Component:
    return rx.el.div(
        rx.el.h3("Listed people", class_name="text-sm font-medium text-ink"),
        either(
            holds(ConnectionsState.guests),
            rx.el.ul(
                rx.foreach(ConnectionsState.guests, _guest), class_name="divide-y divide-line"
            ),
            rx.el.p("Nobody yet.", class_name="text-sm text-ink-soft"),
        ),
        either(ServerState.can_manage_access, _invite_form()),
        class_name="mt-5 flex flex-col gap-3 border-t border-line pt-5",
    )


def _guest(email: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(email, class_name="text-sm text-ink wrap-anywhere"),
        either(
            ServerState.can_manage_access,
            button("Remove", size="sm", variant="ghost", on_click=ConnectionsState.uninvite(email)),
        ),
        class_name=ROW,
    )


def _invite_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(
                text_input,
                id="guest-email",
                label="E-mail address",
                name="email",
                type="email",
                placeholder="vera@example.com",
                error=_problem("email"),
            ),
            class_name="min-w-0 flex-1",
        ),
        rx.el.div(button("Add", type="submit"), class_name="pt-6.5"),
        on_submit=ConnectionsState.invite,
        reset_on_submit=True,
        no_validate=True,
        class_name="flex items-start gap-3",
    )


def _clients() -> rx.Component:
    return section_card(
        either(
            holds(ConnectionsState.connected),
            item_list(ConnectionsState.connected, _client, label="Connected clients"),
            rx.el.p(
                "No client has signed in yet. Keys are on their own page.",
                class_name="text-sm text-ink-soft",
            ),
        ),
        id="clients",
        title="Connected clients",
        description="Clients that somebody let in with OAuth.",
    )


def _client(one: Any) -> rx.Component:
    return item(
        icon("plug", size=18),
        one.client,
        about=(one.user, " (", one.email, "), ", time_ago(one.since)),
        act=button(
            "Disconnect",
            size="sm",
            aria_label=f"Disconnect {one.client}",
            on_click=ConnectionsState.ask_disconnect(one.id, one.client),
        ),
    )


def _evidence() -> rx.Component:
    return section_card(
        radio_cards(
            BARS,
            name="evidence",
            legend="Tools are published when they are at least",
            value=ConnectionsState.set_bar,
            on_change=ConnectionsState.set_evidence,
            disabled=~rx.Var.create(ServerState.can_manage_evidence).bool(),
            columns="grid-cols-1 sm:grid-cols-3",
        ),
        id="evidence",
        title="Evidence",
    )


def _danger() -> rx.Component:
    return danger_zone(
        rx.cond(
            ServerState.is_paused,
            danger_row(
                "Resume server",
                description="Clients are let in again at once.",
                action=button("Resume server", on_click=ServerState.resume),
            ),
            danger_row(
                "Pause server",
                description="Clients are refused until you resume it. Nothing is lost.",
                action=button("Pause server", on_click=ServerState.pause),
            ),
        ),
        either(
            ServerState.can_delete,
            danger_row(
                "Delete server",
                description="Its address, versions, keys, test cases and calls go with it.",
                action=button("Delete server", variant="danger", opens="delete-server"),
            ),
        ),
    )


def _disconnect_dialog() -> rx.Component:
    return question_dialog(
        id="disconnect-client",
        title=f"Disconnect {ConnectionsState.leaving_client}?",
        description="Its tokens end within a second. It can ask to be let in again.",
        act="Disconnect",
        is_open=ConnectionsState.leaving_id != "",
        on_confirm=ConnectionsState.disconnect,
        on_cancel=ConnectionsState.cancel_disconnect,
    )


def _delete_dialog() -> rx.Component:
    return confirm_dialog(
        rx.el.p("Clients that use it stop working within a second. This cannot be undone."),
        id="delete-server",
        title=f"Delete the server {ServerState.server_name}?",
        act="Delete server",
        typed_word=ServerState.server_name,
        on_confirm=ConnectionsState.delete,
    )


def _problem(name: str) -> Any:
    return ConnectionsState.problems[name]
