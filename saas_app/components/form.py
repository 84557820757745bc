"""Forms: sent to the state, or to an API route as a real navigation."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from saas_app.components.props import Handler, Node, Text, classes

STACK = "flex flex-col gap-5"


class NativeForm(BaseHTML):
    """A form that the browser itself sends; Reflex's own form always prevents that."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    no_validate: rx.Var[bool]
    auto_complete: rx.Var[str]


def native_form(
    *content: Node, action: Text, method: str = "post", **attributes: Any
) -> rx.Component:
    """A form whose answer is a new document; needed wherever a cookie is set or cleared."""
    look = classes(STACK, attributes.pop("class_name", ""))
    return NativeForm.create(*content, action=action, method=method, class_name=look, **attributes)


class CheckedForm(rx.Component):
    """A native form that waits for the state's word before the browser sends it."""

    library = "$/public/kit/checked_form.jsx"
    tag = "CheckedForm"

    action: rx.Var[str]
    approval: rx.Var[str]
    on_check: rx.EventHandler[rx.event.passthrough_event_spec(dict)]


def checked_form(
    *content: Node, action: Text, approval: Text, on_check: Handler, **attributes: Any
) -> rx.Component:
    """A form whose fields a state event checks first, so that errors stand on them.

    Args:
        action: The API route that the browser posts to.
        approval: A var that changes to a new non-empty text when the fields were found right.
        on_check: A handler that takes the named fields as a dict.
    """
    look = classes(STACK, attributes.pop("class_name", ""))
    return CheckedForm.create(
        *content, action=action, approval=approval, on_check=on_check, class_name=look, **attributes
    )


def form(*content: Node, on_submit: Handler, **attributes: Any) -> rx.Component:
    """A form sent to a handler as a dict of its named fields."""
    look = classes(STACK, attributes.pop("class_name", ""))
    return rx.el.form(*content, on_submit=on_submit, class_name=look, **attributes)


def form_actions(*buttons: Node) -> rx.Component:
    """The end of a form; the primary act last, at the right, full width on phones."""
    return rx.el.div(
        *buttons, class_name="flex flex-col-reverse gap-2 pt-1 sm:flex-row sm:justify-end"
    )
