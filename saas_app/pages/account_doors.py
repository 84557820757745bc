"""Password and address on a page of their own, beside the account pages that hold them as well."""

import reflex as rx

from saas_app.components.card import page_header
from saas_app.components.link import link
from saas_app.components.shell import public_shell
from saas_app.pages.account_email import email_section
from saas_app.pages.account_password import password_section
from saas_app.pages.frame import notices


def security_password_page() -> rx.Component:
    """Change the password."""
    return _plain("Password", password_section())


def profile_email_page() -> rx.Component:
    """Change the address."""
    return _plain("E-mail address", email_section())


def _plain(title: str, section: rx.Component) -> rx.Component:
    return rx.fragment(
        public_shell(
            rx.el.div(
                page_header(title, above=link("Back to your servers", href="/home")),
                section,
                class_name="w-full max-w-2xl",
            ),
            is_narrow=True,
        ),
        notices(),
    )
