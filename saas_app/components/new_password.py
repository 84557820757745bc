"""A field for a new password, and how hard it is to guess while it is typed."""

from typing import Any

import reflex as rx

from saas_app.components.field import field
from saas_app.components.icon import icon
from saas_app.components.props import Handler, Number, Text
from saas_app.components.text_input import PASSWORD_LOOK, native_attributes

STEPS = 4
FILLS = ("bg-broken", "bg-broken", "bg-attention", "bg-proven", "bg-proven")


class NewPasswordRoot(rx.Component):
    """A password field that is weighed after a pause."""

    library = "$/public/kit/new_password.jsx"
    tag = "NewPassword"

    toggle_class_name: rx.Var[str]
    wrapper_class_name: rx.Var[str]
    on_weigh: rx.EventHandler[rx.event.passthrough_event_spec(dict)]


def new_password_field(
    *,
    error: Text,
    on_weigh: Handler,
    strength: Number,
    word: Text,
    advice: Text,
    label: Text = "Password",
) -> rx.Component:
    """The field `password` of a form, with its meter.

    Args:
        error: What is wrong with it.
        on_weigh: A handler that takes `password`, and `name` and `email` of the same form.
        strength: 0 to 4.
        word: The strength in a word; empty while nothing is typed.
        advice: What would make it stronger.
        label: The visible name.
    """
    return rx.el.div(
        field(
            _control,
            id="password",
            label=label,
            help="At least 10 characters; a few words are easy to remember.",
            error=error,
            name="password",
            auto_complete="new-password",
            required=True,
            on_weigh=on_weigh,
        ),
        strength_meter(strength=strength, word=word, advice=advice),
        class_name="flex flex-col gap-2",
    )


def strength_meter(*, strength: Number, word: Text, advice: Text) -> rx.Component:
    """Four bars, a word, and what would help; its place is kept while nothing is typed."""
    return rx.el.div(
        rx.el.div(
            *[_bar(number, strength, word) for number in range(1, STEPS + 1)],
            aria_hidden="true",
            class_name="grid grid-cols-4 gap-1",
        ),
        rx.el.p(
            rx.el.span(word, class_name="font-medium text-ink"),
            rx.cond(advice, rx.el.span(" · ", advice), ""),
            role="status",
            class_name="min-h-10 text-sm text-ink-soft",
        ),
        class_name="flex flex-col gap-1.5",
    )


def _control(*, id: str, on_weigh: Handler, **attributes: Any) -> rx.Component:
    return NewPasswordRoot.create(
        icon("eye", size=16),
        on_weigh=on_weigh,
        custom_attrs={"id": id, **native_attributes(attributes)},
        **PASSWORD_LOOK,
        **attributes,
    )


def _bar(number: int, strength: Number, word: Text) -> rx.Component:
    level = rx.Var.create(strength).to(int)
    fills = rx.match(level, *enumerate(FILLS), FILLS[0])
    is_filled = rx.Var.create(word).bool() & ((level >= number) | (number == 1))
    return rx.el.span(
        class_name=["h-1 rounded-full transition-colors", rx.cond(is_filled, fills, "bg-line")]
    )
