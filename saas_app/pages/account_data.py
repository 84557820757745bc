"""A user's own data: a copy of it, and the end of the account."""

from typing import Any

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, download_button
from saas_app.components.card import danger_row, danger_zone, section_card
from saas_app.components.dialog import confirm_dialog
from saas_app.components.link import link
from saas_app.components.props import either, holds
from saas_app.components.ticker import ticker
from saas_app.components.time_ago import time_ago
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.state.account_data import AccountDataState

DOWNLOAD = "/api/account/export"


def data_page() -> rx.Component:
    """The copy of one's data, and the end of the account."""
    return account_frame(
        rx.cond(
            AccountDataState.is_data_ready,
            rx.el.div(_copy(), _deletion(), class_name="flex flex-col gap-6"),
            account_waiting("h-64 sm:h-40", "h-66 sm:h-49", label="Loading your data"),
        ),
        _delete_dialog(),
        active="Data",
    )


def _copy() -> rx.Component:
    return section_card(
        either(
            AccountDataState.not_fetched,
            rx.el.div(
                banner(AccountDataState.not_fetched, kind="attention", is_alert=True),
                class_name="mb-4",
            ),
        ),
        either(AccountDataState.is_storage_off, _no_store(), _copy_line()),
        id="copy",
        title="A copy of your data",
        description=(
            "Profile, sessions, organizations, your acts, and the servers of your personal"
            " organization, as JSON in a ZIP file. No secrets, no values of variables."
        ),
    )


def _no_store() -> rx.Component:
    """What whoever runs this copy has to set; anybody else can tell them."""
    return banner(
        "Whoever runs this Toolkiln sets ",
        rx.el.code("STORAGE=disk"),
        " or the ",
        rx.el.code("S3_"),
        " settings; until then there is nowhere to keep a copy.",
        kind="attention",
        title="Files are switched off here",
    )


def _copy_line() -> rx.Component:
    return rx.el.div(
        rx.el.div(_copy_stands(), class_name="min-w-0 flex-1 basis-64 text-sm text-ink-soft"),
        _copy_acts(),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _copy_stands() -> rx.Component:
    look: Any = AccountDataState.look_at_copy
    return rx.cond(
        AccountDataState.is_copying,
        rx.el.p("It is being made. You get a letter when it is there.", ticker(look)),
        rx.fragment(
            either(
                AccountDataState.copy_problem,
                rx.el.p(AccountDataState.copy_problem, role="alert", class_name="text-broken"),
            ),
            either(
                AccountDataState.copy_made_at,
                rx.el.p(
                    "Made ",
                    time_ago(AccountDataState.copy_made_at),
                    ", ",
                    AccountDataState.copy_size,
                    ". It is deleted ",
                    time_ago(AccountDataState.copy_ends_at),
                    ".",
                ),
                rx.el.p("You have no copy at the moment."),
            ),
        ),
    )


def _copy_acts() -> rx.Component:
    return rx.el.div(
        either(
            AccountDataState.copy_made_at,
            download_button("Download", href=DOWNLOAD),
        ),
        button(
            rx.cond(AccountDataState.copy_made_at, "Make a new copy", "Make a copy"),
            is_loading=AccountDataState.is_copying,
            on_click=AccountDataState.copy_data,
        ),
        class_name="flex flex-wrap gap-2",
    )


def _deletion() -> rx.Component:
    return either(
        AccountDataState.account_delete_at,
        banner(
            "It goes ",
            time_ago(AccountDataState.account_delete_at),
            ", with what is only yours. Until then servers of those organizations refuse their"
            " clients.",
            _affected(AccountDataState.going),
            kind="attention",
            title="Your account is about to be deleted",
            action=button(
                "Keep my account", variant="primary", on_click=AccountDataState.keep_account
            ),
        ),
        danger_zone(
            danger_row(
                "Delete account",
                description=rx.el.span(
                    "After 14 days your account is gone. Until then you can keep it here.",
                    class_name="block",
                ),
                action=either(
                    holds(AccountDataState.blocking),
                    button("Delete account", variant="danger", disabled=True),
                    button(
                        "Delete account",
                        variant="danger",
                        on_click=AccountDataState.ask_delete,
                    ),
                ),
            ),
            _consequence(
                AccountDataState.blocking,
                "Transfer these first: others are in them, and you are the last owner",
            ),
            _consequence(AccountDataState.going, "These go with it: nobody else is in them"),
            _consequence(AccountDataState.staying, "These stay, without you"),
        ),
    )


def _consequence(rows: Any, title: str) -> rx.Component:
    return either(
        holds(rows),
        rx.el.div(
            rx.el.h3(title, class_name="text-sm font-medium text-ink"),
            _affected(rows),
            class_name="px-5 py-4",
        ),
    )


def _affected(rows: Any) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            rows,
            lambda one: rx.el.li(
                link(one.name, href=one.href),
                rx.el.span(" (", one.about, ")", class_name="text-ink-soft"),
                class_name="wrap-anywhere",
            ),
        ),
        class_name="mt-1 flex flex-col gap-1 text-sm empty:hidden",
    )


def _delete_dialog() -> rx.Component:
    return confirm_dialog(
        rx.el.p(
            "Your profile, sessions, ways to sign in and memberships go after 14 days."
            " Clients you let in are disconnected then."
        ),
        either(
            holds(AccountDataState.going),
            rx.el.div(
                rx.el.p("These organizations go with it, and stop serving now:"),
                _affected(AccountDataState.going),
            ),
        ),
        id="delete-account",
        title="Delete your account?",
        act="Delete account",
        typed_word=AccountDataState.account_email,
        on_confirm=AccountDataState.delete_account,
        is_open=AccountDataState.is_ending,
        on_close=AccountDataState.cancel_delete,
    )
