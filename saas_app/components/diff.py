"""What changed between two texts."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, TypedDict

import reflex as rx

from saas_app.components.props import Text, each


class DiffLine(TypedDict):
    """One line; `kind` is "same", "added", "removed" or "skipped", an absent number is empty."""

    kind: str
    old: str
    new: str
    text: str


def diff_lines(before: str, after: str, *, context: int = 3) -> list[DiffLine]:
    """Compare two texts line by line, keeping a few unchanged lines around each change."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    lines: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(context):
        if group[0][1] > 0:
            lines.append(DiffLine(kind="skipped", old="", new="", text="…"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                pairs = zip(range(old_from, old_to), range(new_from, new_to), strict=True)
                lines += [
                    DiffLine(kind="same", old=str(i + 1), new=str(j + 1), text=old[i])
                    for i, j in pairs
                ]
                continue
            lines += [
                DiffLine(kind="removed", old=str(i + 1), new="", text=old[i])
                for i in range(old_from, old_to)
            ]
            lines += [
                DiffLine(kind="added", old="", new=str(j + 1), text=new[j])
                for j in range(new_from, new_to)
            ]
    return lines


def diff_view(lines: rx.Var[Any] | Sequence[DiffLine], *, label: Text) -> rx.Component:
    """Draw the lines of `diff_lines`; colour, sign and words all say what a line is."""
    return rx.el.div(
        rx.el.table(
            rx.el.caption(label, class_name="sr-only"),
            rx.el.tbody(each(lines, _line)),
            class_name="w-full border-collapse font-mono text-[0.8125rem] leading-5",
        ),
        tab_index=0,
        role="region",
        aria_label=label,
        class_name="overflow-x-auto rounded-lg border border-line bg-surface py-1",
    )


def _line(line: Any) -> rx.Component:
    number = "w-10 px-2 text-right text-xs text-ink-faint select-none align-top tabular-nums"
    return rx.el.tr(
        rx.el.td(line["old"], class_name=number),
        rx.el.td(line["new"], class_name=number),
        rx.el.td(
            rx.match(
                line["kind"],
                ("added", _sign("+", "added")),
                ("removed", _sign("-", "removed")),
                rx.fragment(),
            ),
            class_name="w-5 text-center text-ink-soft select-none align-top",
        ),
        rx.el.td(line["text"], class_name="pr-4 whitespace-pre-wrap wrap-anywhere text-ink"),
        class_name=rx.match(
            line["kind"],
            ("added", "bg-proven-wash"),
            ("removed", "bg-broken-wash"),
            ("skipped", "bg-sunken"),
            "",
        ),
    )


def _sign(mark: str, word: str) -> rx.Component:
    return rx.fragment(rx.el.span(mark, aria_hidden="true"), rx.el.span(word, class_name="sr-only"))
