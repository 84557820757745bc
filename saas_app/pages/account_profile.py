"""The user's picture, as a section of their profile."""

from typing import Any

import reflex as rx

from saas_app.components.avatar import avatar
from saas_app.components.card import section_card
from saas_app.components.empty import skeleton
from saas_app.components.picture import picture_choice
from saas_app.components.props import either
from saas_app.state.pictures import AvatarState


def avatar_section() -> rx.Component:
    """How the user looks to team mates, and the way to change it."""
    shown: Any = AvatarState.shown
    offer: Any = AvatarState.offer
    choice = picture_choice(
        avatar(AvatarState.user_name, size=64, picture=shown),
        id="avatar",
        offer=offer,
        shown=shown,
        error=AvatarState.problems["picture"],
        on_remove=AvatarState.remove_avatar,
        on_begin=AvatarState.begin_avatar,
        on_done=AvatarState.finish_avatar,
        on_refuse=AvatarState.refuse_avatar,
    )
    waiting = skeleton(class_name="h-24 w-full")
    return section_card(
        either(AvatarState.is_picture_ready, choice, waiting), title="Picture", id="picture"
    )
