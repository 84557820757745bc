"""Controls that choose: checkbox, switch, radio cards, segmented control."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from saas_app.components.link import anchor
from saas_app.components.props import Flag, Node, Text, as_truth, classes, is_given

BOX = "mt-0.5 size-4 shrink-0 accent-ember focus-visible:outline-offset-2"


@dataclass(frozen=True)
class Choice:
    """One of several: its value, its name, and what choosing it means."""

    value: str
    label: str
    help: str = ""


def checkbox(label: Node, *, id: str, help: Node = "", **attributes: Any) -> rx.Component:
    """A box to tick; `name`, `default_checked`, or `checked` with `on_change`."""
    return rx.el.label(
        rx.el.input(type="checkbox", id=id, class_name=BOX, **_described(id, help), **attributes),
        _words(label, help, id=id),
        html_for=id,
        class_name="flex gap-2.5 text-sm text-ink",
    )


def switch(label: Node, *, id: str, help: Node = "", **attributes: Any) -> rx.Component:
    """Something that is on or off at once, without a form; `checked` with `on_change`."""
    track = (
        "relative mt-0.5 h-5 w-9 shrink-0 appearance-none rounded-full bg-line-strong"
        " transition-colors"
        " duration-150 checked:bg-ember disabled:opacity-50 before:absolute before:left-0.5"
        " before:top-0.5"
        " before:size-4 before:rounded-full before:bg-surface before:shadow-sm"
        " before:transition-transform"
        " before:duration-150 checked:before:translate-x-4 forced-colors:appearance-auto"
    )
    return rx.el.label(
        _words(label, help, id=id),
        rx.el.input(
            type="checkbox",
            role="switch",
            id=id,
            class_name=track,
            **_described(id, help),
            **attributes,
        ),
        html_for=id,
        class_name="flex items-start justify-between gap-4 text-sm text-ink",
    )


def radio_cards(
    choices: Sequence[Choice],
    *,
    name: str,
    legend: Text,
    value: Text | None = None,
    **attributes: Any,
) -> rx.Component:
    """One choice of a few that each need a sentence.

    Args:
        choices: What can be chosen.
        name: The field's name in its form, and the start of the ids.
        legend: What is being chosen.
        value: The chosen value; with `on_change` when it is a var.
        attributes: Passed on to every <input>; `columns` (a class) arranges the cards.
    """
    columns = attributes.pop("columns", "grid-cols-1")
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="mb-1.5 text-sm font-medium text-ink"),
        rx.el.div(
            *[_radio_card(choice, name, value, attributes) for choice in choices],
            class_name=f"grid gap-2 {columns}",
        ),
    )


def segmented(
    options: Sequence[tuple[Node, Text, Flag]], *, label: Text, is_document: bool = False
) -> rx.Component:
    """A few views of one thing, each with its own address.

    Args:
        options: Label, address, and whether it is the one shown.
        label: What the group chooses.
        is_document: Whether the addresses load a document.
    """
    item = (
        "inline-flex h-7 items-center gap-1.5 rounded-sm px-2.5 text-sm no-underline text-ink-soft"
        " transition-colors duration-150 hover:text-ink aria-[current=true]:bg-surface"
        " aria-[current=true]:text-ink aria-[current=true]:shadow-sm"
    )
    return rx.el.nav(
        *[
            anchor(
                face,
                href=href,
                is_document=is_document,
                class_name=item,
                aria_current=as_truth(is_shown),
                **_in_place(is_document=is_document),
            )
            for face, href, is_shown in options
        ],
        aria_label=label,
        class_name="inline-flex gap-0.5 rounded-md bg-hover p-0.5",
    )


def _in_place(*, is_document: bool) -> dict[str, Any]:
    """Keep the page where it is: it shows another view of the same place.

    A dict for each link, since Reflex writes the link's other attributes into it.
    """
    return {} if is_document else {"custom_attrs": {"preventScrollReset": True}}


def _radio_card(
    choice: Choice, name: str, value: Text | None, attributes: dict[str, Any]
) -> rx.Component:
    id = f"{name}-{choice.value}"
    chosen: dict[str, Any] = {}
    if isinstance(value, rx.Var):
        chosen["checked"] = value == choice.value
    elif value is not None:
        chosen["default_checked"] = value == choice.value
    return rx.el.label(
        rx.el.input(
            type="radio",
            id=id,
            name=name,
            value=choice.value,
            class_name=BOX,
            **_described(id, choice.help),
            **chosen,
            **attributes,
        ),
        _words(choice.label, choice.help, id=id),
        html_for=id,
        class_name=classes(
            "flex gap-2.5 rounded-lg border border-line-strong/60 bg-surface p-3 text-sm text-ink",
            "transition-colors duration-150 hover:border-line-strong has-checked:border-ember",
            "has-checked:bg-ember-wash",
        ),
    )


def _words(label: Node, help: Node, *, id: str) -> rx.Component:
    more = (
        rx.el.span(help, id=f"{id}-help", class_name="text-ink-soft")
        if is_given(help)
        else rx.fragment()
    )
    return rx.el.span(
        rx.el.span(label, class_name="font-medium"),
        more,
        class_name="flex min-w-0 flex-col gap-0.5",
    )


def _described(id: str, help: Node) -> dict[str, str]:
    return {"aria_describedby": f"{id}-help"} if is_given(help) else {}
