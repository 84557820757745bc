"""A forgotten password: ask for the letter, and choose a new one behind its link."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import link_button
from saas_app.components.form import checked_form, form
from saas_app.components.link import link
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import either
from saas_app.pages.door_parts import (
    door_page,
    email_field,
    hidden_field,
    person_check,
    strong_password_field,
    submit,
    waiting,
)
from saas_app.state.forgot_password import ForgotPasswordState, ResetPasswordState


def forgot_password_page() -> rx.Component:
    """One field; the answer is the same for everybody."""
    return door_page(
        either(ForgotPasswordState.asked_email, _sent(), _ask()),
        title="Forgot your password?",
        description="We send you a link to a new one.",
        below=rx.fragment("Remembered it? ", link("Sign in", href="/sign-in")),
    )


def reset_password_page() -> rx.Component:
    """Behind the link."""
    return door_page(
        either(
            ResetPasswordState.is_reset_ready,
            either(ResetPasswordState.is_reset_over, _over(), _choose()),
            waiting(),
        ),
        title="Choose a new password",
        is_whole=ResetPasswordState.is_reset_ready,
    )


def _ask() -> rx.Component:
    return form(
        either(
            ForgotPasswordState.sends_no_mail,
            banner("This copy sends no mail. Ask whoever runs it.", kind="attention"),
        ),
        email_field(),
        person_check(),
        submit("Send the link"),
        on_submit=ForgotPasswordState.ask,
        no_validate=True,
    )


def _sent() -> rx.Component:
    return rx.el.div(
        banner(
            "If ",
            ForgotPasswordState.asked_email,
            " has an account, a link is on its way. It is good for an hour, once.",
            kind="proven",
            title="Check your inbox",
            is_alert=True,
        ),
        outbox_hint(),
        class_name="flex flex-col gap-4",
    )


def _choose() -> rx.Component:
    return checked_form(
        hidden_field("token", ResetPasswordState.reset_token),
        rx.el.p(
            "For ",
            rx.el.strong(ResetPasswordState.reset_email, class_name="font-medium text-ink"),
            ". It ends all sessions of the account, in every browser.",
            class_name="text-ink-soft wrap-anywhere",
        ),
        rx.el.input(
            type="email",
            value=ResetPasswordState.reset_email,
            auto_complete="username",
            read_only=True,
            hidden=True,
        ),
        strong_password_field("New password"),
        submit("Set password and sign in"),
        action="/api/auth/reset-password",
        approval=ResetPasswordState.approval,
        on_check=ResetPasswordState.check_reset,
    )


def _over() -> rx.Component:
    return rx.el.div(
        banner(
            "Links to a new password are good once, for an hour, and until the password changes.",
            kind="attention",
            title="This link was used already or is too old",
        ),
        link_button(
            "Ask for another", href="/forgot-password", variant="primary", class_name="w-full"
        ),
        class_name="flex flex-col gap-5",
    )
