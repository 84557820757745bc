"""How one is seen and reached: name, picture, e-mail address."""

from typing import Any

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.button import button
from saas_app.components.card import section_card
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.form import form, form_actions
from saas_app.components.picture import picture_choice
from saas_app.components.props import either
from saas_app.components.text_input import text_input
from saas_app.pages.account_email import email_section
from saas_app.pages.account_frame import account_frame
from saas_app.state.account_email import AccountEmailState
from saas_app.state.pictures import AvatarState
from saas_app.state.profile import ProfileState


def profile_page() -> rx.Component:
    """Everything that says who one is."""
    return account_frame(
        either(
            # All at once: parts that come one by one push each other down.
            ProfileState.is_profile_ready
            & AvatarState.is_picture_ready
            & AccountEmailState.is_email_ready,
            rx.fragment(_name_section(), _avatar_section(), email_section()),
            _waiting(),
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


def _name_section() -> rx.Component:
    return section_card(
        form(
            field(
                text_input,
                id="name",
                label="Name",
                help="Team mates see it.",
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
            class_name="max-w-md",
        ),
        id="who",
        title="Name",
    )


def _avatar_section() -> rx.Component:
    return section_card(avatar_choice(), title="Picture", id="picture")


def _waiting() -> rx.Component:
    boxes = [skeleton(class_name=f"w-full {height}") for height in ("h-56", "h-44", "h-64")]
    return rx.el.div(
        *boxes,
        role="status",
        aria_label="Loading your profile",
        key="skeleton",
        class_name="flex flex-col gap-6",
    )
