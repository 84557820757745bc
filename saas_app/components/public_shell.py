"""What surrounds the public pages: the site's head and foot, and the card of signing in."""

import reflex as rx

from saas_app.components.arrival import arrival, skip_link
from saas_app.components.link import anchor, link
from saas_app.components.logo import wordmark
from saas_app.components.props import Flag, Node, Text, either, is_given
from saas_app.components.theme import theme_choice


def public_shell(
    *content: Node, acts: Node | None = None, is_narrow: bool = False, is_whole: Flag = True
) -> rx.Component:
    """A page of the public site.

    Args:
        content: The page.
        acts: The links at the right of the header.
        is_narrow: One card, as signing in wants it. It hangs from the top: what comes while the page
            loads would move a card in the middle.
        is_whole: False while more of the page is coming, which would push the footer down.
    """
    place = "flex flex-col items-center px-4 pt-6 pb-10 sm:pt-[10dvh]" if is_narrow else ""
    return rx.el.div(
        skip_link(),
        rx.el.header(
            rx.el.div(
                anchor(wordmark(), href="/", aria_label="Toolkiln home", class_name="rounded-sm"),
                rx.el.div(
                    acts if acts is not None else rx.fragment(),
                    class_name="flex items-center gap-1.5",
                ),
                class_name=(
                    "mx-auto flex h-16 max-w-6xl items-center justify-between gap-4 px-4 sm:px-6"
                ),
            ),
            class_name="print:hidden",
        ),
        rx.el.main(*content, id="content", tab_index=-1, class_name=f"min-w-0 flex-1 {place}"),
        either(is_whole, footer()),
        arrival(),
        class_name="flex min-h-dvh flex-col",
    )


def auth_card(
    *content: Node,
    title: Text,
    description: Node = "",
    below: Node = "",
    is_whole: Flag = True,
) -> rx.Component:
    """Sign in, sign up, consent: one card of a public page.

    Args:
        content: What is asked.
        title: The page's heading.
        description: One sentence.
        below: The other way, under the card.
        is_whole: False while more of the card is coming, which would push `below` down.
    """
    about = (
        rx.el.p(description, class_name="mt-1 text-ink-soft")
        if is_given(description)
        else rx.fragment()
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h1(title, class_name="text-xl font-semibold text-ink"),
            about,
            rx.el.div(*content, class_name="mt-6 flex flex-col gap-5"),
            class_name="rounded-xl border border-line bg-surface p-6 shadow-md sm:p-8",
        ),
        either(is_whole, rx.el.p(below, class_name="mt-5 text-center text-sm text-ink-soft"))
        if is_given(below)
        else rx.fragment(),
        class_name="w-full max-w-[26rem]",
    )


def footer() -> rx.Component:
    """The foot of public pages."""
    return rx.el.footer(
        rx.el.div(
            rx.el.p("Toolkiln turns APIs into tools that AI clients can use."),
            rx.el.div(
                link("Contact", href="/contact"),
                theme_choice(),
                class_name="flex flex-wrap items-center gap-4",
            ),
            class_name=(
                "mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-4 px-4 py-6"
                " sm:px-6"
            ),
        ),
        class_name="border-t border-line text-sm text-ink-soft print:hidden",
    )
