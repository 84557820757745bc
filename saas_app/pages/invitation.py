"""What an invitation's link opens."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.empty import skeleton
from saas_app.components.form import native_form
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.props import either, one_of
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.components.time_ago import time_ago
from saas_app.pages.frame import notices
from saas_app.state.base import AppState
from saas_app.state.invitation import InvitationState


def invitation_page() -> rx.Component:
    """One card: who asks, for what, and what the visitor can do."""
    return public_shell(
        rx.cond(
            InvitationState.is_invitation_ready,
            rx.cond(
                InvitationState.gone,
                _gone(),
                rx.cond(InvitationState.is_declined, _declined(), _asked()),
            ),
            _waiting(),
        ),
        notices(),
        is_narrow=True,
        is_whole=InvitationState.is_invitation_ready,
    )


def _asked() -> rx.Component:
    return auth_card(
        rx.el.dl(
            _fact("Your role", InvitationState.asking_role, InvitationState.asking_about),
            either(
                InvitationState.asking_email,
                _fact("For", InvitationState.asking_email, ""),
            ),
            _fact("Ends", time_ago(InvitationState.asking_until), ""),
            class_name="flex flex-col gap-3 text-sm",
        ),
        one_of(
            InvitationState.answer,
            ("accept", _answers()),
            ("sign_in", _sign_in()),
            ("switch", _switch()),
            ("confirm", _confirm()),
            ("full", _full()),
            _open(),
        ),
        title=rx.fragment("Join ", InvitationState.asking_name),  # pyright: ignore[reportArgumentType]
        description=either(
            InvitationState.asking_inviter,
            rx.fragment(InvitationState.asking_inviter, " has invited you."),
            "You have been invited.",
        ),
    )


def _fact(label: str, value: rx.Var | rx.Component | str, note: rx.Var | str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="w-20 shrink-0 text-ink-soft"),
        rx.el.dd(
            rx.el.span(value, class_name="font-medium text-ink wrap-anywhere"),
            rx.el.span(note, class_name="block text-ink-soft empty:hidden"),
            class_name="min-w-0",
        ),
        class_name="flex gap-3",
    )


def _answers() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "You are signed in as ",
            rx.el.strong(AppState.user_email, class_name="font-medium text-ink wrap-anywhere"),
            ".",
            class_name="text-sm text-ink-soft",
        ),
        _pair(
            button("Decline", on_click=InvitationState.decline),
            button("Join", variant="primary", on_click=InvitationState.accept),
        ),
        class_name="flex flex-col gap-4",
    )


def _sign_in() -> rx.Component:
    after = f"?next={_encoded_way_back()}"
    return rx.el.div(
        link_button(
            "Sign in to join", href=f"/sign-in{after}", variant="primary", class_name="w-full"
        ),
        link_button("Create an account", href=f"/sign-up{after}", class_name="w-full"),
        either(
            InvitationState.asking_email,
            rx.el.p(
                "Use the address that the invitation is for.",
                class_name="text-center text-sm text-ink-soft",
            ),
        ),
        button(
            "Decline",
            variant="ghost",
            class_name="w-full",
            on_click=InvitationState.decline,
        ),
        class_name="flex flex-col gap-2",
    )


def _switch() -> rx.Component:
    return rx.el.div(
        banner(
            "The invitation is for ",
            rx.el.strong(InvitationState.asking_email, class_name="font-medium text-ink"),
            ", and you are signed in as ",
            rx.el.strong(AppState.user_email, class_name="font-medium text-ink"),
            ".",
            kind="attention",
            title="Another account",
        ),
        native_form(
            rx.el.input(
                type="hidden",
                name="next",
                value=f"/sign-in?next={_encoded_way_back()}",
            ),
            button("Sign out and switch", variant="primary", type="submit", class_name="w-full"),
            action="/api/auth/sign-out",
        ),
        link_button("Stay signed in", href="/home", class_name="w-full"),
        class_name="flex flex-col gap-3",
    )


def _confirm() -> rx.Component:
    return rx.el.div(
        banner(
            "Open the link in the letter that we sent you when you signed up, then come back here.",
            kind="attention",
            title="Confirm your address first",
        ),
        outbox_hint(),
        link_button("Sign in to have it sent again", href="/sign-in", class_name="w-full"),
        class_name="flex flex-col gap-3",
    )


def _full() -> rx.Component:
    return rx.el.div(
        banner(
            "The plan of the organization has no place left. Ask who invited you to make one, and"
            " open this link again.",
            kind="attention",
            title="No place left",
        ),
        button("Decline", class_name="w-full", on_click=InvitationState.decline),
        class_name="flex flex-col gap-3",
    )


def _open() -> rx.Component:
    return rx.el.div(
        banner("You are a member of this organization.", kind="proven"),
        link_button(
            "Open it",
            href=f"/o/{InvitationState.asking_slug}/servers",
            variant="primary",
            class_name="w-full",
        ),
        class_name="flex flex-col gap-3",
    )


def _gone() -> rx.Component:
    return auth_card(
        rx.el.p(InvitationState.gone, class_name="text-ink-soft"),
        link_button("Go to the front page", href="/", class_name="w-full"),
        title="This invitation cannot be used",
    )


def _declined() -> rx.Component:
    return auth_card(
        rx.el.p(
            "Nobody else is told. To join later, ask for a new one.", class_name="text-ink-soft"
        ),
        link_button("Go to the front page", href="/", class_name="w-full"),
        title="Declined",
    )


def _waiting() -> rx.Component:
    return auth_card(
        skeleton(class_name="h-4 w-4/5"),
        skeleton(class_name="h-4 w-3/5"),
        skeleton(class_name="h-9 w-full"),
        title="Invitation",
    )


def _pair(first: rx.Component, second: rx.Component) -> rx.Component:
    return rx.el.div(first, second, class_name="grid grid-cols-2 gap-2")


def _encoded_way_back() -> rx.Var[str]:
    return rx.Var.create(InvitationState.way_back_in_query).to(str)
