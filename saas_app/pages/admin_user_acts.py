"""What an admin can do to a person, each with what it means, and a question first."""

from typing import Any

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.card import danger_row, danger_zone, section_card
from saas_app.components.dialog import confirm_dialog, dialog, question_dialog
from saas_app.components.field import field
from saas_app.components.form import native_form
from saas_app.components.props import Node, either
from saas_app.components.text_input import text_area, text_input
from saas_app.pages.door_parts import hidden_field
from saas_app.state.admin_user import AdminUserState
from saas_app.state.admin_user_acts import FORBIDDEN_ACTS, AdminUserActsState

PERSON = AdminUserState.person
NAME = AdminUserState.person.name


def act_rows() -> rx.Component:
    """The acts, those that only help apart from those that take something away."""
    return rx.fragment(
        either(
            PERSON.is_verified,
            rx.fragment(),
            section_card(
                rx.el.div(
                    rx.el.p(
                        "They cannot sign in until they follow the link of the letter.",
                        class_name="text-sm text-ink-soft",
                    ),
                    button("Send the letter again…", on_click=AdminUserActsState.ask("verify")),
                    class_name="flex flex-wrap items-center justify-between gap-3",
                ),
                id="verification",
                title="Their address is not confirmed",
            ),
        ),
        danger_zone(
            either(PERSON.is_admin, _admin_row(), _person_rows()),
        ),
    )


def dialogs() -> rx.Component:
    """The questions; one at a time is open."""
    return rx.fragment(
        _ban_dialog(),
        _impersonate_dialog(),
        _delete_dialog(),
        _question(
            "unban",
            f"Lift the ban of {NAME}?",
            "They can sign in again at once.",
            act="Lift the ban",
            on_confirm=AdminUserActsState.unban,
        ),
        _question(
            "verify",
            f"Send {NAME} the letter again?",
            "It asks them to confirm their address. Earlier letters stay good.",
            act="Send the letter",
            on_confirm=AdminUserActsState.resend_letter,
        ),
        _question(
            "factors",
            f"Reset the factors of {NAME}?",
            "Their authenticator app, backup codes, passkeys and trusted devices are removed, and"
            " they are signed out. Be sure that it is them who asked. They are told by mail.",
            act="Reset factors",
            on_confirm=AdminUserActsState.reset_factors,
            is_danger=True,
        ),
        _question(
            "sessions",
            f"Sign {NAME} out everywhere?",
            "All their sessions end, and their open pages close within seconds.",
            act="Sign out everywhere",
            on_confirm=AdminUserActsState.sign_out,
            is_danger=True,
        ),
        _question(
            "grant",
            f"Make {NAME} an admin?",
            "They see all people and organizations, and can do what you can do here.",
            act="Make admin",
            on_confirm=AdminUserActsState.grant,
            is_danger=True,
        ),
        _question(
            "revoke",
            f"Take the admin's rights from {NAME}?",
            "The admin area is gone for them at once, and so is every session in somebody else's"
            " name.",
            act="Take rights",
            on_confirm=AdminUserActsState.revoke,
            is_danger=True,
        ),
    )


def _person_rows() -> rx.Component:
    return rx.fragment(
        danger_row(
            "Reset factors",
            description="For somebody who has lost their phone and their backup codes.",
            action=button("Reset factors…", on_click=AdminUserActsState.ask("factors")),
        ),
        danger_row(
            "Sign out everywhere",
            description="For a device that is lost. They sign in anew; factors stay.",
            action=button("Sign out…", on_click=AdminUserActsState.ask("sessions")),
        ),
        danger_row(
            "Make an admin",
            description="Admins can do everything in this area, to everybody but each other.",
            action=button("Make admin…", on_click=AdminUserActsState.ask("grant")),
        ),
        danger_row(
            "Ban",
            description="They are out everywhere within seconds, and read your reason.",
            action=button(
                either(PERSON.is_banned, "Change the ban…", "Ban…"),
                variant="danger",
                on_click=AdminUserActsState.ask("ban"),
            ),
        ),
        _delete_row(),
    )


