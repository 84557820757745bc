"""A picture that can be changed: what is shown, choosing and cropping another, taking it away."""

from typing import Any

import reflex as rx

from saas_app.components.button import BASE, SIZES, VARIANTS, button
from saas_app.components.field import field_error
from saas_app.components.props import either


def _two(kind: rx.Var[str], size: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int]]:
    """What the browser tells of what it cropped."""
    return kind, size


class PictureCropper(rx.Component):
    """Crops in the browser and writes to the offered address."""

    library = "$/public/kit/picture_cropper.jsx"
    tag = "PictureCropper"

    offer: rx.Var[Any]
    label: rx.Var[str]
    save_label: rx.Var[str]
    button_class_name: rx.Var[str]
    primary_class_name: rx.Var[str]
    on_begin: rx.EventHandler[_two]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]
    on_refuse: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def picture_choice(
    face: rx.Component, *, id: str, of: Any, on_remove: Any, **handlers: Any
) -> rx.Component:
    """The picture and its acts.

    Args:
        face: How it looks now.
        id: Unique on the page; the error derives its own from it.
        of: The state of this kind of picture (`PictureState`): where the browser may write, what is
            shown, why the last one was not taken, and whether nothing keeps files here.
        on_remove: Takes it away.
        handlers: `on_begin` (type, size), `on_done`, `on_refuse` (a sentence).
    """
    plain = f"{BASE} {VARIANTS['secondary']} {SIZES['md']} cursor-pointer"
    chosen = rx.el.div(
        rx.el.div(
            face,
            PictureCropper.create(
                offer=of.offer,
                label="Choose a picture",
                save_label="Save picture",
                button_class_name=plain,
                primary_class_name=f"{BASE} {VARIANTS['primary']} {SIZES['md']}",
                **handlers,
            ),
            either(of.shown, button("Remove", variant="ghost", on_click=on_remove)),
            class_name="flex flex-wrap items-center gap-4",
        ),
        rx.el.p("PNG, JPEG or WebP. It is shown as a square.", class_name="text-sm text-ink-soft"),
        field_error(of.problems["picture"], id=f"{id}-error"),
        class_name="flex flex-col gap-2",
    )
    return either(of.is_storage_off, _switched_off(face), chosen)


def _switched_off(face: rx.Component) -> rx.Component:
    return rx.el.div(
        face,
        rx.el.p(
            "Pictures are switched off here. Whoever runs this Toolkiln sets ",
            rx.el.code("STORAGE=disk"),
            " or the ",
            rx.el.code("S3_"),
            " settings.",
            class_name="min-w-0 flex-1 text-sm text-ink-soft",
        ),
        class_name="flex items-center gap-4",
    )
