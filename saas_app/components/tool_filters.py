"""What narrows a list of tools: words, and a tag where there are any."""

from typing import Any

import reflex as rx

from saas_app.components.props import Flag, Handler, Text
from saas_app.components.text_input import search_input, select


def tool_filters(
    *, query: Text, on_search: Handler, has_tags: Flag, tags: Any, tag: Text, on_tag: Handler
) -> rx.Component:
    """The search box and the choice of a tag, as parts of a bar.

    Args:
        tags: value and label of each tag, the first for all of them.
    """
    return rx.fragment(
        rx.el.div(
            search_input(id="search", label="Search tools", value=query, on_change=on_search),
            class_name="min-w-40 flex-1",
        ),
        rx.cond(
            has_tags,
            rx.el.div(
                rx.el.label("Tag", html_for="tag", class_name="sr-only"),
                select(id="tag", options=tags, value=tag, on_change=on_tag),
                class_name="min-w-36",
            ),
            rx.fragment(),
        ),
    )
