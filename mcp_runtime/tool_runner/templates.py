"""Fills `{{VARIABLE}}` in the fixed parts of a request; arguments are never looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import DomainError
from core.http_request import VARIABLE_REFERENCE
from core.tool_spec import Variable


class VariableMissing(DomainError):
    """A variable that the request needs has no value."""

    code = "variable_missing"
    status = 422

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(names)
        what = "variable" if len(names) == 1 else "variables"
        super().__init__(
            f"This tool cannot run yet: the {what} {listed} of its server has no value. "
            "The owner of the server sets it; calling again does not help before that."
        )
        self.names = tuple(names)


@dataclass(slots=True)
class Templates:
    """The variables of one request, and which of them it has used.

    Without definitions every variable counts as required and secret.
    """

    values: Mapping[str, str]
    definitions: Sequence[Variable] = ()
    used: set[str] = field(default_factory=set)

    def missing_in(self, *texts: str) -> list[str]:
        """Return the variables in the texts that have no value, in order, each once."""
        names = [name for text in texts for name in VARIABLE_REFERENCE.findall(text)]
        return [name for name in dict.fromkeys(names) if name not in self.values]

    def is_left_out(self, text: str) -> bool:
        """Whether a fixed value is dropped: it needs an optional variable that has no value."""
        missing = self.missing_in(text)
        optional = {v.name for v in self.definitions if not v.is_required}
        return bool(missing) and all(name in optional for name in missing)

    def filled(self, text: str) -> str:
        """Return the text with every variable in place.

        Raises:
            VariableMissing: one has no value.
        """
        if "{{" not in text:
            return text
        missing = self.missing_in(text)
        if missing:
            raise VariableMissing(missing)
        return VARIABLE_REFERENCE.sub(lambda match: self.value(match[1]), text)

    def filled_json(self, value: Any) -> Any:
        """Return a JSON value with the variables in all its strings in place, as a fresh copy."""
        if isinstance(value, str):
            return self.filled(value)
        if isinstance(value, list):
            return [self.filled_json(item) for item in value]
        if isinstance(value, dict):
            return {name: self.filled_json(item) for name, item in value.items()}
        return value

    def value(self, name: str) -> str:
        """Return one variable's value and note that it was used."""
        if name not in self.values:
            raise VariableMissing([name])
        self.used.add(name)
        return self.values[name]

    def secrets(self) -> frozenset[str]:
        """Return the secret values that went into the request."""
        plain = {v.name for v in self.definitions if not v.is_secret}
        return frozenset(self.values[name] for name in self.used - plain if self.values[name])
