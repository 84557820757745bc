"""The frame of the pages of one's own account: the app's frame, a heading, and tabs."""

import reflex as rx

from saas_app.components.card import page_header
from saas_app.components.props import Node
from saas_app.components.tabs import Tab, tabs
from saas_app.pages.frame import app_frame

PARTS = (
    ("Profile", "/account/profile"),
    ("Security", "/account/security"),
    ("Sessions", "/account/sessions"),
    ("Connections", "/account/connections"),
    ("Notifications", "/account/notifications"),
    ("Data", "/account/data"),
)


def account_frame(*content: Node, active: str) -> rx.Component:
    """A page of the account; `active` is the label of its tab."""
    return app_frame(
        page_header("Your account", description="What is yours, in every organization you are in."),
        tabs(
            *[Tab(label, href, is_active=label == active) for label, href in PARTS],
            label="Parts of your account",
        ),
        rx.el.div(*content, class_name="flex flex-col gap-6"),
        active="Account",
    )
