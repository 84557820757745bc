"""People and organizations as their first letter."""

import reflex as rx

from saas_app.components.props import Text


def avatar(name: Text, *, size: int = 28, picture: rx.Var[str] | None = None) -> rx.Component:
    """A picture or the first letter in a disc; decorative, as the name stands beside it."""
    if picture is not None:
        return rx.fragment(rx.cond(picture, _picture(picture, size), avatar(name, size=size)))
    letter = name[:1].upper() if isinstance(name, str) else name.to(str)[0:1].upper()
    return rx.el.span(
        letter,
        aria_hidden="true",
        class_name=(
            "inline-flex shrink-0 items-center justify-center rounded-full bg-ember-wash text-xs"
            f" font-semibold text-ember-ink size-[{size}px]"
        ),
    )


def _picture(address: rx.Var[str], size: int) -> rx.Component:
    return rx.el.img(
        src=address,
        alt="",
        width=str(size),
        height=str(size),
        class_name=f"shrink-0 rounded-full object-cover size-[{size}px]",
    )
