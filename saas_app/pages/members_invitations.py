"""The invitations among the members: their list, and the windows for new ones."""

from typing import Any

import reflex as rx

from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.code import copy_field
from saas_app.components.dialog import dialog, question_dialog
from saas_app.components.empty import empty_state
from saas_app.components.field import field
from saas_app.components.icon import icon
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import either
from saas_app.components.table import Column, pagination, table
from saas_app.components.text_input import select, text_area
from saas_app.components.time_ago import time_ago
from saas_app.state.invitations import InvitationsState
from saas_app.state.members import ROLE_CHOICES, MembersState

COLUMNS = (Column("For"), Column("Role"), Column("Sent"), Column("Ends"), Column(""))


def invitation_table() -> rx.Component:
    """What nobody has answered yet."""
    return rx.fragment(
        either(
            InvitationsState.invitation_total > 0,
            outbox_hint(class_name="mb-4"),
        ),
        table(
            InvitationsState.invitation_rows,
            columns=COLUMNS,
            draw=_row,
            caption="Invitations, newest first",
            is_loading=~rx.Var.create(InvitationsState.is_invitations_ready).bool(),
            empty=_none(),
        ),
        either(
            (InvitationsState.previous_invitations != "")
            | (InvitationsState.next_invitations != ""),
            pagination(
                summary=InvitationsState.invitations_summary,
                previous_href=InvitationsState.previous_invitations,
                next_href=InvitationsState.next_invitations,
            ),
        ),
    )


def invitation_dialogs() -> rx.Component:
    """The windows that the page's buttons open."""
    return rx.fragment(_invite_dialog(), _link_dialog(), _revoke_dialog())


def _row(one: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            either(
                one.email,
                rx.el.span(one.email, class_name="font-medium text-ink wrap-anywhere"),
                rx.el.span(
                    icon("link", size=14),
                    "Whoever has the link",
                    class_name="inline-flex items-center gap-1.5 font-medium text-ink",
                ),
            ),
            either(
                one.inviter,
                rx.el.p("by ", one.inviter, class_name="text-ink-soft wrap-anywhere"),
            ),
            class_name="min-w-0",
        ),
        rx.el.span(one.role_name),
        time_ago(one.sent_at),
        either(one.is_expired, badge("Expired", tone="attention"), time_ago(one.expires_at)),
        either(one.can_change, _acts(one)),
    ]


def _acts(one: Any) -> rx.Component:
    return rx.el.div(
        button(
            rx.cond(one.email, "Send again", "New link"),
            size="sm",
            variant="ghost",
            on_click=InvitationsState.send_again(one.id),
        ),
        button(
            "Revoke",
            size="sm",
            variant="ghost",
            on_click=InvitationsState.ask_revoke(
                one.id, rx.cond(one.email, one.email, "whoever has the link")
            ),
        ),
        class_name="flex flex-wrap justify-end gap-1",
    )


def _none() -> rx.Component:
    return empty_state(
        "No open invitations",
        description="Invite people by address, or make a link and send it yourself.",
        icon="mail",
        action=button("Invite people", on_click=InvitationsState.ask_invite),
    )


def _invite_dialog() -> rx.Component:
    return dialog(
        rx.el.form(
            field(
                text_area,
                id="invite-emails",
                label="E-mail addresses",
                help="Up to 20, on lines of their own or with commas between them.",
                name="emails",
                rows=3,
                placeholder="vera@example.com",
                error=_problem("emails"),
            ),
            _role_field("invite-role", MembersState.invite_options),
            id="invite-form",
            on_submit=InvitationsState.invite,
            class_name="flex flex-col gap-4",
        ),
        id="invite-people",
        title="Invite people",
        description=(
            "Each gets a letter with a link that is good for 7 days, for that address alone."
        ),
        is_open=InvitationsState.is_inviting,
        on_close=InvitationsState.close_forms,
        actions=rx.fragment(
            button("Cancel", on_click=InvitationsState.close_forms),
            button("Send invitations", variant="primary", type="submit", form="invite-form"),
        ),
    )


def _link_dialog() -> rx.Component:
    return dialog(
        either(InvitationsState.link, _link(), _link_form()),
        id="invite-link",
        title=rx.cond(InvitationsState.link, "Copy the link now", "Make an invitation link"),
        is_open=InvitationsState.is_linking,
        on_close=InvitationsState.close_forms,
        actions=rx.cond(
            InvitationsState.link,
            button("I have copied it", variant="primary", on_click=InvitationsState.close_forms),
            rx.fragment(
                button("Cancel", on_click=InvitationsState.close_forms),
                button("Make link", variant="primary", type="submit", form="link-form"),
            ),
        ),
    )


def _link_form() -> rx.Component:
    return rx.el.form(
        rx.el.p(
            "Whoever opens it first can join: one person, within 7 days.",
            class_name="text-sm text-ink-soft",
        ),
        _role_field("link-role", MembersState.link_options),
        id="link-form",
        on_submit=InvitationsState.make_link,
        class_name="flex flex-col gap-4",
    )


def _link() -> rx.Component:
    return rx.el.div(
        banner(
            "It cannot be shown again. Give it to one person, over a channel you trust.",
            kind="attention",
        ),
        copy_field(InvitationsState.link, id="invitation-link", label="Invitation link"),
        class_name="flex flex-col gap-4",
    )


def _role_field(id: str, options: Any) -> rx.Component:
    about = rx.el.ul(
        *[
            rx.el.li(rx.el.strong(name, class_name="font-medium text-ink"), ": ", words)
            for _, name, words in ROLE_CHOICES[1:]
        ],
        class_name="flex flex-col gap-0.5 text-sm text-ink-soft",
    )
    return rx.el.div(
        field(
            select,
            id=id,
            label="Role",
            name="role",
            options=options,
            error=_problem("role"),
        ),
        about,
        class_name="flex flex-col gap-2",
    )


def _revoke_dialog() -> rx.Component:
    return question_dialog(
        id="revoke-invitation",
        title=f"Take back the invitation for {InvitationsState.revoking_name}?",
        description="Its link opens nothing from then on. Who was invited by mail is told.",
        act="Take it back",
        is_open=InvitationsState.revoking_id != "",
        on_confirm=InvitationsState.revoke,
        on_cancel=InvitationsState.cancel_revoke,
    )


def _problem(name: str) -> Any:
    return InvitationsState.problems[name]
