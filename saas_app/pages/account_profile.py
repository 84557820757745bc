"""How one is seen and reached: name, picture, e-mail address."""

from typing import Any

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.picture import picture_choice
from saas_app.components.props import either
from saas_app.components.text_input import text_input
from saas_app.pages.account_email import email_section
from saas_app.pages.account_frame import account_frame, account_waiting
from saas_app.state.account_email import AccountEmailState
from saas_app.state.pictures import AvatarState
from saas_app.state.profile import ProfileState


def profile_page() -> rx.Component:
    """Everything that says who one is."""
    return account_frame(
        either(
            ProfileState.is_profile_ready
            & AvatarState.is_picture_ready
            & AccountEmailState.is_email_ready,
            rx.fragment(_seen_section(), email_section()),
            account_waiting(
                "h-[26rem] sm:h-[24.75rem]", "h-84 sm:h-80", label="Loading your profile"
            ),
        ),
        active="Profile",
    )


def avatar_choice() -> rx.Component:
    """The user's picture, and the ways to change it."""
    shown: Any = AvatarState.shown
    return picture_choice(
        avatar(AvatarState.user_name, size=64, picture=shown),
        id="avatar",
        of=AvatarState,
        on_remove=AvatarState.remove_avatar,
        on_begin=AvatarState.begin_avatar,
        on_done=AvatarState.finish_avatar,
        on_refuse=AvatarState.refuse_avatar,
    )


def _seen_section() -> rx.Component:
    return section_card(
        rx.el.div(avatar_choice(), _name_form(), class_name="flex max-w-md flex-col gap-6"),
        id="who",
        title="How others see you",
        description="In every organization that you are in.",
    )


def _name_form() -> rx.Component:
    return form(
        field(
            text_input,
            id="name",
            label="Name",
            error=ProfileState.problems["name"],
            name="name",
            default_value=ProfileState.user_name,
            key=ProfileState.user_name,
            auto_complete="name",
            max_length=64,
            required=True,
        ),
        form_actions(button("Save name", variant="primary", type="submit")),
        on_submit=ProfileState.rename,
        no_validate=True,
    )
