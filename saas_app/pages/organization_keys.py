"""Keys of an organization: for programs that use the REST API."""

from typing import Any

import reflex as rx

from core.permissions import Permission
from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.choice import checkbox
from saas_app.components.code import code_block, copy_field
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.empty import empty_state, error_state
from saas_app.components.field import field, field_error
from saas_app.components.link import link
from saas_app.components.organization_header import for_those_who_may, organization_header
from saas_app.components.props import either, one_of
from saas_app.components.table import Column, table
from saas_app.components.text_input import select, text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.frame import app_frame
from saas_app.pages.server_keys import LIFETIMES
from saas_app.state.organization_keys import OrganizationKeysState
from saas_app.state.scope_choices import SCOPE_CHOICES

COLUMNS = (
    Column("Name"),
    Column("May"),
    Column("Status"),
    Column("Made by"),
    Column("Last used"),
    Column("Ends"),
    Column(""),
)
FORM = "new-organization-key-form"


def organization_keys_page() -> rx.Component:
    """All keys, and the way to a new one."""
    retry: Any = OrganizationKeysState.load_organization_keys
    return app_frame(
        organization_header(
            active="API keys",
            description="A key lets your programs use the REST API in this organization, as you.",
            action=for_those_who_may(str(Permission.ORGANIZATION_KEY_MANAGE), _new_button),
        ),
        rx.cond(
            OrganizationKeysState.organization_keys_trouble,
            error_state(
                "The keys cannot be shown",
                description=OrganizationKeysState.organization_keys_trouble,
                on_retry=retry,
            ),
            rx.fragment(_about(), _list()),
        ),
        _new_dialog(),
        _rotate_dialog(),
        _revoke_dialog(),
        active="Settings",
    )


def _about() -> rx.Component:
    return rx.el.p(
        "It acts in your name: never beyond its scopes, and never beyond your role, which is"
        " looked at for every request. It stops when you leave the organization. The API describes"
        " itself in an ",
        link("OpenAPI document", href="/api/v1/openapi.json", is_document=True),
        ".",
        class_name="mb-4 max-w-prose text-sm text-ink-soft",
    )


def _list() -> rx.Component:
    return table(
        OrganizationKeysState.organization_keys,
        columns=COLUMNS,
        draw=_row,
        caption="API keys of this organization",
        is_loading=~rx.Var.create(OrganizationKeysState.is_organization_keys_ready).bool(),
        empty=empty_state(
            "No API keys yet",
            description=(
                "Make one to publish from your pipeline, set variables from your vault, or read"
                " calls into your own charts."
            ),
            icon="key-round",
            action=_new_button(),
        ),
    )


def _new_button() -> rx.Component:
    return button(
        "New key", variant="primary", icon="plus", on_click=OrganizationKeysState.ask_new_key
    )


def _row(key: Any) -> list[rx.Component]:
    never = rx.el.span("Never", class_name="text-ink-faint")
    return [
        rx.el.div(
            rx.el.span(key.name, class_name="font-medium text-ink wrap-anywhere"),
            rx.el.code(key.shown_part, "…", class_name="text-xs text-ink-soft"),
            class_name="flex flex-col md:min-w-28",
        ),
        rx.el.div(
            rx.el.span(key.scopes, class_name="text-xs text-ink-soft wrap-anywhere"),
            either(key.trouble, rx.el.span(key.trouble, class_name="text-xs text-attention")),
            class_name="flex max-w-64 flex-col gap-1",
        ),
        one_of(
            key.status,
            ("active", badge("Active", tone="proven")),
            ("rotated", badge("Rotated", tone="attention")),
            ("stopped", badge("Stopped", tone="broken")),
            ("expired", badge("Expired", tone="attention")),
            badge("Revoked"),
        ),
        rx.el.span(key.maker, class_name="wrap-anywhere"),
        either(key.last_used_at, time_ago(key.last_used_at), never),
        either(key.expires_at, time_ago(key.expires_at), never),
        rx.el.div(
            either(
                key.can_rotate,
                _small("Rotate", OrganizationKeysState.ask_rotate(key.id, key.name)),
            ),
            either(
                key.can_revoke,
                _small("Revoke", OrganizationKeysState.ask_revoke_key(key.id, key.name)),
            ),
            class_name="flex justify-end",
        ),
    ]


