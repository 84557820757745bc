"""Modal windows: dialog, drawer, and the question before something destructive."""

from typing import Any

import reflex as rx

from saas_app.components.button import Variant, button, icon_button
from saas_app.components.props import Click, Flag, Handler, Node, Text, classes, is_given
from saas_app.components.text_input import CONTROL, LINE

PANEL = (
    "border border-line bg-raised text-ink shadow-lg p-0 overflow-hidden open:animate-rise"
    " focus-visible:outline-none"
)
CENTRED = "m-auto w-[min(32rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] rounded-xl"
SIDE = "mr-0 ml-auto my-0 h-dvh max-h-dvh w-[min(36rem,100vw)] border-y-0 border-r-0"


class NativeDialog(rx.Component):
    """The <dialog> element, opened by a button's command or by a var."""

    library = "$/public/kit/dialog.jsx"
    tag = "Dialog"

    is_open: rx.Var[bool]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


class ExactText(rx.Component):
    """A field that must hold one given text."""

    library = "$/public/kit/exact_text.jsx"
    tag = "ExactText"

    expected: rx.Var[str]
    message: rx.Var[str]


def dialog(
    *content: Node,
    id: str,
    title: Text,
    description: Node = "",
    actions: Node | None = None,
    is_open: Flag | None = None,
    **attributes: Any,
) -> rx.Component:
    """A modal window; focus stays in it, Escape and a click beside it close it.

    Open it with `button(..., opens=id)` and close it with `button(..., closes=id)`, without the
    server; or give a var as `is_open` and the handler `on_close`, which must set it false.

    Args:
        content: Its body.
        id: Unique on the page.
        title: Its name, also for screen readers.
        description: One or two sentences under the title.
        actions: The buttons at its foot, the primary one last.
        is_open: A var, when the state opens it.
        attributes: `on_close`, `class_name` and others of <dialog>.
    """
    shape = classes(PANEL, CENTRED, attributes.pop("class_name", ""))
    return _modal(
        rx.el.div(
            _heading(id, title, description),
            rx.el.div(*content, class_name="min-h-0 overflow-y-auto px-5 pb-5 empty:hidden"),
            _foot(actions),
            class_name="flex max-h-[calc(100dvh-2rem)] flex-col",
        ),
        id=id,
        is_open=is_open,
        class_name=shape,
        has_description=is_given(description),
        **attributes,
    )


def drawer(
    *content: Node,
    id: str,
    title: Text,
    actions: Node | None = None,
    is_open: Flag | None = None,
    **attributes: Any,
) -> rx.Component:
    """A modal window along the right edge, for something longer; otherwise as `dialog`."""
    shape = classes(PANEL, SIDE, attributes.pop("class_name", ""))
    return _modal(
        rx.el.div(
            _heading(id, title, ""),
            rx.el.div(*content, class_name="min-h-0 flex-1 overflow-y-auto px-5 pb-5"),
            _foot(actions),
            class_name="flex h-dvh flex-col",
        ),
        id=id,
        is_open=is_open,
        class_name=shape,
        has_description=False,
        **attributes,
    )


def confirm_dialog(
    *content: Node,
    id: str,
    title: Text,
    act: Text,
    on_confirm: Handler | None = None,
    typed_word: Text = "",
    **attributes: Any,
) -> rx.Component:
    """The question before an act that cannot be undone.

    Args:
        content: What will be lost.
        id: Unique on the page; open it with `button(..., opens=id)`.
        title: The question ("Delete the server Billing?").
        act: The words on the button ("Delete server").
        on_confirm: Called with the form's fields (a dict with `confirmation` when typed).
        typed_word: When given, this must be typed first. The service must check it again.
        attributes: Passed on to `dialog`.
    """
    form_id = f"{id}-form"
    return dialog(
        rx.el.form(
            rx.el.div(*content, class_name="flex flex-col gap-3 text-sm text-ink-soft"),
            _typed_word(id, typed_word) if is_given(typed_word) else rx.fragment(),
            id=form_id,
            on_submit=on_confirm if on_confirm is not None else rx.noop(),
            class_name="flex flex-col gap-4",
        ),
        id=id,
        title=title,
        actions=rx.fragment(
            button("Cancel", closes=id),
            button(act, variant="danger", type="submit", form=form_id),
        ),
        role="alertdialog",
        **attributes,
    )


def question_dialog(
    *,
    act: Text,
    on_confirm: Click,
    on_cancel: Click,
    variant: Variant = "danger",
    **attributes: Any,
) -> rx.Component:
    """The question before an act on something that the state has chosen, such as a line of a list.

    Args:
        act: The words on the button ("Revoke key").
        on_confirm: Does it.
        on_cancel: Forgets what was chosen, so that `is_open` is false.
        variant: The look of the button.
        attributes: `id`, `title`, `description` and `is_open` of `dialog`.
    """
    return dialog(
        on_close=on_cancel,
        role="alertdialog",
        actions=rx.fragment(
            button("Cancel", on_click=on_cancel),
            button(act, variant=variant, on_click=on_confirm),
        ),
        **attributes,
    )


def _modal(
    body: rx.Component, *, id: str, is_open: Flag | None, has_description: bool, **attributes: Any
) -> rx.Component:
    named = {"aria-labelledby": f"{id}-title"}
    if has_description:
        named["aria-describedby"] = f"{id}-description"
    if role := attributes.pop("role", ""):
        named["role"] = role
    if is_open is not None:
        attributes["is_open"] = is_open
    return NativeDialog.create(body, id=id, custom_attrs=named, **attributes)


def _heading(id: str, title: Text, description: Node) -> rx.Component:
    about = (
        rx.el.p(description, id=f"{id}-description", class_name="mt-1 text-sm text-ink-soft")
        if is_given(description)
        else rx.fragment()
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h2(title, id=f"{id}-title", class_name="text-lg font-semibold text-ink"),
            about,
            class_name="min-w-0",
        ),
        icon_button("x", label="Close", size="sm", closes=id, class_name="-mr-2 -mt-1"),
        class_name="flex items-start justify-between gap-4 px-5 pt-5 pb-4",
    )


def _foot(actions: Node | None) -> rx.Component:
    if actions is None:
        return rx.fragment()
    return rx.el.div(
        actions,
        class_name=("flex flex-wrap justify-end gap-2 border-t border-line bg-sunken px-5 py-3"),
    )


def _typed_word(id: str, word: Text) -> rx.Component:
    """The browser itself keeps the form back until the word is right."""
    field_id = f"{id}-confirmation"
    return rx.el.div(
        rx.el.label(
            "Type ",
            rx.el.strong(word, class_name="font-mono font-medium text-ink select-all"),
            " to confirm",
            html_for=field_id,
            class_name="text-sm text-ink-soft",
        ),
        ExactText.create(
            expected=word,
            message="Type the name exactly as shown.",
            class_name=f"{CONTROL} {LINE}",
            custom_attrs={"id": field_id, "name": "confirmation", "autoComplete": "off"},
        ),
        class_name="flex flex-col gap-1.5",
    )
