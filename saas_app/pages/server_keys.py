"""Keys of a server: for clients that cannot sign in with OAuth."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.code import copy_field
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.empty import empty_state
from saas_app.components.field import field
from saas_app.components.props import either, one_of
from saas_app.components.table import Column, table
from saas_app.components.text_input import select, text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.server_screen import server_screen
from saas_app.state.keys import KeysState
from saas_app.state.server import ServerState

LIFETIMES = (
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "1 year"),
    ("never", "Never ends"),
)
COLUMNS = (
    Column("Name"),
    Column("Starts with"),
    Column("Status"),
    Column("Last used"),
    Column("Ends"),
    Column(""),
)


def keys_page() -> rx.Component:
    """All keys, and the way to a new one."""
    return server_screen(
        rx.el.p(
            "A key opens this one server, for scripts and clients without OAuth. Send it as ",
            rx.el.code("Authorization: Bearer …", class_name="text-ink"),
            ".",
            class_name="mb-4 max-w-prose text-sm text-ink-soft",
        ),
        table(
            KeysState.keys,
            columns=COLUMNS,
            draw=_row,
            caption="Keys of this server",
            is_loading=~rx.Var.create(KeysState.is_keys_ready).bool(),
            empty=_none(),
        ),
        _new_dialog(),
        _revoke_dialog(),
        active="Keys",
        action=either(ServerState.can_manage_keys, _new_button()),
    )


def _new_button() -> rx.Component:
    return button("New key", variant="primary", icon="plus", on_click=KeysState.ask_new)


def _none() -> rx.Component:
    return empty_state(
        "No keys yet",
        description="Most clients sign in with OAuth and need none.",
        icon="key-round",
        action=either(ServerState.can_manage_keys, button("New key", on_click=KeysState.ask_new)),
    )


def _row(key: Any) -> list[rx.Component]:
    never = rx.el.span("Never", class_name="text-ink-faint")
    return [
        rx.el.span(
            key.name, class_name="inline-block font-medium text-ink wrap-anywhere md:min-w-28"
        ),
        rx.el.code(key.shown_part, "…", class_name="text-xs text-ink-soft"),
        one_of(
            key.status,
            ("active", badge("Active", tone="proven")),
            ("expired", badge("Expired", tone="attention")),
            badge("Revoked"),
        ),
        either(key.last_used_at, time_ago(key.last_used_at), never),
        either(key.expires_at, time_ago(key.expires_at), never),
        either(
            (key.status == "active") & ServerState.can_manage_keys,
            button(
                "Revoke",
                size="sm",
                variant="ghost",
                on_click=KeysState.ask_revoke(key.id, key.name),
            ),
        ),
    ]


def _new_dialog() -> rx.Component:
    return dialog(
        rx.cond(KeysState.new_key, _made(), _form()),
        id="new-key",
        title=rx.cond(KeysState.new_key, "Copy the key now", "New key"),
        is_open=KeysState.is_making,
        on_close=KeysState.close_new,
        actions=rx.cond(
            KeysState.new_key,
            button("I have copied it", variant="primary", on_click=KeysState.close_new),
            rx.fragment(
                button("Cancel", on_click=KeysState.close_new),
                button("Make key", variant="primary", type="submit", form="new-key-form"),
            ),
        ),
    )


def _form() -> rx.Component:
    return rx.el.form(
        field(
            text_input,
            id="key-name",
            label="Name",
            help="The place that will use it.",
            name="name",
            placeholder="Nightly report",
            max_length=80,
            error=_problem("name"),
        ),
        field(
            select,
            id="key-lifetime",
            label="Ends after",
            name="lifetime",
            options=LIFETIMES,
            default_value="90",
            error=_problem("lifetime"),
        ),
        id="new-key-form",
        on_submit=KeysState.create,
        class_name="flex flex-col gap-4",
    )


def _made() -> rx.Component:
    return rx.el.div(
        banner(
            "It is kept as a digest and cannot be shown again. If it is lost, make another.",
            kind="attention",
        ),
        copy_field(KeysState.new_key, id="new-key-value", label=KeysState.new_key_name),
        class_name="flex flex-col gap-4",
    )


def _revoke_dialog() -> rx.Component:
    return question_dialog(
        id="revoke-key",
        title=f"Revoke the key {KeysState.ending_name}?",
        description="Whatever uses it is refused within a second. This cannot be undone.",
        act="Revoke key",
        is_open=KeysState.ending_id != "",
        on_confirm=KeysState.revoke,
        on_cancel=KeysState.cancel_revoke,
    )


def _problem(name: str) -> Any:
    return KeysState.problems[name]
