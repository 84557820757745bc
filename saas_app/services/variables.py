"""Environment variables of a server: defined, given values that nobody reads back, deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of, row_for, server_for, variables_of
from core.audit import record_act
from core.crypto import Sealer
from core.errors import Conflict, Invalid
from core.generation import announce_change
from core.models import EnvironmentVariable, Server
from core.permissions import Actor, Permission
from core.tool_spec import Variable
from saas_app.services.tools.checks import evidence_after
from saas_app.services.tools.fields import first_problem
from saas_app.services.tools.views import tool_of

MAX_VARIABLES = 200
MAX_VALUE_BYTES = 32_000
# Of all values of a server: the runtime looks for each of them in whatever its tools answer.
MAX_VALUES_BYTES = 256_000
MAX_DESCRIPTION = 500
DEFINED = frozenset({"name", "description", "is_required", "is_secret", "default", "choices"})


class TooManyVariables(Conflict):
    """The server is full."""

    code = "too_many_variables"


@dataclass(frozen=True, slots=True)
class VariableView:
    """A variable as everybody sees it: whether it has a value, never which."""

    id: UUID
    name: str
    description: str
    is_required: bool
    is_secret: bool
    default: str
    choices: tuple[str, ...]
    is_set: bool
    used_by: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        """Whether calls that need it fail until somebody gives it a value."""
        return self.is_required and not self.is_set and not self.default


async def list_variables(
    session: AsyncSession, actor: Actor, server_id: UUID
) -> list[VariableView]:
    """Return the server's variables with the draft tools that use them."""
    server = await server_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    users = await _users_of(session, server)
    return [_view(row, users) for row in await variables_of(session, server)]


