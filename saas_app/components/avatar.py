"""People and organizations as their first letter."""

import reflex as rx

from saas_app.components.props import Text

LARGE = 48


def avatar(
    name: Text,
    *,
    size: int = 28,
    picture: rx.Var[str] | None = None,
    is_organization: bool = False,
) -> rx.Component:
    """A picture or the first letter; decorative, as the name stands beside it.

    People are round, organizations are not.
    """
    shape = "rounded-lg" if is_organization else "rounded-full"
    if picture is not None:
        return rx.fragment(
            rx.cond(picture, _picture(picture, size, shape), _letter(name, size, shape))
        )
    return _letter(name, size, shape)


def _letter(name: Text, size: int, shape: str) -> rx.Component:
    letter = name[:1].upper() if isinstance(name, str) else name.to(str)[0:1].upper()
    return rx.el.span(
        letter,
        aria_hidden="true",
        class_name=(
            f"inline-flex shrink-0 items-center justify-center {shape} bg-ember-wash"
            f" {'text-2xl' if size >= LARGE else 'text-xs'} font-semibold text-ember-ink"
            f" size-[{size}px]"
        ),
    )


def _picture(address: rx.Var[str], size: int, shape: str) -> rx.Component:
    return rx.el.img(
        src=address,
        alt="",
        width=str(size),
        height=str(size),
        class_name=f"shrink-0 {shape} object-cover size-[{size}px]",
    )
