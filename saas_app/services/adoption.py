"""Puts picked tools of a source into a draft, with the variables that they need.

A variable of the same name is shared only by tools of the same host: otherwise the key of one
service would be sent to another. Nothing that is there already is overwritten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of, variables_of
from core.crypto import Sealer
from core.generation import announce_change
from core.http_request import VARIABLE_REFERENCE, HttpRequest
from core.models import EnvironmentVariable, Server
from core.tool_spec import HttpTool, Variable
from saas_app.services.intake.names import MAX_LENGTH, tool_name
from saas_app.services.tools.rows import Draft, new_row, room_for
from saas_app.services.tools.views import tool_of
from saas_app.services.variables import has_room

NO_HOST = frozenset({""})


@dataclass(frozen=True, slots=True)
class Adopted:
    """Picked tools with the definitions and values of the variables that they mention."""

    tools: list[HttpTool]
    variables: list[Variable]
    values: Mapping[str, str]


async def adopt(
    session: AsyncSession, server: Server, picked: Adopted, *, sealer: Sealer, now: datetime
) -> list[str]:
    """Write tools and variables into the draft, and return the names that the tools got.

    Raises:
        TooManyTools: the server has no room for them.
    """
    position = await room_for(session, server, more=len(picked.tools))
    renamed = await _variable_names(session, server, picked)
    await _write_variables(session, server, picked, renamed, (sealer, now))
    names = {row.name for row in await variables_of(session, server)}
    draft = Draft(server, names)
    taken = {row.name.lower() for row in await draft_tools_of(session, server)}
    given = []
    for number, tool in enumerate(picked.tools):
        name = tool_name(tool.name, taken)
        request = _with_variables(tool.request, renamed)
        own = tool.model_copy(update={"name": name, "request": request})
        await new_row(session, draft, own, now=now, position=position + number)
        given.append(name)
    await announce_change(session, server)
    return given


async def _variable_names(session: AsyncSession, server: Server, picked: Adopted) -> dict[str, str]:
    """Return under which name each needed variable goes into the draft."""
    rows = await variables_of(session, server)
    there = {row.name: Variable.model_validate(row.definition) for row in rows}
    drafted = [tool_of(row) for row in await draft_tools_of(session, server)]
    # Where a Python tool sends a value cannot be known, so it speaks for no host.
    present = [tool for tool in drafted if isinstance(tool, HttpTool)]
    coming = {one.name: one for one in picked.variables}
    names: dict[str, str] = {}
    for name in sorted({name for tool in picked.tools for name in tool.request.variables()}):
        mine = _hosts(picked.tools, name, coming)
        theirs = _hosts(present, name, there)
        shares = name not in there or (mine <= theirs and mine != NO_HOST)
        names[name] = name if shares else _free(name, {*there, *coming, *names.values()})
    return names


def _hosts(
    tools: Iterable[HttpTool], name: str, variables: Mapping[str, Variable]
) -> frozenset[str]:
    """Return where the tools that mention a variable send it."""
    bases = [tool.request.base for tool in tools if name in tool.request.variables()]
    urls = []
    for base in bases:
        held = variables.get(base.variable or "")
        urls.append(base.url or (held.default if held is not None else "") or "")
    return frozenset(urlsplit(url).netloc.lower() for url in urls)


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while (candidate := f"{name[: MAX_LENGTH - 4]}_{number}") in taken:
        number += 1
    return candidate


async def _write_variables(
    session: AsyncSession,
    server: Server,
    picked: Adopted,
    renamed: Mapping[str, str],
    sealing: tuple[Sealer, datetime],
) -> None:
    sealer, now = sealing
    rows = {row.name: row for row in await variables_of(session, server)}
    position = len(rows)
    for variable in picked.variables:
        name = renamed.get(variable.name)
        if name is None:
            continue
        row = rows.get(name)
        if row is None:
            row = _variable_row(server, variable.model_copy(update={"name": name}), now)
            row.position, position = position, position + 1
            session.add(row)
            rows[name] = row
        value = picked.values.get(variable.name)
        if value and row.sealed_value is None and has_room(rows.values(), value):
            row.sealed_value = sealer.seal(value.encode(), bound_to=row.seal_binding)
    await session.flush()  # so that the tools are checked against them


def _variable_row(server: Server, variable: Variable, now: datetime) -> EnvironmentVariable:
    return EnvironmentVariable(
        server_id=server.id,
        name=variable.name,
        definition=variable.model_dump(mode="json"),
        created_at=now,
        updated_at=now,
    )


def _with_variables(request: HttpRequest, renamed: Mapping[str, str]) -> HttpRequest:
    """Return the request with its variables under their new names."""
    if all(renamed.get(name, name) == name for name in request.variables()):
        return request
    text = VARIABLE_REFERENCE.sub(
        lambda found: f"{{{{{renamed.get(found[1], found[1])}}}}}", request.model_dump_json()
    )
    changed = HttpRequest.model_validate_json(text)
    variable = request.base.variable
    if variable is None:
        return changed
    base = changed.base.model_copy(update={"variable": renamed.get(variable, variable)})
    return changed.model_copy(update={"base": base})
