"""Environment variables, by name: defined, given values that nobody reads back, deleted."""

from uuid import UUID

from pydantic import Field

from core.errors import NotFound
from saas_app import resources
from saas_app.api.v1.contract import Given, Operation, Page, PageQuery, Request, Shown
from saas_app.api.v1.paging import page_of
from saas_app.services import variables
from saas_app.services.variables import VariableView


class VariableShown(Shown):
    """A variable: whether it has a value, never which."""

    name: str
    description: str
    is_required: bool
    is_secret: bool
    default: str = Field(description="Of a plain variable; empty where there is none.")
    choices: list[str]
    is_set: bool = Field(description="Whether it has a value of its own.")
    is_missing: bool = Field(description="Whether calls that need it fail.")
    used_by: list[str] = Field(description="Tools of the draft.")


class VariableGiven(Given):
    """A variable to be defined; its value can be set at once."""

    name: str
    description: str = ""
    is_required: bool = True
    is_secret: bool = True
    default: str | None = None
    choices: list[str] = Field(default=[], max_length=100)
    value: str | None = None


class ValueGiven(Given):
    """A value; it is sealed and never shown again."""

    value: str


async def list_variables(asked: Request) -> Page[VariableShown]:
    """List variables by name."""
    return page_of(
        await variables.list_variables(asked.session, asked.actor, asked.server_id),
        _shown,
        asked.query,
        place=lambda variable: (variable.name,),
        like=("",),
    )


async def add_variable(asked: Request) -> VariableShown:
    """Define a variable."""
    definition = asked.body.model_dump(exclude={"value"})
    added = await variables.add_variable(
        asked.session, asked.actor, asked.server_id, definition=definition, now=asked.now
    )
    if asked.body.value is not None:
        await asked.session.flush()  # the value goes into the row
        added = await _set(asked, added.id, asked.body.value)
    return _shown(added)


async def set_value(asked: Request) -> VariableShown:
    """Give a variable a value."""
    return _shown(await _set(asked, await _id_of(asked), asked.body.value))


async def clear_value(asked: Request) -> None:
    """Forget the value of a variable."""
    place = (asked.server_id, await _id_of(asked))
    await variables.clear_value(asked.session, asked.actor, place, now=asked.now)


async def delete_variable(asked: Request) -> None:
    """Delete a variable with its value."""
    place = (asked.server_id, await _id_of(asked))
    await variables.delete_variable(asked.session, asked.actor, place, now=asked.now)


async def _set(asked: Request, variable_id: UUID, value: str) -> VariableView:
    return await variables.set_value(
        asked.session,
        asked.actor,
        (asked.server_id, variable_id),
        value=value,
        sealer=resources.get().sealer,
        now=asked.now,
    )


async def _id_of(asked: Request) -> UUID:
    name = asked.path["variable_name"]
    for variable in await variables.list_variables(asked.session, asked.actor, asked.server_id):
        if variable.name == name:
            return variable.id
    raise NotFound("This server has no variable of that name.")


def _shown(variable: VariableView) -> VariableShown:
    return VariableShown(
        name=variable.name,
        description=variable.description,
        is_required=variable.is_required,
        is_secret=variable.is_secret,
        default=variable.default,
        choices=list(variable.choices),
        is_set=variable.is_set,
        is_missing=variable.is_missing,
        used_by=list(variable.used_by),
    )


VARIABLES = "/servers/{server_id}/variables"
VARIABLE = f"{VARIABLES}/{{variable_name}}"
TAG = "Environment variables"
OPERATIONS = (
    Operation(
        "list_variables", "GET", VARIABLES, "servers:read", "Variables, by name",
        list_variables, Page[VariableShown], query=PageQuery, tag=TAG,
        description="Definitions, and whether there is a value. No operation shows a value.",
    ),
    Operation(
        "add_variable", "POST", VARIABLES, "variables:write", "Define a variable",
        add_variable, VariableShown, status=201, body=VariableGiven, tag=TAG,
    ),
    Operation(
        "set_value", "PUT", f"{VARIABLE}/value", "variables:write", "Set a value",
        set_value, VariableShown, body=ValueGiven, tag=TAG,
        description="Clients' next calls use it; no version needs to be published.",
    ),
    Operation(
        "clear_value", "DELETE", f"{VARIABLE}/value", "variables:write", "Forget a value",
        clear_value, None, status=204, tag=TAG,
    ),
    Operation(
        "delete_variable", "DELETE", VARIABLE, "variables:write", "Delete a variable",
        delete_variable, None, status=204, tag=TAG,
    ),
)  # fmt: skip
