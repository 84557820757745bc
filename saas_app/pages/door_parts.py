"""Parts that the pages of signing in share."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.button import button
from saas_app.components.empty import skeleton
from saas_app.components.field import field
from saas_app.components.human_check import human_check
from saas_app.components.link import link
from saas_app.components.new_password import new_password_field
from saas_app.components.one_time_code import code_input
from saas_app.components.props import Flag, Node, Text, either
from saas_app.components.public_shell import auth_card, public_shell
from saas_app.components.text_input import text_input
from saas_app.state.door import DoorState


def door_page(
    *content: Node,
    title: Text,
    description: Node = "",
    below: Node = "",
    is_whole: Flag = True,
) -> rx.Component:
    """One card, with what was wrong with the last post on top; see `auth_card`."""
    card = auth_card(
        trouble(),
        *content,
        title=title,
        description=description,
        below=below,
        is_whole=is_whole,
    )
    return public_shell(card, is_narrow=True, is_whole=is_whole)


def trouble() -> rx.Component:
    """What was wrong with a form, where it belongs to none of its fields."""
    return either(DoorState.trouble, banner(DoorState.trouble, kind="broken", is_alert=True))


def email_field(id: str = "email", *, auto_complete: str = "username") -> rx.Component:
    """The address, by which password managers know the account."""
    return field(
        text_input,
        id=id,
        label="E-mail",
        error=DoorState.problems["email"],
        name="email",
        type="email",
        auto_complete=auto_complete,
        required=True,
    )


def password_field(label: str = "Password", *, name: str = "password") -> rx.Component:
    """A password that there is already."""
    return field(
        text_input,
        id=name,
        label=label,
        error=DoorState.problems[name],
        name=name,
        type="password",
        auto_complete="current-password",
        required=True,
    )


def app_code_field() -> rx.Component:
    """The code of the authenticator app."""
    return field(
        code_input,
        id="code",
        label="Code",
        help="The six digits that your authenticator app shows for Toolkiln.",
    )


def strong_password_field(label: str = "Password") -> rx.Component:
    """A password that is being chosen, with its strength."""
    return new_password_field(
        label=label,
        error=DoorState.problems["password"],
        on_weigh=DoorState.weigh_password,
        strength=DoorState.strength,
        word=DoorState.strength_word,
        advice=DoorState.strength_advice,
    )


def person_check() -> rx.Component:
    """The widget for people, where it is configured."""
    return human_check(site_key=DoorState.widget_key, round=DoorState.widget_round)


def hidden_field(name: str, value: Text) -> rx.Component:
    """Something that the form carries along."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def next_field() -> rx.Component:
    """Where to go once signed in."""
    return hidden_field("next", DoorState.next_path)


def approval_field() -> rx.Component:
    """The word of the state event that found the password right."""
    return hidden_field("approval", DoorState.approval)


def submit(label: Text) -> rx.Component:
    """The one act of the card."""
    return button(label, variant="primary", type="submit", class_name="w-full")


def passkey_submit() -> rx.Component:
    """The one act of a card that asks for a passkey."""
    return button(
        "Use a passkey", icon="key-round", variant="primary", type="submit", class_name="w-full"
    )


def other_ways(*ways: tuple[Flag, Node, Text]) -> rx.Component:
    """Links to the ways that are not shown: whether each is open, what it says, where it leads."""
    return rx.el.ul(
        *[either(is_open, rx.el.li(link(label, href=href))) for is_open, label, href in ways],
        aria_label="Other ways",
        class_name="flex flex-wrap justify-center gap-x-5 gap-y-2 text-sm empty:hidden",
    )


def with_next(page: str) -> rx.Var[str]:
    """Return an address of ours, keeping where the visitor wanted to go."""
    wanted = DoorState.next_quoted
    return rx.cond(wanted, f"{page}?next=" + wanted, page)


def waiting() -> rx.Component:
    """Stands where a form will be."""
    return rx.el.div(
        skeleton(class_name="h-16 w-full"),
        skeleton(class_name="h-9 w-full"),
        class_name="flex flex-col gap-5",
        aria_label="Loading",
        role="status",
        key="skeleton",
    )
