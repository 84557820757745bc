"""The environment variables of a server: defined and given values that no page ever shows."""

from typing import Any, TypedDict
from uuid import UUID

import reflex as rx

from core.clock import now_utc
from core.errors import Invalid, NotFound
from core.ids import as_uuid
from saas_app import resources
from saas_app.services import variables
from saas_app.services.variables import VariableView
from saas_app.state.addresses import server_in
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import refresh_server


class VariableFields(TypedDict):
    """A variable as the page draws it; whether it has a value, never which."""

    id: str
    name: str
    description: str
    is_required: bool
    is_secret: bool
    default: str
    choices: str
    is_set: bool
    is_missing: bool
    used_by: str


BLANK = VariableFields(
    id="", name="", description="", is_required=True, is_secret=True, default="", choices="",
    is_set=False, is_missing=False, used_by="",
)  # fmt: skip


class VariablesState(AppState):
    """The variables, and the one that is being defined."""

    rows: list[VariableFields] = []
    editing: VariableFields = BLANK
    is_editing: bool = False
    is_ready: bool = False
    asking: str = ""

    _deleted: dict[str, tuple[str, VariableView]] = {}

    @rx.event
    @member
    async def load(self) -> None:
        """Show the variables of the server that the address names."""
        try:
            await self._show()
        except NotFound:
            self.rows, self.is_ready = [], True  # the server's frame says why

    @rx.event
    @member
    def open_new(self) -> None:
        """Ask for a new definition."""
        self._clear_problems()
        self.editing, self.is_editing = BLANK, True

    @rx.event
    @member
    def open_edit(self, variable_id: str) -> None:
        """Ask for changes of a definition."""
        self._clear_problems()
        self.editing, self.is_editing = self._row(variable_id), True

    @rx.event
    @member
    def close_edit(self) -> None:
        """Leave the definition as it is."""
        self.is_editing = False

    @rx.event
    @member
    async def define(self, fields: dict[str, Any]) -> None:
        """Save a definition, a new one or a changed one."""
        self._clear_problems()
        definition = _definition(fields)
        async with self._acting() as (session, actor):
            if self.editing["id"]:
                await variables.edit_variable(
                    session, actor, self._place(self.editing["id"]),
                    changes=definition, now=now_utc(),
                )  # fmt: skip
            else:
                await variables.add_variable(
                    session, actor, self._server_id(), definition=definition, now=now_utc()
                )
        self.is_editing = False
        await self._show()

    @rx.event
    @member
    async def set_value(self, fields: dict[str, Any]) -> None:
        """Seal a value; it goes no further than the service and is kept nowhere here."""
        row = self._named(text_in(fields, "name"))
        try:
            async with self._acting() as (session, actor):
                await variables.set_value(
                    session, actor, self._place(row["id"]), value=text_in(fields, "value"),
                    sealer=resources.get().sealer, now=now_utc(),
                )  # fmt: skip
        except Invalid as refusal:
            self._say(refusal.message, kind="error")
            return
        self._say(f"{row['name']} is set. Live tools use it within a second.")
        await self._show()

    @rx.event
    @member
    def ask_clear(self, variable_id: str) -> None:
        """Ask before a value is forgotten: there is no way back."""
        self.editing, self.asking = self._row(variable_id), "clear"

    @rx.event
    @member
    async def ask_delete(self, variable_id: str) -> None:
        """Delete a variable, or ask first when its value would be lost with it."""
        self.editing = self._row(variable_id)
        if self.editing["is_set"]:
            self.asking = "delete"
        else:
            await self._delete()

    @rx.event
    @member
    def leave(self) -> None:
        """Lose nothing."""
        self.asking = ""

    @rx.event
    @member
    async def lose_value(self, _fields: dict[str, Any]) -> None:
        """Do what was asked about."""
        act, self.asking = self.asking, ""
        if act == "delete":
            await self._delete()
        elif act == "clear":
            await self._clear()

    async def _clear(self) -> None:
        async with self._acting() as (session, actor):
            view = await variables.clear_value(
                session, actor, self._place(self.editing["id"]), now=now_utc()
            )
        self._say(f"The value of {view.name} is gone.")
        await self._show()

    async def _delete(self) -> None:
        """Delete a variable; the notice brings its definition back."""
        server_id = self._server_id()
        async with self._acting() as (session, actor):
            deleted = await variables.delete_variable(
                session, actor, self._place(self.editing["id"]), now=now_utc()
            )
        key = str(deleted.id)
        self._deleted = {key: (str(server_id), deleted)}
        self._say(_farewell(deleted), undo=VariablesState.restore(key))
        await self._show()

    @rx.event
    @member
    async def restore(self, key: str) -> None:
        """Define again what was deleted last."""
        kept = self._deleted.pop(str(key), None)
        if kept is None:
            return
        server_id, deleted = kept
        async with self._acting() as (session, actor):
            await variables.restore_variable(
                session, actor, as_uuid(server_id), deleted, now=now_utc()
            )
        await self._show()

    async def _show(self) -> None:
        async with self._looking() as (session, actor):
            views = await variables.list_variables(session, actor, self._server_id())
        self.rows, self.is_ready = [_row(view) for view in views], True
        await refresh_server(self)

    def _row(self, variable_id: str) -> VariableFields:
        row = next((row for row in self.rows if row["id"] == str(variable_id)), None)
        if row is None:
            raise NotFound("That variable does not exist any more. Reload to see the latest.")
        return row

    def _named(self, name: str) -> VariableFields:
        row = next((row for row in self.rows if row["name"] == name), None)
        if row is None:
            raise Invalid("That variable does not exist any more. Reload to see the latest.")
        return row

    def _place(self, variable_id: str) -> tuple[UUID, UUID]:
        return self._server_id(), as_uuid(variable_id)

    def _server_id(self) -> UUID:
        return server_in(self.router.url)


def _definition(fields: dict[str, Any]) -> dict[str, Any]:
    choices = text_in(fields, "choices").replace("\n", ",").split(",")
    return {
        "name": text_in(fields, "name").strip().upper(),
        "description": text_in(fields, "description"),
        "is_required": bool(fields.get("is_required")),
        "is_secret": bool(fields.get("is_secret")),
        "default": text_in(fields, "default").strip(),
        "choices": tuple(choice.strip() for choice in choices if choice.strip()),
    }


def _farewell(deleted: VariableView) -> str:
    users = f" {', '.join(deleted.used_by[:3])} used it." if deleted.used_by else ""
    lost = " Its value is gone for good." if deleted.is_set else ""
    return f"Deleted {deleted.name}.{users}{lost}"


def _row(view: VariableView) -> VariableFields:
    shown, more = view.used_by[:4], len(view.used_by) - 4
    return VariableFields(
        id=str(view.id),
        name=view.name,
        description=view.description,
        is_required=view.is_required,
        is_secret=view.is_secret,
        default=view.default,
        choices=", ".join(view.choices),
        is_set=view.is_set,
        is_missing=view.is_missing,
        used_by=", ".join(shown) + (f" and {more} more" if more > 0 else ""),
    )
