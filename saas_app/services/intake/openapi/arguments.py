"""Collects the arguments of one tool and makes its input schema of them."""

from typing import Any

from saas_app.services.intake.names import argument_name
from saas_app.services.intake.openapi.keywords import Schema, loosened
from saas_app.services.intake.openapi.schemas import Schemas, Trace

MAX_INPUT_BYTES = 64_000


class Arguments:
    """The arguments of one tool; every name is unique, whatever location it travels in."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.trace = Trace()
        self._properties: dict[str, Schema] = {}
        self._required: list[str] = []
        self._dependent: dict[str, list[str]] = {}
        self._taken: set[str] = set()

    def add(self, name: str, schema: Schema, *, place: str, is_required: bool = False) -> str:
        """Add an argument and return its name: a name that is taken gets its place in front."""
        plain = argument_name(name, set())
        wanted = f"{place}_{name}" if plain.lower() in self._taken else name
        argument = argument_name(wanted, self._taken)
        self._properties[argument] = schema
        if is_required:
            self._required.append(argument)
        return argument

    def tie(self, arguments: list[str], needed: list[str]) -> None:
        """Say that whoever gives one of some arguments gives the needed ones as well."""
        for argument in arguments:
            others = [name for name in needed if name != argument]
            if others:
                self._dependent[argument] = others

    def input_schema(self) -> tuple[Schema, tuple[str, ...]]:
        """Return the closed input schema, and what of it could not be described."""
        gathered = self.schemas.gather(self.trace, budget=MAX_INPUT_BYTES)
        schema: dict[str, Any] = {"type": "object", "properties": self._properties}
        if self._required:
            schema["required"] = self._required
        if self._dependent:
            schema["dependentRequired"] = self._dependent
        schema["additionalProperties"] = False
        if gathered.definitions:
            schema["$defs"] = gathered.definitions
        lost = gathered.lost
        if gathered.omitted:
            lost = (*lost, _too_long(gathered.omitted))
        return (loosened(schema) if lost else schema), lost


def _too_long(omitted: tuple[str, ...]) -> str:
    names = ", ".join(omitted[:3]) + (f" and {len(omitted) - 3} more" if omitted[3:] else "")
    return f"The schema is too long to be given in full; left open: {names}."
