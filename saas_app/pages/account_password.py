"""The password, as a part of the security page."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.form import checked_form, form_actions
from saas_app.components.props import either
from saas_app.pages.door_parts import (
    approval_field,
    hidden_field,
    password_field,
    strong_password_field,
    trouble,
    waiting,
)
from saas_app.state.account_password import AccountPasswordState


def password_section() -> rx.Component:
    """Change the password, or get a first one; load it with `AccountPasswordState.load_password`."""
    return section_card(
        rx.el.div(
            trouble(),
            either(
                AccountPasswordState.password_said,
                banner(AccountPasswordState.password_said, kind="proven", is_alert=True),
            ),
            either(
                AccountPasswordState.is_password_ready,
                either(AccountPasswordState.has_password, _change(), _first()),
                waiting(),
            ),
            class_name="flex max-w-md flex-col gap-5",
        ),
        id="password",
        title="Password",
        description="Changing it signs you out everywhere else.",
    )


def _change() -> rx.Component:
    return checked_form(
        hidden_field("page", AccountPasswordState.page_path),
        rx.el.input(
            type="email",
            value=AccountPasswordState.account_email,
            auto_complete="username",
            read_only=True,
            hidden=True,
        ),
        approval_field(),
        password_field("Current password", name="current"),
        strong_password_field("New password"),
        form_actions(button("Change password", variant="primary", type="submit")),
        action="/api/auth/change-password",
        approval=AccountPasswordState.approval,
        on_check=AccountPasswordState.check_new_password,
    )


def _first() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "You sign in without a password. To have one as well, we send a link to ",
            AccountPasswordState.account_email,
            ", where you choose it.",
            class_name="text-ink-soft wrap-anywhere",
        ),
        rx.el.div(button("Send the link", on_click=AccountPasswordState.ask_for_password)),
        class_name="flex flex-col gap-4",
    )
