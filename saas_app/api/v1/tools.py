"""Tools of a server's draft, by name: listed, read, written whole, switched, deleted."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Discriminator, Field, RootModel, Tag

from core.clock import now_utc
from core.errors import Invalid, UpstreamUnavailable
from core.ids import as_uuid
from core.models import Evidence
from core.tool_spec import HttpTool, PythonTool, Tool
from saas_app import resources
from saas_app.api.v1.contract import (
    KILOBYTE,
    Given,
    Operation,
    Page,
    PageQuery,
    Preparation,
    Request,
    Shown,
)
from saas_app.api.v1.paging import cut, read_cursor
from saas_app.api.v1.reading import InvalidFields
from saas_app.services.tools import delete_tools, enable_tools
from saas_app.services.tools.named import (
    NamedTool,
    id_of_tool,
    put_tool,
    tool_named,
    tools_behind,
)
from saas_app.services.tools.python.looking import Seen, look_at, start_look_at_new
from saas_app.services.tools.views import ToolCard


class ToolItem(Shown):
    """A tool in a list."""

    id: UUID
    kind: Literal["http", "python"]
    name: str
    title: str
    description: str
    method: str = Field(description="The method of its request; empty for Python.")
    address: str = Field(description="The path of its request, or the name of its function.")
    tags: list[str]
    is_enabled: bool = Field(description="Whether the next version has it.")
    evidence: Evidence
    argument_count: int
    problems: list[str] = Field(description="What is wrong with it, in sentences.")


class ToolShown(ToolItem):
    """A tool, whole."""

    spec: Tool = Field(description="What `PUT` takes.")
    updated_at: datetime


def _kind_of(given: Any) -> Any:
    kind = given.get("kind", "http") if isinstance(given, dict) else getattr(given, "kind", None)
    return kind if isinstance(kind, str) else None


class ToolGiven(
    RootModel[
        Annotated[
            Annotated[HttpTool, Tag("http")] | Annotated[PythonTool, Tag("python")],
            Discriminator(
                _kind_of,
                custom_error_type="kind",
                custom_error_message="The kind of a tool is http or python.",
            ),
        ]
    ]
):
    """A whole tool; one that does not say its kind is a request."""


class ToolSwitch(Given):
    """Whether the next version has the tool."""

    is_enabled: bool


async def list_tools(asked: Request) -> Page[ToolItem]:
    """List tools by name."""
    cursor = asked.query.cursor
    (last,) = read_cursor(cursor, like=("",)) if cursor else ("",)
    found = await tools_behind(
        asked.session, asked.actor, asked.server_id, name=str(last), limit=asked.query.limit + 1
    )
    return cut(found, _item, asked.query, place=lambda card: (card.name,))


async def read_tool(asked: Request) -> ToolShown:
    """Show a tool."""
    tool = await tool_named(asked.session, asked.actor, asked.server_id, asked.path["tool_name"])
    return _shown(tool)


async def prepare_tool(asked: Preparation) -> Seen | None:
    """Have Python code looked at before it is written; None where nobody can, or nothing is code.

    Raises:
        InvalidFields: something keeps the code from working; each with its line.
    """
    tool: Tool = asked.body.root
    if not isinstance(tool, PythonTool):
        return None
    parts, server_id, now = resources.get(), as_uuid(asked.path["server_id"]), now_utc()
    async with parts.database.read() as session:
        look = await start_look_at_new(
            session, asked.actor, server_id, tool, sealer=parts.sealer, now=now
        )
    try:
        seen = await look_at(parts.settings, look)
    except UpstreamUnavailable:
        return None
    if seen.errors:
        raise InvalidFields([{"field": "source", "message": str(one)} for one in seen.errors])
    return seen


async def write_tool(asked: Request) -> ToolShown:
    """Write a whole tool."""
    tool: Tool = asked.body.root
    if tool.name != asked.path["tool_name"]:
        raise Invalid("The name in the body is the one in the address.", field="name")
    return _shown(
        await put_tool(
            asked.session,
            asked.actor,
            asked.server_id,
            tool,
            now=asked.now,
            seen=asked.prepared,
        )
    )


async def switch_tool(asked: Request) -> ToolShown:
    """Switch a tool on or off."""
    name = asked.path["tool_name"]
    tool_id = await id_of_tool(asked.session, asked.actor, asked.server_id, name)
    await enable_tools(
        asked.session,
        asked.actor,
        asked.server_id,
        [tool_id],
        is_enabled=asked.body.is_enabled,
        now=asked.now,
    )
    return _shown(await tool_named(asked.session, asked.actor, asked.server_id, name))


async def delete_tool(asked: Request) -> None:
    """Delete a tool of the draft; versions keep theirs."""
    name = asked.path["tool_name"]
    tool_id = await id_of_tool(asked.session, asked.actor, asked.server_id, name)
    await delete_tools(asked.session, asked.actor, asked.server_id, [tool_id], now=asked.now)


def _item(card: ToolCard) -> ToolItem:
    return ToolItem(**_fields(card))


def _shown(tool: NamedTool) -> ToolShown:
    return ToolShown(**_fields(tool.card), spec=tool.spec, updated_at=tool.updated_at)


def _fields(card: ToolCard) -> dict[str, Any]:
    named = {name: getattr(card, name) for name in ToolItem.model_fields}
    return named | {"tags": list(card.tags)}


TOOLS = "/servers/{server_id}/tools"
TOOL = f"{TOOLS}/{{tool_name}}"
TAG = "Tools"
OPERATIONS = (
    Operation(
        "list_tools", "GET", TOOLS, "servers:read", "Tools of the draft, by name",
        list_tools, Page[ToolItem], query=PageQuery, tag=TAG,
    ),
    Operation(
        "read_tool", "GET", TOOL, "servers:read", "One tool of the draft",
        read_tool, ToolShown, tag=TAG,
    ),
    Operation(
        "write_tool", "PUT", TOOL, "servers:write", "Write a whole tool",
        write_tool, ToolShown, body=ToolGiven, largest_bytes=1024 * KILOBYTE, tag=TAG,
        prepare=prepare_tool,
        description="In the place of the tool of that name, or as a new one behind the others."
        " Python is looked at first, without running it: what keeps it from working is refused on"
        " `source`, each with its line. Where no sandbox answers, its evidence is `unchecked`.",
    ),
    Operation(
        "switch_tool", "PATCH", TOOL, "servers:write", "Switch a tool on or off",
        switch_tool, ToolShown, body=ToolSwitch, tag=TAG,
    ),
    Operation(
        "delete_tool", "DELETE", TOOL, "servers:write", "Delete a tool of the draft",
        delete_tool, None, status=204, tag=TAG,
    ),
)  # fmt: skip
