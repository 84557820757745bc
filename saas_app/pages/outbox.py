"""The outbox of a development copy: every message as it would look."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, icon_button, link_button
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.form import form
from saas_app.components.icon import icon
from saas_app.components.link import anchor, link
from saas_app.components.mail_view import mail_view
from saas_app.components.props import as_truth, classes, either, holds, one_of
from saas_app.components.table import pagination
from saas_app.components.text_input import text_input
from saas_app.components.time_ago import time_ago
from saas_app.pages.dev_frame import dev_frame
from saas_app.state.outbox import OutboxState


def outbox_page() -> rx.Component:
    """The list, and beside it the message that is open; on phones one of the two."""
    return dev_frame(
        rx.cond(
            OutboxState.is_outbox_ready,
            rx.cond(OutboxState.outbox_trouble, _closed(), _two_panes()),
            skeleton_rows(label="Loading the outbox"),
        ),
        active="Outbox",
        title="Outbox",
        description=rx.el.span(
            icon("inbox", size=16, class_name="mr-1.5 inline align-[-0.15em]"),
            OutboxState.outbox_label,
        ),
        action=icon_button(
            "rotate-cw", label="Look again", variant="secondary", on_click=OutboxState.load_outbox
        ),
    )


def _closed() -> rx.Component:
    return empty_state("Not shown here", description=OutboxState.outbox_trouble, icon="lock")


def _two_panes() -> rx.Component:
    is_open = (OutboxState.opened_id != "") | (OutboxState.content_trouble != "")
    return rx.el.div(
        rx.el.section(
            _search(),
            rx.cond(
                holds(OutboxState.mails),
                rx.fragment(
                    rx.el.ul(
                        rx.foreach(OutboxState.mails, _line),
                        aria_label="Messages, newest first",
                        class_name=(
                            "divide-y divide-line overflow-hidden rounded-lg border border-line"
                            " bg-surface shadow-sm"
                        ),
                    ),
                    _pages(),
                ),
                _none(),
            ),
            aria_label="Mail that was posted",
            class_name=classes(
                "flex min-w-0 flex-col gap-3", rx.cond(is_open, "max-lg:hidden", "")
            ),
        ),
        rx.el.section(
            rx.cond(
                is_open,
                _message(),
                either(holds(OutboxState.mails), _nothing_open()),
            ),
            aria_label="Message",
            class_name=classes("min-w-0", rx.cond(is_open, "", "max-lg:hidden")),
        ),
        class_name=rx.cond(
            is_open | holds(OutboxState.mails),
            "grid gap-6 lg:grid-cols-[22rem_minmax(0,1fr)]",
            "grid gap-6",
        ),
    )


def _search() -> rx.Component:
    return form(
        rx.el.label("Only to this address", html_for="outbox-to", class_name="sr-only"),
        rx.el.div(
            text_input(
                id="outbox-to",
                name="to",
                type="email",
                placeholder="Only to this address",
                default_value=OutboxState.only_to,
                key=OutboxState.only_to,
            ),
            class_name="min-w-0 flex-1",
        ),
        button("Show", type="submit"),
        on_submit=OutboxState.find,
        no_validate=True,
        class_name="!flex-row items-center !gap-2",
    )


def _line(mail: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            rx.el.div(
                rx.el.span(mail.subject, class_name="min-w-0 truncate font-medium text-ink"),
                _status(mail.status, mail.status_words),
                class_name="flex items-center justify-between gap-3",
            ),
            rx.el.div(
                rx.el.span(mail.receiver, class_name="min-w-0 truncate"),
                rx.el.span(time_ago(mail.at), class_name="shrink-0 text-xs text-ink-faint"),
                class_name="flex items-center justify-between gap-3 text-sm text-ink-soft",
            ),
            either(mail.problem, rx.el.p(mail.problem, class_name="truncate text-xs text-broken")),
            href=mail.href,
            aria_current=as_truth(mail.is_open),
            class_name=(
                "flex flex-col gap-0.5 px-4 py-3 no-underline transition-colors duration-150"
                " hover:bg-hover/60 focus-visible:-outline-offset-2 aria-[current=true]:bg-hover"
            ),
        )
    )


def _status(status: Any, words: Any) -> rx.Component:
    return one_of(
        status,
        ("sent", badge(words, tone="neutral")),
        ("failed", badge(words, tone="broken")),
        badge(words, tone="attention"),
    )


def _pages() -> rx.Component:
    return either(
        (OutboxState.newer_href != "") | (OutboxState.older_href != ""),
        pagination(
            summary=f"Page {OutboxState.outbox_page}",
            previous_href=OutboxState.newer_href,
            next_href=OutboxState.older_href,
        ),
    )


def _none() -> rx.Component:
    return rx.cond(
        OutboxState.only_to,
        empty_state(
            "No such mail",
            description="No message was sent to this address.",
            icon="list-filter",
            action=link_button("Show all mail", href="/dev/outbox"),
        ),
        empty_state(
            "No mail yet",
            description="Sign up, or invite somebody, and the message appears here.",
            icon="inbox",
            action=link_button("Look at the templates", href="/dev/mail"),
        ),
    )


def _nothing_open() -> rx.Component:
    return empty_state(
        "Choose a message",
        description="It is shown as a mail program would show it. Its links work.",
        icon="mail-open",
    )


def _message() -> rx.Component:
    opened = OutboxState.opened
    return rx.el.div(
        link("All messages", href="/dev/outbox", class_name="text-sm lg:hidden"),
        either(
            OutboxState.opened_id != "",
            rx.el.div(
                rx.el.div(
                    rx.el.h2(
                        opened["subject"],
                        class_name="text-lg font-semibold wrap-anywhere text-ink",
                    ),
                    rx.el.p(
                        "To ",
                        rx.el.span(opened["to"], class_name="font-medium text-ink"),
                        either(
                            opened["reply_to"] != "",
                            rx.el.span(", answers to ", opened["reply_to"]),
                        ),
                        " · ",
                        time_ago(opened["at"]),
                        class_name="text-sm wrap-anywhere text-ink-soft",
                    ),
                    class_name="min-w-0 flex-1 basis-64",
                ),
                rx.el.div(
                    _status(opened["status"], opened["status_words"]),
                    button(
                        "Send again",
                        size="sm",
                        icon="send",
                        on_click=OutboxState.send_again(OutboxState.opened_id),
                        disabled=OutboxState.content_trouble != "",
                    ),
                    class_name="flex items-center gap-3",
                ),
                class_name="flex flex-wrap items-start justify-between gap-3",
            ),
        ),
        either(opened["problem"] != "", banner(opened["problem"], kind="broken")),
        rx.cond(
            OutboxState.content_trouble,
            banner(OutboxState.content_trouble, title="Its content cannot be shown"),
            mail_view(OutboxState.view, text=OutboxState.opened_text, title=opened["subject"]),
        ),
        class_name="flex min-w-0 flex-col gap-4",
    )
