"""How the Python tools of a server run: what they reach, in which processes, with which store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of
from core.audit import record_act
from core.errors import Invalid
from core.permissions import Actor, Permission
from core.tool_spec import PythonSettings, PythonTool
from saas_app.services.tools.python.hosts import hosts_in, is_listed, read_hosts, read_ports
from saas_app.services.tools.rows import draft_for
from saas_app.services.tools.views import tool_of

READERS = {"hosts": read_hosts, "ports": read_ports, "isolation": str, "store": str}


@dataclass(frozen=True, slots=True)
class PythonSettingsView:
    """A draft's settings, and what its code suggests.

    Args:
        has_python: whether the draft has a Python tool at all.
        suggested: hosts that the code names and the list does not cover.
    """

    settings: PythonSettings
    has_python: bool
    suggested: tuple[str, ...]


async def read_python_settings(
    session: AsyncSession, actor: Actor, server_id: UUID
) -> PythonSettingsView:
    """Return how the draft's Python tools run."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    settings = PythonSettings.model_validate(draft.server.python_settings)
    tools = [tool_of(row) for row in await draft_tools_of(session, draft.server)]
    sources = [tool.source for tool in tools if isinstance(tool, PythonTool)]
    named = [host for host in hosts_in(sources) if not is_listed(host, settings.hosts)]
    return PythonSettingsView(settings, bool(sources), tuple(named))


async def change_python_settings(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    changes: Mapping[str, Any],
    now: datetime,
) -> PythonSettings:
    """Change `hosts`, `ports`, `isolation` or `store`; clients see it with the next version.

    Raises:
        Invalid: one of them does not fit; its field is told.
    """
    draft = await draft_for(session, actor, server_id)
    before = PythonSettings.model_validate(draft.server.python_settings)
    given = {name: read(changes[name]) for name, read in READERS.items() if name in changes}
    try:
        settings = PythonSettings.model_validate({**before.model_dump(), **given})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise Invalid("Choose one of what is offered.", field=field) from error
    if settings == before:
        return settings
    draft.server.python_settings = settings.model_dump(mode="json")
    draft.touch(now)
    record_act(
        session,
        actor,
        "server.python_set",
        subject=server_id,
        now=now,
        before=before.model_dump(mode="json"),
        after=settings.model_dump(mode="json"),
    )
    return settings


async def allow_host(
    session: AsyncSession, actor: Actor, server_id: UUID, *, host: str, now: datetime
) -> PythonSettings:
    """Let the draft's Python tools reach one more host."""
    draft = await draft_for(session, actor, server_id)
    hosts = PythonSettings.model_validate(draft.server.python_settings).hosts
    listed = "\n".join([*hosts, host])
    return await change_python_settings(
        session, actor, server_id, changes={"hosts": listed}, now=now
    )
