"""The arguments of a tool as rows of a form: what is typed stays, what follows from it is shown."""

from collections.abc import Sequence
from typing import Any, TypedDict

from saas_app.services.tools.arguments import CHOOSABLE, ArgumentRow

TEXTS = ("description", "default", "choices", "wire_name")
# After a change of these the other settings may be others, so nothing typed is kept.
RESETTING = frozenset({"kind", "location"})


class ArgumentFields(TypedDict):
    """An argument as the form draws it; `key` stays while its name is typed."""

    key: str
    name: str
    kind: str
    description: str
    is_required: bool
    default: str
    choices: str
    location: str
    wire_name: str
    can_choose: bool
    is_file: bool


def fresh_rows(arguments: Sequence[ArgumentRow]) -> list[ArgumentFields]:
    """Return rows of a tool that has just been loaded."""
    return [_row(one, key=one.name) for one in arguments]


def typed_rows(
    rows: Sequence[ArgumentFields], name: str, key: str, value: Any
) -> list[ArgumentFields]:
    """Return the rows with a text as it was typed; a name waits until it is accepted."""
    if key not in TEXTS:
        return list(rows)
    return [
        ArgumentFields(**{**row, key: str(value)}) if row["name"] == name else row for row in rows
    ]


def matched_rows(
    rows: Sequence[ArgumentFields], arguments: Sequence[ArgumentRow], *, changed: str
) -> list[ArgumentFields]:
    """Return the rows after one setting was saved: in the same order, with the same keys."""
    if len(rows) != len(arguments):
        return fresh_rows(arguments)
    matched = []
    for row, argument in zip(rows, arguments, strict=True):
        new = _row(argument, key=row["key"])
        kept = {} if changed in RESETTING else {text: row[text] for text in TEXTS}
        matched.append(ArgumentFields(**{**new, **kept}))
    return matched


def _row(argument: ArgumentRow, *, key: str) -> ArgumentFields:
    return ArgumentFields(
        key=key,
        name=argument.name,
        kind=argument.kind,
        description=argument.description,
        is_required=argument.is_required,
        default=argument.default,
        choices=argument.choices,
        location=argument.location,
        wire_name=argument.wire_name,
        can_choose=argument.kind in CHOOSABLE,
        is_file=argument.kind == "file",
    )