async def add_variable(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    *,
    definition: Mapping[str, Any],
    now: datetime,
) -> VariableView:
    """Define a variable; it has no value yet.

    Raises:
        Invalid: the definition is none, or the name is taken; its field is told.
        TooManyVariables: the server is full.
    """
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    rows = await variables_of(session, server)
    if len(rows) >= MAX_VARIABLES:
        raise TooManyVariables(f"A server has at most {MAX_VARIABLES} variables.")
    variable = _defined(definition)
    _refuse_taken(variable.name, rows)
    row = EnvironmentVariable(
        server_id=server.id,
        name=variable.name,
        definition=variable.model_dump(mode="json"),
        position=rows[-1].position + 1 if rows else 0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    record_act(session, actor, "variable.added", subject=server.id, now=now, name=row.name)
    await _names_changed(session, server, now)
    return _view(row, await _users_of(session, server))


async def edit_variable(
    session: AsyncSession,
    actor: Actor,
    variable: tuple[UUID, UUID],
    *,
    changes: Mapping[str, Any],
    now: datetime,
) -> VariableView:
    """Change the definition of a variable, given as its server's id and its own.

    A secret that becomes plain loses its value: what was entered as a secret is never shown.

    Raises:
        Invalid: the definition would be none, or the name is taken or in use; its field is told.
    """
    server, row = await _locked(session, actor, variable)
    before = Variable.model_validate(row.definition)
    after = _defined(row.definition | dict(changes))
    users = await _users_of(session, server)
    if after.name != row.name:
        _refuse_taken(after.name, await variables_of(session, server))
        _refuse_used(row.name, users)
    if before.is_secret and not after.is_secret:
        row.sealed_value = None
    row.name, row.definition = after.name, after.model_dump(mode="json")
    row.updated_at = now
    record_act(
        session, actor, "variable.edited", subject=server.id, now=now, name=row.name,
        before=_for_record(before), after=_for_record(after),
    )  # fmt: skip
    await _names_changed(session, server, now)
    return _view(row, users)


async def set_value(
    session: AsyncSession,
    actor: Actor,
    variable: tuple[UUID, UUID],
    *,
    value: str,
    sealer: Sealer,
    now: datetime,
) -> VariableView:
    """Seal a value into a variable, given as its server's id and its own; it is not read back.

    Raises:
        Invalid: the value is empty, too long, none of the variable's choices, or there is no room
            for it.
    """
    server, row = await _locked(session, actor, variable)
    _refuse_value(value, Variable.model_validate(row.definition))
    others = [one for one in await variables_of(session, server) if one.id != row.id]
    if not has_room(others, value):
        raise Invalid(
            f"The values of a server have at most {MAX_VALUES_BYTES:,} bytes together.",
            field="value",
        )
    row.sealed_value = sealer.seal(value.encode(), bound_to=row.seal_binding)
    row.updated_at = now
    record_act(session, actor, "variable.value_set", subject=server.id, now=now, name=row.name)
    await announce_change(session, server)  # a value is no part of a version
    return _view(row, await _users_of(session, server))


async def clear_value(
    session: AsyncSession, actor: Actor, variable: tuple[UUID, UUID], *, now: datetime
) -> VariableView:
    """Forget the value of a variable, given as its server's id and its own."""
    server, row = await _locked(session, actor, variable)
    row.sealed_value, row.updated_at = None, now
    record_act(session, actor, "variable.value_cleared", subject=server.id, now=now, name=row.name)
    await announce_change(session, server)
    return _view(row, await _users_of(session, server))


async def delete_variable(
    session: AsyncSession, actor: Actor, variable: tuple[UUID, UUID], *, now: datetime
) -> VariableView:
    """Delete a variable and return it; `restore_variable` brings back all but its value."""
    server, row = await _locked(session, actor, variable)
    deleted = _view(row, await _users_of(session, server))
    await session.delete(row)
    record_act(session, actor, "variable.deleted", subject=server.id, now=now, name=row.name)
    await _names_changed(session, server, now)
    return deleted


async def restore_variable(
    session: AsyncSession, actor: Actor, server_id: UUID, deleted: VariableView, *, now: datetime
) -> VariableView:
    """Define a deleted variable again; its value is gone and has to be entered anew."""
    definition = {
        "name": deleted.name,
        "description": deleted.description,
        "is_required": deleted.is_required,
        "is_secret": deleted.is_secret,
        "default": deleted.default,
        "choices": deleted.choices,
    }
    return await add_variable(session, actor, server_id, definition=definition, now=now)


def has_room(others: Iterable[EnvironmentVariable], value: str) -> bool:
    """Whether a value may be kept besides those of a server's other variables."""
    size, kept = len(value.encode()), sum(len(one.sealed_value or b"") for one in others)
    return size <= MAX_VALUE_BYTES and kept + size <= MAX_VALUES_BYTES


def _for_record(variable: Variable) -> dict[str, Any]:
    """Return what of a definition matters to security; never the default, which may be anything."""
    return {
        "name": variable.name,
        "is_secret": variable.is_secret,
        "is_required": variable.is_required,
    }


def _defined(definition: Mapping[str, Any]) -> Variable:
    """Read a definition; a secret's default and choices are dropped rather than kept readable."""
    given = {key: value for key, value in definition.items() if key in DEFINED}
    given["name"] = str(given.get("name", "")).strip()
    given["description"] = str(given.get("description") or "").strip()
    if len(given["description"]) > MAX_DESCRIPTION:
        raise Invalid(f"At most {MAX_DESCRIPTION} characters fit here.", field="description")
    if given.get("is_secret", True):
        given |= {"default": None, "choices": ()}
    given["default"] = given.get("default") or None
    try:
        variable = Variable.model_validate(given)
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else "name"
        raise Invalid(first_problem(error), field=where) from error
    if variable.choices and variable.default and variable.default not in variable.choices:
        raise Invalid("The default is one of the choices.", field="default")
    return variable


def _refuse_value(value: str, variable: Variable) -> None:
    if not value:
        raise Invalid("Enter a value, or clear the variable.", field="value")
    if len(value.encode()) > MAX_VALUE_BYTES:
        raise Invalid(f"A value has at most {MAX_VALUE_BYTES:,} bytes.", field="value")
    if variable.choices and value not in variable.choices:
        raise Invalid(f"Choose one of: {', '.join(variable.choices)}.", field="value")


def _refuse_taken(name: str, rows: Any) -> None:
    if any(row.name == name for row in rows):
        raise Invalid(f"This server already has a variable {name}.", field="name")


def _refuse_used(name: str, users: Mapping[str, list[str]]) -> None:
    if users.get(name):
        raise Invalid(
            f"{', '.join(users[name][:3])} use {name}: change them first, or add a new variable.",
            field="name",
        )


async def _locked(
    session: AsyncSession, actor: Actor, variable: tuple[UUID, UUID]
) -> tuple[Server, EnvironmentVariable]:
    server_id, variable_id = variable
    server = await server_for(session, actor, server_id, to=Permission.SERVER_EDIT)
    row = await row_for(session, server, EnvironmentVariable, variable_id)
    await session.refresh(row, with_for_update=True)
    return server, row


async def _changed(session: AsyncSession, server: Server, now: datetime) -> None:
    """Note that the draft moved on, and let the runtime know."""
    server.updated_at = max(server.updated_at, now)
    await announce_change(session, server)


async def _names_changed(session: AsyncSession, server: Server, now: datetime) -> None:
    """Check the tools against the names that there are now."""
    await session.flush()  # so that the names are read as they are now
    names = {row.name for row in await variables_of(session, server)}
    for row in await draft_tools_of(session, server):
        row.evidence = evidence_after(tool_of(row), names, before=row.evidence)
    await _changed(session, server, now)


async def _users_of(session: AsyncSession, server: Server) -> dict[str, list[str]]:
    """Return which tools use a variable, by its name."""
    users: dict[str, list[str]] = {}
    for row in await draft_tools_of(session, server):
        for name in tool_of(row).variables():
            users.setdefault(name, []).append(row.name)
    return users


def _view(row: EnvironmentVariable, users: Mapping[str, list[str]]) -> VariableView:
    variable = Variable.model_validate(row.definition)
    return VariableView(
        id=row.id,
        name=row.name,
        description=variable.description,
        is_required=variable.is_required,
        is_secret=variable.is_secret,
        default=variable.default or "",
        choices=variable.choices,
        is_set=row.sealed_value is not None,
        used_by=tuple(users.get(row.name, ())),
    )
