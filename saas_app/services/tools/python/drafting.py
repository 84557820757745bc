"""Python tools come into a draft: written anew, or made of a request."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import variables_of
from core.audit import record_act
from core.errors import Invalid
from core.permissions import Actor
from core.tool_spec import PythonSettings, PythonTool, Variable
from saas_app.services.intake.names import tool_name
from saas_app.services.tools.editing import ToolEdit
from saas_app.services.tools.python.conversion.as_python import python_of
from saas_app.services.tools.python.hosts import hosts_in, is_listed
from saas_app.services.tools.python.settings import allow_host
from saas_app.services.tools.python.signatures import function_name, with_parameters
from saas_app.services.tools.rows import (
    draft_for,
    locked_tool,
    names_of,
    new_row,
    room_for,
    write_tool,
)
from saas_app.services.tools.views import ToolView, tool_of, view_of

FIRST_CODE = '''async def {function}(name: str) -> dict:
    """Say here what the tool does; a model reads the tool's own description."""
    return {{"greeting": f"Hello {{name}}."}}
'''
FIRST_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


async def add_python_tool(
    session: AsyncSession, actor: Actor, server_id: UUID, *, name: str, now: datetime
) -> ToolView:
    """Add a Python tool that works, to be written on.

    Raises:
        Invalid: it has no name; the field is `name`.
        TooManyTools: the server is full.
    """
    draft = await draft_for(session, actor, server_id)
    if not name.strip():
        raise Invalid("Give the tool a name.", field="name")
    position = await room_for(session, draft.server)
    free = tool_name(name.strip(), await names_of(session, draft.server))
    function = function_name(free)
    tool = PythonTool(
        name=free,
        function=function,
        source=FIRST_CODE.format(function=function),
        input_schema=FIRST_SCHEMA,
    )
    row = await new_row(session, draft, tool, now=now, position=position)
    record_act(session, actor, "tools.added", subject=server_id, now=now, names=[free])
    return view_of(row, draft.variables)


async def convert_tool(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    seen: str | None = None,
    now: datetime,
) -> ToolEdit:
    """Turn a request into the Python that makes it, and let that reach the same host.

    Raises:
        Invalid: it is Python already, or has a part for which no code is written.
        ChangedMeanwhile: somebody else changed the tool since.
    """
    draft = await draft_for(session, actor, server_id)
    row = await locked_tool(session, draft, tool_id, seen=seen)
    was, before = tool_of(row), row.spec
    if isinstance(was, PythonTool):
        raise Invalid("This tool is Python already.")
    variables = [
        Variable.model_validate(one.definition) for one in await variables_of(session, draft.server)
    ]
    tool = python_of(was, optional={one.name for one in variables if not one.is_required})
    write_tool(draft, row, tool, now=now)
    record_act(session, actor, "tool.converted", subject=server_id, now=now, tool=tool.name)
    listed = PythonSettings.model_validate(draft.server.python_settings).hosts
    for host in hosts_in([was.request.base.url]):
        if not is_listed(host, listed):
            await allow_host(session, actor, server_id, host=host, now=now)
    return ToolEdit(view_of(row, draft.variables), before)


async def write_signature(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    tool_id: UUID,
    *,
    seen: str | None = None,
    now: datetime,
) -> ToolEdit:
    """Give a tool's function the parameters that its input schema asks for.

    Raises:
        Invalid: it is no Python tool, or its code has no such function.
        ChangedMeanwhile: somebody else changed the tool since.
    """
    draft = await draft_for(session, actor, server_id)
    row = await locked_tool(session, draft, tool_id, seen=seen)
    was, before = tool_of(row), row.spec
    if not isinstance(was, PythonTool):
        raise Invalid("Only a Python tool has a signature.")
    tool = was.model_copy(update={"source": with_parameters(was)})
    write_tool(draft, row, tool, now=now)
    record_act(session, actor, "tool.code_edited", subject=server_id, now=now, tool=tool.name)
    return ToolEdit(view_of(row, draft.variables), before)
