"""Sign up."""

import reflex as rx

from saas_app.components.button import button
from saas_app.components.field import field
from saas_app.components.form import checked_form
from saas_app.components.link import link
from saas_app.components.shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.pages.sign_in import email_field, next_field, trouble, with_next
from saas_app.state.sign_in import SignInState


def sign_up_page() -> rx.Component:
    """One card: name, address, password, in."""
    return public_shell(
        auth_card(
            trouble(),
            checked_form(
                next_field(),
                field(
                    text_input,
                    id="name",
                    label="Name",
                    error=SignInState.problems["name"],
                    name="name",
                    auto_complete="name",
                    max_length=64,
                    required=True,
                ),
                email_field(),
                field(
                    text_input,
                    id="password",
                    label="Password",
                    help="At least 10 characters; a few words are easy to remember.",
                    error=SignInState.problems["password"],
                    name="password",
                    type="password",
                    auto_complete="new-password",
                    required=True,
                ),
                button("Create account", variant="primary", type="submit", class_name="w-full"),
                action="/api/auth/sign-up",
                approval=SignInState.approval,
                on_check=SignInState.check_sign_up,
            ),
            title="Create your account",
            description="An account and an organization of your own. No card, no key.",
            below=rx.fragment("Have an account? ", link("Sign in", href=with_next("/sign-in"))),
        ),
        is_narrow=True,
    )
