"""What a draft tool looks like to the one who edits it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from core.http_request import ValueCredential
from core.models import DraftTool, Evidence
from core.tool_spec import Annotations, HttpTool, PythonTool, Tool, read_tool
from saas_app.services.tools.addresses import address_text
from saas_app.services.tools.arguments import ArgumentRow, rows_of
from saas_app.services.tools.checks import problems_of


@dataclass(frozen=True, slots=True)
class ToolCard:
    """A tool in a list.

    Args:
        kind: http or python.
        method: of its request; empty for Python.
        address: the path of its request, or the name of its function.
    """

    id: UUID
    kind: str
    name: str
    title: str
    description: str
    method: str
    address: str
    tags: tuple[str, ...]
    is_enabled: bool
    evidence: Evidence
    argument_count: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class ToolView:
    """A tool with all that can be changed of it; texts are as they are typed in.

    `stamp` names this state of the tool: an editor hands it back with the next change. What belongs
    to the other kind of tool is empty.
    """

    card: ToolCard
    timeout_seconds: float
    annotations: Annotations
    arguments: list[ArgumentRow]
    schema_text: str
    stamp: str
    url: str = ""
    headers: str = ""
    select: str = ""
    max_bytes: int = 0
    signs_in_with: tuple[str, ...] = ()
    source: str = ""
    function: str = ""


def tool_of(row: DraftTool) -> Tool:
    """Return the tool that a row holds."""
    return read_tool(row.spec)


def card_of(row: DraftTool, variables: set[str]) -> ToolCard:
    """Return a tool for a list."""
    tool = tool_of(row)
    is_python = isinstance(tool, PythonTool)
    return ToolCard(
        id=row.id,
        kind=tool.kind,
        name=tool.name,
        title=tool.title,
        description=tool.description,
        method="" if is_python else tool.request.method,
        address=tool.function if is_python else tool.request.path or "/",
        tags=tool.tags,
        is_enabled=row.is_enabled,
        evidence=row.evidence,
        argument_count=len(tool.declared_arguments()),
        problems=problems_of(tool, variables),
    )


def view_of(row: DraftTool, variables: set[str]) -> ToolView:
    """Return a tool for its editor."""
    tool = tool_of(row)
    return ToolView(
        card=card_of(row, variables),
        timeout_seconds=tool.timeout_seconds,
        annotations=tool.annotations,
        arguments=rows_of(tool),
        schema_text=pretty(tool.input_schema),
        stamp=stamp_of(row),
        **_own_parts(tool),
    )


def stamp_of(row: DraftTool) -> str:
    """Return the name of a row's state."""
    return row.updated_at.isoformat()


def pretty(value: Any) -> str:
    """Return a value as indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _own_parts(tool: Tool) -> dict[str, Any]:
    """Return what only tools of this kind have."""
    if isinstance(tool, PythonTool):
        return {"source": tool.source, "function": tool.function}
    headers = [one for one in tool.request.fixed if one.location == "header"]
    return {
        "url": address_text(tool.request),
        "headers": "\n".join(f"{one.name}: {one.value}" for one in headers),
        "select": tool.response.select or "",
        "max_bytes": tool.response.max_bytes,
        "signs_in_with": _signs_in_with(tool),
    }


def _signs_in_with(tool: HttpTool) -> tuple[str, ...]:
    """Return the alternatives in words; their templates name variables, never values."""
    return tuple(
        " and ".join(
            f"{one.location} {one.name}: {one.value}"
            if isinstance(one, ValueCredential)
            else f"user name {one.username}, password {one.password}"
            for one in alternative
        )
        or "nothing"
        for alternative in tool.request.credentials
    )