def _delete_row() -> rx.Component:
    return either(
        PERSON.delete_at,
        rx.fragment(),
        danger_row(
            "Delete account",
            description=(
                "After 14 days it is gone, with the organizations that nobody else is in. They are"
                " told by mail, and can keep it until then."
            ),
            action=button(
                "Delete account…", variant="danger", on_click=AdminUserActsState.ask("delete")
            ),
        ),
    )


def _admin_row() -> rx.Component:
    return danger_row(
        "Take the admin's rights",
        description=(
            "Admins are not banned, reset or acted for. Take the rights first, then do what is"
            " needed. One admin always stays."
        ),
        action=button("Take rights…", variant="danger", on_click=AdminUserActsState.ask("revoke")),
    )


def _ban_dialog() -> rx.Component:
    problems: Any = AdminUserActsState.problems
    return dialog(
        rx.el.form(
            field(
                text_area,
                id="ban-reason",
                label="Reason",
                help="They read it when they try to sign in.",
                name="reason",
                rows=3,
                max_length=1000,
                default_value=PERSON.ban_reason,
                key=PERSON.ban_reason,
                error=problems["reason"],
            ),
            field(
                text_input,
                id="ban-last-day",
                label="Last day",
                help="In UTC. Without one the ban has no end.",
                name="last_day",
                type="date",
                required=False,
                default_value=PERSON.ban_last_day,
                key=PERSON.ban_last_day,
                error=problems["last_day"],
            ),
            id="ban-form",
            on_submit=AdminUserActsState.ban,
            class_name="flex flex-col gap-4",
        ),
        id="ban",
        title=f"Ban {NAME}?",
        description="Their open pages close within seconds, and clients they let in are refused.",
        actions=rx.fragment(
            button("Cancel", on_click=AdminUserActsState.cancel_ask),
            button("Ban", variant="danger", type="submit", form="ban-form"),
        ),
        **_open("ban"),
    )


def _delete_dialog() -> rx.Component:
    return confirm_dialog(
        rx.el.p("Ban them as well if they must be out at once: until then they can sign in."),
        id="delete",
        title=f"Delete the account of {NAME}?",
        act="Delete account",
        typed_word=PERSON.email,
        on_confirm=AdminUserActsState.end_account,
        is_open=AdminUserActsState.asking == "delete",
        on_close=AdminUserActsState.cancel_ask,
    )


def _impersonate_dialog() -> rx.Component:
    return dialog(
        native_form(
            hidden_field("user_id", PERSON.id),
            id="impersonate-form",
            action="/api/admin/impersonation/start",
            class_name="hidden",
        ),
        banner(
            "You see what they see, and what you do is done in their name. It is on the record,"
            " with your name.",
            kind="attention",
        ),
        rx.el.p("You cannot:", class_name="mt-4 text-sm font-medium text-ink"),
        rx.el.ul(
            *[rx.el.li(words) for words in FORBIDDEN_ACTS],
            class_name="mt-1 flex list-disc flex-col gap-1 pl-5 text-sm text-ink-soft",
        ),
        id="impersonate",
        title=f"Act in the name of {NAME}?",
        description="For an hour at most. A bar on every page brings you back to yourself.",
        actions=rx.fragment(
            button("Cancel", on_click=AdminUserActsState.cancel_ask),
            button("Act in their name", variant="primary", type="submit", form="impersonate-form"),
        ),
        **_open("impersonate"),
    )


def _question(
    name: str, title: Any, about: Node, *, act: str, on_confirm: Any, is_danger: bool = False
) -> rx.Component:
    return question_dialog(
        id=name,
        title=title,
        description=about,
        act=act,
        variant="danger" if is_danger else "primary",
        is_open=AdminUserActsState.asking == name,
        on_confirm=on_confirm,
        on_cancel=AdminUserActsState.cancel_ask,
    )


def _open(name: str) -> dict[str, Any]:
    return {
        "is_open": AdminUserActsState.asking == name,
        "on_close": AdminUserActsState.cancel_ask,
        "role": "alertdialog",
    }
