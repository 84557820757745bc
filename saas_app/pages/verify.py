"""The second step of signing in."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.choice import checkbox
from saas_app.components.field import field
from saas_app.components.form import native_form
from saas_app.components.link import link
from saas_app.components.one_time_code import code_input
from saas_app.components.passkey import passkey_form
from saas_app.components.props import either, one_of
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import door_page, hidden_field, submit, waiting
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
        field(
            code_input,
            id="code",
            label="Code",
            help="The six digits that your authenticator app shows for Toolkiln.",
        ),
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
        button(
            "Use a passkey",
            icon="key-round",
            variant="primary",
            type="submit",
            class_name="w-full",
        ),
        action="/api/auth/verify/passkey",
        purpose="verify",
        class_name="gap-5",
    )


def _trust(way: str) -> rx.Component:
    return checkbox("Trust this device for 30 days", id=f"trust-{way}", name="trust")


def _others() -> rx.Component:
    """The ways that are not shown."""
    shown = VerifyState.shown_way
    return rx.el.ul(
        either(VerifyState.can_use_app & (shown != "app"), _other("Use your app", "app")),
        either(
            VerifyState.can_use_passkey & (shown != "passkey"), _other("Use a passkey", "passkey")
        ),
        either(
            VerifyState.can_use_backup & (shown != "backup"),
            _other("Use a backup code", "backup"),
        ),
        aria_label="Other ways",
        class_name="flex flex-wrap justify-center gap-x-5 gap-y-2 text-sm empty:hidden",
    )


def _other(label: str, way: str) -> rx.Component:
    return rx.el.li(link(label, href=f"/verify?with={way}"))
