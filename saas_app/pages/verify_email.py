"""Behind the link of a letter that confirms an address."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import link_button
from saas_app.components.form import checked_form
from saas_app.components.link import link
from saas_app.components.props import either
from saas_app.pages.door_parts import (
    approval_field,
    door_page,
    hidden_field,
    password_field,
    submit,
    waiting,
)
from saas_app.state.verify_email import VerifyEmailState


def verify_email_page() -> rx.Component:
    """One button; and the password, where the link was opened in another browser."""
    return door_page(
        either(
            VerifyEmailState.is_verify_ready,
            either(VerifyEmailState.is_link_over, _over(), _form()),
            waiting(),
        ),
        title="Confirm your address",
        is_whole=VerifyEmailState.is_verify_ready,
    )


def _form() -> rx.Component:
    return checked_form(
        hidden_field("token", VerifyEmailState.link_token),
        approval_field(),
        rx.el.p(
            "Confirm that ",
            rx.el.strong(VerifyEmailState.verified_email, class_name="font-medium text-ink"),
            " is yours, and you are signed in.",
            class_name="text-ink-soft wrap-anywhere",
        ),
        either(VerifyEmailState.asks_password, _password()),
        submit("Confirm and sign in"),
        action="/api/auth/verify-email",
        approval=VerifyEmailState.approval,
        on_check=VerifyEmailState.check_verification,
    )


def _password() -> rx.Component:
    """Somebody else may have signed up with the reader's address; they know no password of it."""
    return rx.el.div(
        banner(
            "You opened the letter in another browser than you signed up in, so enter the password"
            " you chose. Did somebody else sign up with your address? ",
            link("Choose your own password", href="/forgot-password"),
            ", which makes the account yours.",
        ),
        password_field("Password"),
        class_name="flex flex-col gap-5",
    )


def _over() -> rx.Component:
    return rx.el.div(
        banner(
            "Links in letters are good once, and for 14 days. If your address is confirmed, sign"
            " in. If not, signing in sends another letter.",
            kind="attention",
            title="This link was used already or is too old",
        ),
        link_button("Sign in", href="/sign-in", variant="primary", class_name="w-full"),
        class_name="flex flex-col gap-5",
    )
