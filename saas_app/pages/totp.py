"""The authenticator app, as a part of the security page."""

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.code import copy_button
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.one_time_code import code_input
from saas_app.components.props import either
from saas_app.components.time_ago import time_ago
from saas_app.state.security import SecurityState

SETUP_FORM = "totp-form"


def totp_section() -> rx.Component:
    """Set up or remove the app; load it with `SecurityState.load_security`."""
    return rx.fragment(
        section_card(
            either(
                SecurityState.is_security_ready,
                either(SecurityState.totp_since, _on(), _off()),
                skeleton(class_name="h-9 w-full max-w-md"),
            ),
            id="authenticator-app",
            title="Authenticator app",
            description="A second step after your password or Google: six digits from your phone.",
        ),
        _setup_dialog(),
        _off_dialog(),
    )


def _on() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            badge("On", tone="proven", icon="check"),
            rx.el.span("since ", time_ago(SecurityState.totp_since), class_name="text-ink-soft"),
            class_name="flex min-w-0 items-center gap-2 text-sm",
        ),
        button("Remove app", on_click=SecurityState.ask_off),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _off() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "Any app for one-time codes works. Whoever learns your password still cannot sign in.",
            class_name="max-w-prose text-sm text-ink-soft",
        ),
        button("Set up app", on_click=SecurityState.set_up_app),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _setup_dialog() -> rx.Component:
    return dialog(
        rx.el.div(
            rx.el.div(
                rx.el.img(
                    src=SecurityState.setup_picture,
                    alt="QR code with the secret that stands beside it as text",
                    width="176",
                    height="176",
                    class_name="size-44 shrink-0 rounded-lg border border-line bg-white",
                ),
                rx.el.div(
                    rx.el.p(
                        "Scan this with your app. If you cannot, type this secret into it:",
                        class_name="text-sm text-ink-soft",
                    ),
                    rx.el.div(
                        rx.el.code(
                            SecurityState.setup_secret,
                            id="totp-secret",
                            class_name="text-sm text-ink select-all wrap-anywhere",
                        ),
                        copy_button(SecurityState.setup_secret, label="Copy secret"),
                        class_name="flex items-start gap-1",
                    ),
                    class_name="flex min-w-0 flex-col gap-2",
                ),
                class_name="flex flex-col items-center gap-4 sm:flex-row sm:items-start",
            ),
            either(SecurityState.is_setting_up, _setup_form()),
            class_name="flex flex-col gap-5",
        ),
        id="set-up-app",
        title="Set up your authenticator app",
        is_open=SecurityState.is_setting_up,
        on_close=SecurityState.cancel_set_up,
        actions=rx.fragment(
            button("Cancel", on_click=SecurityState.cancel_set_up),
            button("Turn on", variant="primary", type="submit", form=SETUP_FORM),
        ),
    )


def _setup_form() -> rx.Component:
    return rx.el.form(
        field(
            code_input,
            id="setup-code",
            label="The six digits it shows now",
            name="code",
            error=SecurityState.problems["code"],
        ),
        id=SETUP_FORM,
        on_submit=SecurityState.confirm_app,
    )


def _off_dialog() -> rx.Component:
    return question_dialog(
        id="remove-app",
        title="Remove the authenticator app?",
        description=(
            "Without another second factor your password or Google alone will sign you in, and"
            " backup codes and trusted devices are forgotten."
        ),
        act="Remove app",
        is_open=SecurityState.is_turning_off,
        on_confirm=SecurityState.turn_off,
        on_cancel=SecurityState.cancel_off,
    )
