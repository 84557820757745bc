"""A message as it would look: its HTML in a frame that runs nothing, or its text."""

from typing import Any

import reflex as rx

from saas_app.components.choice import segmented
from saas_app.components.props import Text, either

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def mail_view(view: Any, *, text: Text, title: Text) -> rx.Component:
    """Draw a `View` of a message, with the ways to look at it.

    Args:
        view: Form, theme, width and their addresses.
        text: The message as plain text.
        title: Names the frame; its subject.
    """
    is_text = view.form == "text"
    return rx.el.div(
        rx.el.div(
            segmented(
                [("HTML", view.html_href, ~is_text), ("Text", view.text_href, is_text)],
                label="Form",
            ),
            either(~is_text, _looks(view)),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.cond(is_text, _text(text), _frame(view, title)),
        class_name="flex min-w-0 flex-col gap-3",
    )


def _looks(view: Any) -> rx.Component:
    return rx.fragment(
        segmented(
            [
                ("Light", view.light_href, view.theme == "light"),
                ("Dark", view.dark_href, view.theme == "dark"),
            ],
            label="Theme of the mail program",
        ),
        segmented(
            [
                ("Wide", view.wide_href, view.width == "640"),
                ("Phone", view.narrow_href, view.width == "360"),
            ],
            label="Width of the mail program",
        ),
    )


def _text(text: Text) -> rx.Component:
    return rx.el.pre(
        rx.el.code(text),
        tab_index=0,
        role="region",
        aria_label="The message as text",
        class_name=(
            "min-w-0 rounded-lg border border-line bg-sunken px-4 py-4 text-[0.8125rem] leading-5"
            " text-ink whitespace-pre-wrap wrap-anywhere"
        ),
    )


def _frame(view: Any, title: Text) -> rx.Component:
    return rx.el.iframe(
        src=view.frame,
        title=title,
        sandbox=SANDBOX,
        referrer_policy="no-referrer",
        class_name=[
            "block h-[46rem] w-full rounded-lg border border-line bg-surface",
            rx.cond(view.width == "360", "max-w-[360px]", "max-w-[640px]"),
        ],
    )