def _small(label: str, on_click: Any) -> rx.Component:
    return button(label, size="sm", variant="ghost", on_click=on_click)


def _new_dialog() -> rx.Component:
    close = OrganizationKeysState.close_new_key
    return dialog(
        rx.cond(OrganizationKeysState.new_token, _made(), _form()),
        id="new-organization-key",
        title=rx.cond(OrganizationKeysState.new_token, "Copy the key now", "New API key"),
        is_open=OrganizationKeysState.is_making_key,
        on_close=close,
        actions=rx.cond(
            OrganizationKeysState.new_token,
            button("I have copied it", variant="primary", on_click=close),
            rx.fragment(
                button("Cancel", on_click=close),
                button("Make key", variant="primary", type="submit", form=FORM),
            ),
        ),
    )


def _form() -> rx.Component:
    problems = OrganizationKeysState.problems
    return rx.el.form(
        field(
            text_input,
            id="organization-key-name",
            label="Name",
            help="The program that will use it.",
            name="name",
            placeholder="Deploy pipeline",
            max_length=80,
            error=problems["name"],
        ),
        rx.el.fieldset(
            rx.el.legend("It may", class_name="mb-2 text-sm font-medium text-ink"),
            rx.el.div(
                *[_scope(*choice) for choice in SCOPE_CHOICES], class_name="flex flex-col gap-3"
            ),
            field_error(problems["scopes"], id="organization-key-scopes-error"),
            aria_describedby="organization-key-scopes-error",
        ),
        field(
            select,
            id="organization-key-lifetime",
            label="Ends after",
            name="lifetime",
            options=LIFETIMES,
            default_value="90",
            error=problems["lifetime"],
        ),
        id=FORM,
        on_submit=OrganizationKeysState.create_key,
        class_name="flex flex-col gap-4",
    )


def _scope(name: str, title: str, help: str) -> rx.Component:
    label = rx.fragment(title, " ", rx.el.code(name, class_name="text-xs text-ink-soft"))
    return checkbox(label, id=f"scope-{name.replace(':', '-')}", help=help, name=name)


def _made() -> rx.Component:
    return rx.el.div(
        banner(
            "It is kept as a digest and cannot be shown again. If it is lost, rotate it.",
            kind="attention",
        ),
        copy_field(
            OrganizationKeysState.new_token,
            id="new-organization-key-value",
            label=OrganizationKeysState.new_token_name,
        ),
        code_block(OrganizationKeysState.first_request, title="Try it", wraps=True),
        class_name="flex flex-col gap-4",
    )


def _rotate_dialog() -> rx.Component:
    return dialog(
        id="rotate-organization-key",
        title=f"Rotate the key {OrganizationKeysState.asked_name}?",
        description=(
            "You get a new key with the same name, scopes and lifetime, which acts as you. The old"
            " one works for 24 more hours, so that you can put the new one in its place."
        ),
        is_open=OrganizationKeysState.asked_act == "rotate",
        on_close=OrganizationKeysState.cancel_asked,
        actions=rx.fragment(
            button("Cancel", on_click=OrganizationKeysState.cancel_asked),
            button("Rotate key", variant="primary", on_click=OrganizationKeysState.rotate),
        ),
    )


def _revoke_dialog() -> rx.Component:
    return question_dialog(
        id="revoke-organization-key",
        title=f"Revoke the key {OrganizationKeysState.asked_name}?",
        description="Whatever uses it is refused from the next request on. No way back.",
        act="Revoke key",
        is_open=OrganizationKeysState.asked_act == "revoke",
        on_confirm=OrganizationKeysState.revoke_asked,
        on_cancel=OrganizationKeysState.cancel_asked,
    )
