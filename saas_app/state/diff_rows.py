"""A difference between two versions, made ready to show."""

from dataclasses import dataclass, field

from saas_app.services.diff import FieldChange, SpecDiff

LONGEST = 240


@dataclass(frozen=True)
class ChangeRow:
    """One difference; `reason` says why it breaks clients, or is empty."""

    what: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class DiffGroup:
    """A tool, the server or the variables; `kind` is added, removed, changed or other."""

    kind: str
    title: str
    is_breaking: bool
    changes: list[ChangeRow] = field(default_factory=list)


def groups_of(diff: SpecDiff) -> list[DiffGroup]:
    """Return the groups in the order of what matters: breaking ones first."""
    removed = [DiffGroup("removed", name, is_breaking=True) for name in diff.removed]
    changed = [
        DiffGroup("changed", tool.name, tool.is_breaking, _rows(tool.changes))
        for tool in diff.changed
    ]
    changed.sort(key=lambda group: not group.is_breaking)
    added = [DiffGroup("added", name, is_breaking=False) for name in diff.added]
    return [*removed, *changed, *added, *_others(diff)]


def summary_of(diff: SpecDiff) -> str:
    """Return the difference in one line."""
    if diff.is_empty:
        return "No difference."
    parts = (
        (len(diff.added), "added"),
        (len(diff.changed), "changed"),
        (len(diff.removed), "removed"),
    )
    tools = [f"{count:,} {word}" for count, word in parts if count]
    words = [f"Tools: {', '.join(tools)}"] if tools else []
    if diff.variables:
        words.append(f"variables: {len(diff.variables)} changed")
    if diff.server:
        words.append("the server itself changed")
    text = "; ".join(words)
    return text[0].upper() + text[1:] + "."


def _others(diff: SpecDiff) -> list[DiffGroup]:
    groups = []
    if diff.server:
        groups.append(DiffGroup("other", "Server", is_breaking=False, changes=_rows(diff.server)))
    if diff.variables:
        groups.append(
            DiffGroup("other", "Variables", is_breaking=False, changes=_rows(diff.variables))
        )
    return groups


def _rows(changes: tuple[FieldChange, ...]) -> list[ChangeRow]:
    return [
        ChangeRow(change.what, _short(change.before), _short(change.after), change.reason)
        for change in changes
    ]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
