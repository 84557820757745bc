"""Sign in."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.form import checked_form, native_form
from saas_app.components.link import link
from saas_app.components.props import either
from saas_app.pages.door_parts import (
    approval_field,
    door_page,
    email_field,
    next_field,
    password_field,
    person_check,
    submit,
    with_next,
)
from saas_app.pages.sign_in_ways import sign_in_ways
from saas_app.state.sign_in import SignInState
from saas_app.state.ways import WaysState


def sign_in_page() -> rx.Component:
    """One card: address, password, in."""
    return door_page(
        either(SignInState.is_own_waiting, _own_session()),
        checked_form(
            next_field(),
            approval_field(),
            email_field(auto_complete="username webauthn"),
            password_field(),
            person_check(),
            submit("Sign in"),
            action="/api/auth/sign-in",
            approval=SignInState.approval,
            on_check=SignInState.check_sign_in,
        ),
        rx.el.p(
            link("Forgot your password?", href="/forgot-password"), class_name="text-center text-sm"
        ),
        sign_in_ways(),
        is_whole=WaysState.is_ways_ready,
        title="Sign in to Toolkiln",
        below=rx.fragment("New here? ", link("Create an account", href=with_next("/sign-up"))),
    )


def _own_session() -> rx.Component:
    """The way back for an admin whose hour in somebody's name is over."""
    return banner(
        "You are still signed in as yourself.",
        title="Your time in somebody's name is over",
        kind="attention",
        action=native_form(
            button("Go on as yourself", size="sm", type="submit"),
            action="/api/admin/impersonation/end",
            class_name="gap-0",
        ),
    )
