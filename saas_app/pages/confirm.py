"""Confirming that it is oneself, before something sensitive."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import link_button
from saas_app.components.field import field
from saas_app.components.form import native_form
from saas_app.components.link import link
from saas_app.components.passkey import passkey_form
from saas_app.components.props import Flag, Node, Text, either, one_of
from saas_app.components.text_input import text_input
from saas_app.pages.door_parts import (
    app_code_field,
    door_page,
    hidden_field,
    next_field,
    other_ways,
    passkey_submit,
    submit,
    waiting,
)
from saas_app.pages.sign_in_ways import provider_mark
from saas_app.state.confirm import ConfirmState

POST = "/api/auth/confirm"


def confirm_page() -> rx.Component:
    """One card: one way, and links to the others."""
    return door_page(
        either(
            ConfirmState.is_confirm_ready,
            rx.fragment(
                one_of(
                    ConfirmState.shown_way,
                    ("password", _password()),
                    ("app", _app()),
                    ("passkey", _passkey()),
                    ("google", _google()),
                    _nothing(),
                ),
                _others(),
            ),
            waiting(),
        ),
        title="Confirm that it is you",
        is_whole=ConfirmState.is_confirm_ready,
        description="What you are about to do asks for it; it holds for ten minutes.",
        below=link("Leave it and go back", href="/home"),
    )


def _password() -> rx.Component:
    return native_form(
        *_carried("password"),
        rx.el.input(
            type="email",
            value=ConfirmState.confirm_email,
            auto_complete="username",
            read_only=True,
            hidden=True,
        ),
        field(
            text_input,
            id="password",
            label="Password",
            name="password",
            type="password",
            auto_complete="current-password",
            required=True,
        ),
        submit("Confirm"),
        action=POST,
    )


def _app() -> rx.Component:
    return native_form(
        *_carried("app"),
        app_code_field(),
        submit("Confirm"),
        action=POST,
        auto_complete="off",
    )


def _passkey() -> rx.Component:
    return passkey_form(
        *_carried("passkey"),
        passkey_submit(),
        action=POST,
        purpose="confirm",
    )


def _google() -> rx.Component:
    return link_button(
        rx.fragment(provider_mark(), "Confirm with ", ConfirmState.provider_name),
        href="/api/auth/google/start?intent=confirm&next=" + ConfirmState.next_quoted,
        is_document=True,
        class_name="w-full",
    )


def _nothing() -> rx.Component:
    return either(
        ConfirmState.trouble,
        rx.fragment(),
        banner(
            "Your account has nothing to confirm by. Set a password: use the link for a forgotten"
            " one.",
            kind="attention",
            action=link_button("Set a password", href="/forgot-password", size="sm"),
        ),
    )


def _carried(way: str) -> tuple[Node, ...]:
    return (hidden_field("way", way), next_field())


def _others() -> rx.Component:
    """The ways that are not shown."""
    labels = (
        ("password", "Use your password"),
        ("passkey", "Use a passkey"),
        ("app", "Use your app"),
        ("google", rx.fragment("Use ", ConfirmState.provider_name)),
    )
    return other_ways(*[(_is_other(way), label, _address(way)) for way, label in labels])


def _is_other(way: str) -> Flag:
    ways = rx.Var.create(ConfirmState.confirm_ways).to(list)
    return ways.contains(way) & (ConfirmState.shown_way != way)


def _address(way: str) -> Text:
    return f"/confirm?way={way}&next=" + ConfirmState.next_quoted
