"""The frame of the pages for developers, which production does not have."""

import reflex as rx

from saas_app.components.card import page_header
from saas_app.components.link import link
from saas_app.components.props import Node
from saas_app.components.public_shell import public_shell
from saas_app.components.tabs import Tab, tabs
from saas_app.pages.frame import notices

PAGES = (
    ("Outbox", "/dev/outbox"),
    ("Mail templates", "/dev/mail"),
    ("Components", "/dev/gallery"),
)


def dev_frame(
    *content: Node, active: str, title: Node, description: Node, action: Node | None = None
) -> rx.Component:
    """A page for developers; `active` is its name among them."""
    return rx.fragment(
        public_shell(
            rx.el.div(
                page_header(title, description=description, action=action),
                tabs(
                    *[Tab(name, href, is_active=name == active) for name, href in PAGES],
                    label="Pages for developers",
                ),
                *content,
                # As high as the window, so that the footer does not jump when the content comes.
                class_name="mx-auto min-h-dvh w-full max-w-6xl px-4 pb-16 pt-2 sm:px-6",
            ),
            acts=link("Your servers", href="/home", is_quiet=True),
        ),
        notices(),
    )
