"""Backup codes, as a part of the security page."""

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.one_time_code import code_list
from saas_app.components.props import either, holds
from saas_app.state.security import SecurityState

FEW = 3


def backup_codes_section() -> rx.Component:
    """How many are left, and new ones; nothing while there is no second factor."""
    return rx.fragment(
        either(
            SecurityState.has_factor,
            section_card(
                rx.el.div(
                    _left(),
                    button("Make new codes", on_click=SecurityState.ask_renew),
                    class_name="flex flex-wrap items-center justify-between gap-3",
                ),
                id="backup-codes",
                title="Backup codes",
                description="For the day you have neither your app nor a passkey. Each works once.",
            ),
        ),
        _renew_dialog(),
        _codes_dialog(),
    )


def _left() -> rx.Component:
    left = SecurityState.codes_left
    return rx.cond(
        left > FEW,
        badge(rx.fragment(left, " of 10 left"), tone="proven"),
        badge(rx.fragment(left, " of 10 left"), tone="attention"),
    )


def _renew_dialog() -> rx.Component:
    return question_dialog(
        id="renew-codes",
        title="Make new backup codes?",
        description="The codes you have now stop working.",
        act="Make new codes",
        variant="primary",
        is_open=SecurityState.is_renewing,
        on_confirm=SecurityState.renew_codes,
        on_cancel=SecurityState.cancel_renew,
    )


def _codes_dialog() -> rx.Component:
    return dialog(
        rx.el.div(
            banner(
                "They are kept unreadable and cannot be shown again. Keep them where you would find"
                " them without your phone.",
                kind="attention",
            ),
            code_list(
                SecurityState.new_codes,
                as_text=SecurityState.codes_as_text,
                file_name="toolkiln-backup-codes.txt",
            ),
            class_name="flex flex-col gap-4",
        ),
        id="new-codes",
        title="Keep your backup codes",
        is_open=holds(SecurityState.new_codes),
        on_close=SecurityState.close_codes,
        actions=button("I have kept them", variant="primary", on_click=SecurityState.close_codes),
    )
