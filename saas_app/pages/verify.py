"""The second step of signing in."""

import reflex as rx

from saas_app.components.choice import checkbox
from saas_app.components.field import field
from saas_app.components.form import native_form
from saas_app.components.link import link
from saas_app.components.passkey import passkey_form
from saas_app.components.props import either, one_of
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import (
    app_code_field,
    door_page,
    hidden_field,
    other_ways,
    passkey_submit,
    submit,
    waiting,
)
from saas_app.state.verify import VerifyState

POST_CODE = "/api/auth/verify/code"


def verify_page() -> rx.Component:
    """One card: one way, and links to the others."""
    return door_page(
        either(
            VerifyState.is_verify_ready,
            rx.fragment(
                one_of(
                    VerifyState.shown_way,
                    ("passkey", _passkey()),
                    ("backup", _backup()),
                    _app(),
                ),
                _others(),
            ),
            waiting(),
        ),
        title="Confirm that it is you",
        is_whole=VerifyState.is_verify_ready,
        description="Your account asks for a second step.",
        below=rx.fragment("Not you? ", link("Sign in as somebody else", href="/sign-in")),
    )


def _app() -> rx.Component:
    return native_form(
        app_code_field(),
        _trust("app"),
        submit("Continue"),
        action=POST_CODE,
        auto_complete="off",
    )


def _backup() -> rx.Component:
    return native_form(
        hidden_field("kind", "backup"),
        field(
            text_input,
            id="backup-code",
            label="Backup code",
            help="One of the ten that you kept; each works once.",
            name="code",
            required=True,
            auto_complete="off",
            auto_capitalize="off",
            spell_check=False,
            max_length=40,
            class_name="font-mono",
        ),
        _trust("backup"),
        submit("Continue"),
        action=POST_CODE,
        auto_complete="off",
    )


def _passkey() -> rx.Component:
    return passkey_form(
        _trust("passkey"),
        passkey_submit(),
        action="/api/auth/verify/passkey",
        purpose="verify",
        class_name="gap-5",
    )


def _trust(way: str) -> rx.Component:
    return checkbox("Trust this device for 30 days", id=f"trust-{way}", name="trust")


def _others() -> rx.Component:
    """The ways that are not shown."""
    ways = (
        ("app", VerifyState.can_use_app, "Use your app"),
        ("passkey", VerifyState.can_use_passkey, "Use a passkey"),
        ("backup", VerifyState.can_use_backup, "Use a backup code"),
    )
    shown = VerifyState.shown_way
    return other_ways(
        *[(is_open & (shown != way), label, f"/verify?with={way}") for way, is_open, label in ways]
    )
