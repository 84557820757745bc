"""Every template of mail with made-up values; served in development only."""

from typing import Any

import reflex as rx

from saas_app.components.empty import skeleton_rows
from saas_app.components.link import anchor
from saas_app.components.mail_view import mail_view
from saas_app.components.props import as_truth, either, holds
from saas_app.pages.dev_frame import dev_frame
from saas_app.state.mail_preview import MailPreviewState


def mail_preview_page() -> rx.Component:
    """The list of templates, and the one that is looked at."""
    return dev_frame(
        rx.cond(
            holds(MailPreviewState.templates),
            rx.el.div(
                rx.el.nav(
                    rx.el.ul(
                        rx.foreach(MailPreviewState.templates, _line),
                        class_name=("flex gap-0.5 max-lg:overflow-x-auto max-lg:pb-2 lg:flex-col"),
                    ),
                    aria_label="Templates",
                    class_name="min-w-0",
                ),
                _template(),
                class_name="grid gap-6 lg:grid-cols-[18rem_minmax(0,1fr)]",
            ),
            skeleton_rows(label="Loading the templates"),
        ),
        active="Mail templates",
        title="Mail templates",
        description="Every message the product writes, filled with made-up values.",
    )


def _line(template: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            template.title,
            href=template.href,
            aria_current=as_truth(template.is_open, yes="page"),
            custom_attrs={"preventScrollReset": True},
            class_name=(
                "block rounded-md px-3 py-1.5 text-sm no-underline text-ink-soft transition-colors"
                " duration-150 hover:bg-hover hover:text-ink aria-[current=page]:bg-hover"
                " aria-[current=page]:font-medium aria-[current=page]:text-ink"
                " max-lg:whitespace-nowrap"
            ),
        )
    )


def _template() -> rx.Component:
    state = MailPreviewState
    return rx.el.section(
        rx.el.div(
            rx.el.h2(
                state.template_subject, class_name="text-lg font-semibold wrap-anywhere text-ink"
            ),
            rx.el.p(
                rx.el.code(state.template_name),
                " takes ",
                rx.el.code(state.template_values, class_name="wrap-anywhere"),
                ". ",
                either(state.template_mute != "", state.template_mute),
                class_name="text-sm text-ink-soft",
            ),
        ),
        mail_view(state.template_view, text=state.template_text, title=state.template_title),
        aria_label=state.template_title,
        class_name="flex min-w-0 flex-col gap-4",
    )
