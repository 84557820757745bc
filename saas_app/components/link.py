"""Links: inside the app they change the page without loading a document."""

from typing import Any

import reflex as rx
from reflex_base.constants import REFLEX_VAR_OPENING_TAG
from reflex_components_core.el.elements.inline import A

from saas_app.components.icon import icon
from saas_app.components.props import Node, Text, classes

PLAIN = "rounded-sm text-inherit no-underline"
# Addresses inside the app; one that begins with a var of the state is made of our own paths.
INSIDE = ("/", "?", "#", REFLEX_VAR_OPENING_TAG)
INLINE = (
    "rounded-sm text-ember-ink underline decoration-1 underline-offset-3 decoration-ember-ink/40"
    " hover:decoration-ember-ink"
)


def anchor(
    *content: Node, href: Text, is_document: bool = False, **attributes: Any
) -> rx.Component:
    """A link without looks; `rx.el.a` would keep even API routes and fragments inside the app.

    Args:
        content: What the link shows.
        href: The address; one outside the app, or an API route, needs `is_document`.
        is_document: Load a document, as API routes, downloads and other sites need.
        attributes: Passed on to the element.
    """
    leaves_app = isinstance(href, str) and not href.startswith(INSIDE)
    if is_document or leaves_app or (isinstance(href, str) and href.startswith("#")):
        return A.create(*content, href=href, **attributes)
    return rx.el.a(*content, to=href, **attributes)


def link(*content: Node, href: Text, is_quiet: bool = False, **attributes: Any) -> rx.Component:
    """A link within text; a quiet one looks like its surroundings until it is pointed at."""
    look = f"{PLAIN} hover:text-ink hover:underline underline-offset-3" if is_quiet else INLINE
    extra = attributes.pop("class_name", "")
    return anchor(*content, href=href, class_name=classes(look, extra), **attributes)


def outside_link(content: Node, *, href: Text) -> rx.Component:
    """A link to another site, in a tab of its own."""
    return A.create(
        content,
        icon("arrow-up-right", size=14, label="opens in a new tab", class_name="inline ml-0.5"),
        href=href,
        target="_blank",
        rel="noopener noreferrer",
        class_name=INLINE,
    )
