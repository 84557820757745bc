"""What is connected to one's account: Google, and MCP clients."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import section_card
from saas_app.components.dialog import question_dialog
from saas_app.components.icon import icon
from saas_app.components.item_list import item, item_list
from saas_app.components.props import either, holds
from saas_app.components.time_ago import time_ago
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.pages.sign_in_ways import provider_mark
from saas_app.state.account_connections import AccountConnectionsState
from saas_app.state.ways import WaysState

CONNECT = "/api/auth/google/start?intent=connect"


def connections_page() -> rx.Component:
    """Accounts elsewhere, then clients."""
    state = AccountConnectionsState
    return account_frame(
        either(
            state.connections_trouble,
            banner(state.connections_trouble, kind="broken", is_alert=True),
        ),
        either(
            state.connections_said, banner(state.connections_said, kind="proven", is_alert=True)
        ),
        either(
            state.is_connections_ready & WaysState.is_ways_ready,
            rx.fragment(_identities(), _clients()),
            account_waiting("h-48 sm:h-40", "h-52 sm:h-36", label="Loading what is connected"),
        ),
        _disconnect_dialog(),
        _revoke_dialog(),
        active="Connections",
    )


def _identities() -> rx.Component:
    state = AccountConnectionsState
    return either(
        WaysState.has_provider | holds(state.identities),
        section_card(
            either(
                holds(state.identities),
                item_list(state.identities, _identity, label="Connected accounts"),
                _connect(),
            ),
            id="accounts",
            title="Connected accounts",
            description="They sign you in without a password.",
        ),
    )


def _connect() -> rx.Component:
    return rx.el.div(
        rx.el.p("None is connected.", class_name="text-sm text-ink-soft"),
        link_button(
            rx.fragment(provider_mark(), "Connect ", WaysState.provider_name),
            href=CONNECT,
            is_document=True,
        ),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _identity(one: Any) -> rx.Component:
    return item(
        provider_mark(),
        one.email,
        either(WaysState.is_provider_local, badge("Development", tone="attention")),
        about=(
            "Connected ",
            time_ago(one.since),
            either(one.last_used_at, rx.fragment(", last used ", time_ago(one.last_used_at))),
        ),
        act=button(
            "Disconnect",
            size="sm",
            aria_label=f"Disconnect {one.email}",
            on_click=AccountConnectionsState.ask_disconnect(one.id, one.email),
        ),
    )


def _clients() -> rx.Component:
    state = AccountConnectionsState
    return section_card(
        either(
            holds(state.grants),
            item_list(state.grants, _grant, label="Connected clients"),
            rx.el.p(
                "None yet. When you let Claude, Cursor or another client use a server, it"
                " appears here.",
                class_name="max-w-prose text-sm text-ink-soft",
            ),
        ),
        id="clients",
        title="MCP clients",
        description="They call tools in your name, at the servers where you allowed it.",
    )


def _grant(one: Any) -> rx.Component:
    return item(
        icon("plug", size=18),
        one.client,
        about=(f"{one.server} of {one.organization}, since ", time_ago(one.since)),
        act=button(
            "Disconnect",
            size="sm",
            aria_label=f"Disconnect {one.client} from {one.server}",
            on_click=AccountConnectionsState.ask_revoke(one.id, one.client),
        ),
    )


def _disconnect_dialog() -> rx.Component:
    state = AccountConnectionsState
    return question_dialog(
        id="disconnect-account",
        title=f"Disconnect {state.chosen_title}?",
        description="It no longer signs you in. You can connect it again at any time.",
        act="Disconnect",
        is_open=state.disconnecting_id != "",
        on_confirm=state.disconnect,
        on_cancel=state.cancel_disconnect,
    )


def _revoke_dialog() -> rx.Component:
    state = AccountConnectionsState
    return question_dialog(
        id="disconnect-client",
        title=f"Disconnect {state.chosen_title}?",
        description="Its calls are refused within a second. To come back it asks you again.",
        act="Disconnect",
        is_open=state.revoking_id != "",
        on_confirm=state.revoke,
        on_cancel=state.cancel_disconnect,
    )
