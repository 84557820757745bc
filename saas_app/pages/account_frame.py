"""The frame of the pages of one's own account: the app's frame, a heading, and tabs."""

import reflex as rx

from saas_app.components.card import page_header
from saas_app.components.empty import skeleton
from saas_app.components.navigation import ACCOUNT
from saas_app.components.props import Node
from saas_app.components.tabs import Tab, tabs
from saas_app.pages.frame import app_frame


def account_frame(*content: Node, active: str) -> rx.Component:
    """A page of the account; `active` is the label of its tab."""
    return app_frame(
        page_header("Your account", description="What is yours, in every organization you are in."),
        tabs(
            *[Tab(one.label, one.href(""), is_active=one.label == active) for one in ACCOUNT],
            label="Parts of your account",
        ),
        rx.el.div(*content, class_name="flex flex-col gap-6"),
        active="Account",
        tells_end=active != "Data",
    )


def account_waiting(*heights: str, label: str) -> rx.Component:
    """Stands where sections will be, all at once: parts that come one by one push each other down.

    Args:
        heights: Of each section, as classes.
        label: What is being loaded, for those who hear the page.
    """
    return rx.el.div(
        *[skeleton(class_name=f"w-full {height}") for height in heights],
        role="status",
        aria_label=label,
        key="skeleton",
        class_name="flex flex-col gap-6",
    )
