"""Forms that talk to the browser's passkeys."""

from typing import Any, Literal

import reflex as rx

from saas_app.components.form import STACK
from saas_app.components.props import Handler, Node, Text, classes

Purpose = Literal["sign-in", "verify", "confirm"]


class PasskeyForm(rx.Component):
    """A form whose hidden field `credential` an authenticator fills."""

    library = "$/public/kit/passkey_form.jsx"
    tag = "PasskeyForm"

    action: rx.Var[str]
    purpose: rx.Var[str]
    autofills: rx.Var[bool]


class PasskeyMaker(rx.Component):
    """A form that makes a passkey."""

    library = "$/public/kit/passkey_maker.jsx"
    tag = "PasskeyMaker"

    on_made: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_stale: rx.EventHandler[rx.event.no_args_event_spec]


def passkey_form(
    *content: Node, action: Text, purpose: Purpose, autofills: bool = False, **attributes: Any
) -> rx.Component:
    """A native form that a passkey answers; a button of type submit belongs into it.

    Args:
        content: Hidden fields and the button.
        action: The API route that the browser posts to.
        purpose: What the passkey is asked for.
        autofills: Offer passkeys under the field with autocomplete "username webauthn" as well.
        attributes: Passed on to the form.
    """
    look = classes("flex flex-col gap-2", attributes.pop("class_name", ""))
    return PasskeyForm.create(
        *content, action=action, purpose=purpose, autofills=autofills, class_name=look, **attributes
    )


def passkey_maker(
    *content: Node, on_made: Handler, on_stale: Any, **attributes: Any
) -> rx.Component:
    """A form with a field `passkey_name` that makes a passkey and keeps it.

    Args:
        content: The field, and a button of type submit unless one outside names the form's id.
        on_made: Called with the passkey's name.
        on_stale: Called when the person must confirm first that it is them.
        attributes: `id` and others of <form>.
    """
    look = classes(STACK, attributes.pop("class_name", ""))
    form_id = attributes.pop("id", None)
    named: dict[str, Any] = {"custom_attrs": {"id": form_id}} if form_id else {}
    return PasskeyMaker.create(
        *content, on_made=on_made, on_stale=on_stale, class_name=look, **named, **attributes
    )
