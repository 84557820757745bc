"""Where one is signed in, and the browsers that are trusted."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.dialog import question_dialog
from saas_app.components.icon import icon
from saas_app.components.item_list import item, item_list
from saas_app.components.props import either, holds
from saas_app.components.time_ago import time_ago
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.state.web_sessions import WebSessionsState


def sessions_page() -> rx.Component:
    """Sessions, then trusted devices."""
    return account_frame(
        either(
            WebSessionsState.is_sessions_ready,
            rx.fragment(_sessions(), _trusted()),
            account_waiting("h-52 sm:h-42", "h-46 sm:h-36", label="Loading your sessions"),
        ),
        _end_dialog(),
        _end_others_dialog(),
        active="Sessions",
    )


def _sessions() -> rx.Component:
    return section_card(
        item_list(WebSessionsState.web_sessions, _session, label="Sessions"),
        id="sessions",
        title="Where you are signed in",
        description="A session ends after 30 days without use, and after 90 days in any case.",
        action=either(
            WebSessionsState.has_other_sessions,
            button("Sign out everywhere else", on_click=WebSessionsState.ask_end_others),
        ),
    )


def _trusted() -> rx.Component:
    return section_card(
        either(
            holds(WebSessionsState.devices),
            item_list(WebSessionsState.devices, _device, label="Trusted devices"),
            _no_devices(),
        ),
        id="trusted-devices",
        title="Trusted devices",
        description="They are not asked for your second factor for 30 days.",
    )


def _session(one: Any) -> rx.Component:
    return item(
        icon("monitor", size=18),
        one.device,
        either(one.is_current, badge("This browser", tone="proven")),
        either(one.is_impersonation, badge("Support in your name", tone="attention", icon="eye")),
        about=(
            either(one.place, rx.fragment(one.place, " · ")),
            "last used ",
            time_ago(one.last_used_at),
            " · signed in ",
            time_ago(one.since),
        ),
        act=either(
            ~one.is_current,
            button(
                "Sign out",
                size="sm",
                aria_label=f"Sign out {one.device}",
                on_click=WebSessionsState.ask_end(one.id, one.device),
            ),
        ),
    )


def _no_devices() -> rx.Component:
    return rx.el.p(
        "None. You can trust a device when you enter your second factor there.",
        class_name="text-sm text-ink-soft",
    )


def _device(one: Any) -> rx.Component:
    return item(
        icon("shield-check", size=18),
        one.device,
        either(one.is_this_one, badge("This browser", tone="proven")),
        about=("Trusted ", time_ago(one.since), " · asked again ", time_ago(one.expires_at)),
        act=button("Trust no more", size="sm", on_click=WebSessionsState.forget_device(one.id)),
    )


def _end_dialog() -> rx.Component:
    return question_dialog(
        id="end-session",
        title=f"Sign out {WebSessionsState.ending_device}?",
        description="Its open tabs close within seconds. Whoever sits there has to sign in again.",
        act="Sign out",
        is_open=WebSessionsState.ending_id != "",
        on_confirm=WebSessionsState.end,
        on_cancel=WebSessionsState.cancel_end,
    )


def _end_others_dialog() -> rx.Component:
    return question_dialog(
        id="end-others",
        title="Sign out everywhere else?",
        description="Only this browser stays signed in.",
        act="Sign out everywhere else",
        is_open=WebSessionsState.is_ending_others,
        on_confirm=WebSessionsState.end_others,
        on_cancel=WebSessionsState.cancel_end,
    )
