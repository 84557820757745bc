"""Codes: six digits to type, and a list of backup codes to keep."""

from typing import Any

import reflex as rx

from saas_app.components.button import BASE, SIZES, VARIANTS
from saas_app.components.code import copy_button
from saas_app.components.icon import icon
from saas_app.components.props import Text, classes, each
from saas_app.components.text_input import CONTROL


class CodeField(rx.Component):
    """A field of six digits that sends its form."""

    library = "$/public/kit/code_field.jsx"
    tag = "CodeField"

    sends: rx.Var[bool]


class SaveText(rx.Component):
    """A button that downloads a text, or prints it."""

    library = "$/public/kit/save_text.jsx"
    tag = "SaveText"

    text: rx.Var[str]
    file_name: rx.Var[str]
    prints: rx.Var[bool]


def code_input(*, id: str, sends: bool = True, **attributes: Any) -> rx.Component:
    """Six digits of an authenticator app; the sixth sends the form unless `sends` is false."""
    look = classes(
        CONTROL,
        "h-12 px-3 text-center font-mono text-xl md:text-xl tracking-[0.4em] tabular-nums",
        attributes.pop("class_name", ""),
    )
    native = {"id": id, "name": attributes.pop("name", "code"), "maxLength": 7, "required": True}
    for ours, theirs in (
        ("aria_describedby", "aria-describedby"),
        ("aria_invalid", "aria-invalid"),
    ):
        if ours in attributes:
            native[theirs] = attributes.pop(ours)
    attributes.pop("required", None)
    return CodeField.create(sends=sends, class_name=look, custom_attrs=native, **attributes)


def code_list(
    codes: rx.Var[list[str]] | list[str], *, as_text: Text, file_name: str
) -> rx.Component:
    """Backup codes at the one moment when they can be read, and three ways to keep them."""
    look = f"{BASE} {VARIANTS['secondary']} {SIZES['sm']}"
    return rx.el.div(
        rx.el.ol(
            each(codes, _code),
            aria_label="Backup codes",
            class_name=(
                "grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-lg border border-line bg-sunken p-4"
                " font-mono text-sm text-ink min-[26rem]:grid-cols-2"
            ),
        ),
        rx.el.div(
            copy_button(as_text, label="Copy", shows_label=True),
            SaveText.create(
                icon("download", size=14),
                "Download",
                text=as_text,
                file_name=file_name,
                class_name=look,
            ),
            SaveText.create(
                icon("printer", size=14), "Print", text=as_text, prints=True, class_name=look
            ),
            class_name="flex flex-wrap items-center gap-2 print:hidden",
        ),
        class_name="flex flex-col gap-3",
    )


def _code(code: rx.Var[str]) -> rx.Component:
    return rx.el.li(code, class_name="select-all whitespace-nowrap")
