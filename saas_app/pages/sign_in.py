"""Sign in."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.field import field
from saas_app.components.form import checked_form
from saas_app.components.link import link
from saas_app.components.shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.state.sign_in import SignInState


def sign_in_page() -> rx.Component:
    """One card: address, password, in."""
    return public_shell(
        auth_card(
            trouble(),
            checked_form(
                next_field(),
                email_field(),
                field(
                    text_input,
                    id="password",
                    label="Password",
                    error=SignInState.problems["password"],
                    name="password",
                    type="password",
                    auto_complete="current-password",
                    required=True,
                ),
                button("Sign in", variant="primary", type="submit", class_name="w-full"),
                action="/api/auth/sign-in",
                approval=SignInState.approval,
                on_check=SignInState.check_sign_in,
            ),
            title="Sign in to Toolkiln",
            below=rx.fragment("New here? ", link("Create an account", href=with_next("/sign-up"))),
        ),
        is_narrow=True,
    )


def trouble() -> rx.Component:
    """What was wrong with a form that was posted without being checked."""
    return rx.cond(
        SignInState.trouble,
        banner(SignInState.trouble, kind="broken", is_alert=True),
        rx.fragment(),
    )


def email_field() -> rx.Component:
    """The address, by which password managers know the account."""
    return field(
        text_input,
        id="email",
        label="E-mail",
        error=SignInState.problems["email"],
        name="email",
        type="email",
        auto_complete="username",
        required=True,
    )


def next_field() -> rx.Component:
    """Where to go once signed in."""
    return rx.el.input(type="hidden", name="next", value=SignInState.next_path, read_only=True)


def with_next(page: str) -> rx.Var[str]:
    """Return the other page's address, keeping where the visitor wanted to go."""
    wanted = SignInState.next_path
    return rx.cond(wanted, f"{page}?next=" + wanted, page)
