"""Passkeys, as a part of the security page."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button, icon_button
from saas_app.components.card import section_card
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.icon import icon
from saas_app.components.item_list import item, item_list
from saas_app.components.passkey import passkey_maker
from saas_app.components.props import either, holds
from saas_app.components.text_input import text_input
from saas_app.components.time_ago import time_ago
from saas_app.state.passkeys import PasskeysState

MAKER_FORM, RENAME_FORM = "passkey-form", "rename-form"


def passkeys_section() -> rx.Component:
    """Add, rename and remove passkeys; load it with `PasskeysState.load_passkeys`."""
    return rx.fragment(
        section_card(
            either(
                PasskeysState.is_passkeys_ready,
                either(
                    holds(PasskeysState.passkeys),
                    item_list(PasskeysState.passkeys, _passkey, label="Passkeys"),
                    _none(),
                ),
                skeleton(class_name="h-9 w-full max-w-md"),
            ),
            id="passkeys",
            title="Passkeys",
            description="Sign in with your fingerprint, face, screen lock or security key.",
            action=button("Add passkey", icon="plus", on_click=PasskeysState.ask_passkey),
        ),
        _add_dialog(),
        _rename_dialog(),
        _remove_dialog(),
    )


def _none() -> rx.Component:
    return rx.el.p(
        "No passkeys yet. One cannot be guessed, phished or reused elsewhere. Once you have it, your"
        " password alone no longer signs you in.",
        class_name="max-w-prose text-sm text-ink-soft",
    )


def _passkey(one: Any) -> rx.Component:
    return item(
        icon("key-round", size=18),
        one.name,
        either(one.is_synced, badge("Synced", icon="cloud")),
        about=(
            "Added ",
            time_ago(one.created_at),
            either(
                one.last_used_at,
                rx.fragment(", last used ", time_ago(one.last_used_at)),
                ", not used yet",
            ),
        ),
        act=rx.el.div(
            icon_button(
                "pencil",
                label=f"Rename {one.name}",
                size="sm",
                on_click=PasskeysState.ask_rename(one.id, one.name),
            ),
            icon_button(
                "trash-2",
                label=f"Remove {one.name}",
                size="sm",
                on_click=PasskeysState.ask_remove(one.id, one.name),
            ),
            class_name="flex gap-1",
        ),
    )


def _add_dialog() -> rx.Component:
    return dialog(
        either(
            PasskeysState.is_adding_passkey,
            passkey_maker(
                _name_field(id="new-passkey-name", placeholder="Laptop"),
                on_made=PasskeysState.passkey_made,
                on_stale=PasskeysState.must_confirm,
                id=MAKER_FORM,
            ),
        ),
        id="add-passkey",
        title="Add a passkey",
        description="Your browser asks where to keep it: on this device, a phone or a key.",
        is_open=PasskeysState.is_adding_passkey,
        on_close=PasskeysState.cancel_passkey,
        actions=rx.fragment(
            button("Cancel", on_click=PasskeysState.cancel_passkey),
            button("Continue", variant="primary", type="submit", form=MAKER_FORM),
        ),
    )


def _rename_dialog() -> rx.Component:
    return dialog(
        either(
            PasskeysState.renaming_id,
            rx.el.form(
                _name_field(id="passkey-name", default_value=PasskeysState.chosen_name),
                id=RENAME_FORM,
                on_submit=PasskeysState.rename,
            ),
        ),
        id="rename-passkey",
        title="Rename the passkey",
        is_open=PasskeysState.renaming_id != "",
        on_close=PasskeysState.cancel_change,
        actions=rx.fragment(
            button("Cancel", on_click=PasskeysState.cancel_change),
            button("Rename", variant="primary", type="submit", form=RENAME_FORM),
        ),
    )


def _remove_dialog() -> rx.Component:
    return question_dialog(
        id="remove-passkey",
        title=f"Remove the passkey {PasskeysState.chosen_name}?",
        description=(
            "It opens this account no longer. Your device may keep showing it until you delete it"
            " there as well."
        ),
        act="Remove passkey",
        is_open=PasskeysState.removing_id != "",
        on_confirm=PasskeysState.remove,
        on_cancel=PasskeysState.cancel_change,
    )


def _name_field(*, id: str, **attributes: Any) -> rx.Component:
    return field(
        text_input,
        id=id,
        label="Name",
        help="The device that holds it, so that you recognise it later.",
        name="passkey_name",
        max_length=64,
        required=True,
        auto_complete="off",
        error=PasskeysState.problems["passkey_name"],
        **attributes,
    )
