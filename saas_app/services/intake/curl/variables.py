"""Collects the variables of a source: each secret once, under one name, its value kept apart."""

import re

from core.tool_spec import Variable
from saas_app.services.intake.curl.marks import MARK, Marks, Origin
from saas_app.services.intake.curl.secrets import is_secret_name, placeholder
from saas_app.services.intake.names import variable_name

_EMBEDDED = re.compile(
    rf"{MARK.pattern}|\{{\{{[^{{}}]+\}}\}}|<[A-Za-z][^<>]*>"
    r"|(?<!\{)\{[A-Za-z_][\w -]*\}(?!\})"
)


class VariableBook:
    """The variables found so far, in order, and the values that the source holds for them."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._variables: dict[str, Variable] = {}
        self._names_by_value: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self.values: dict[str, str] = {}

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables in the order in which they were met."""
        return tuple(self._variables.values())

    def has(self, named: str) -> bool:
        """Whether a shell's or document's name already stands for a variable."""
        return bool(named) and variable_name(named) in self._variables

    @property
    def secrets(self) -> dict[str, str]:
        """The values found for variables that are secret."""
        return {name: v for name, v in self.values.items() if self._variables[name].is_secret}

    def name_of(self, value: str) -> str | None:
        """The variable that already holds this value as its secret, if one does."""
        name = self._names_by_value.get(value)
        return name if name is not None and self._variables[name].is_secret else None

    def template(self, text: str, wanted: str, *, is_secret: bool, description: str = "") -> str:
        """Return the text with `{{NAME}}` in place of all that is unknown or secret.

        Args:
            text: a value as written; may hold marks and placeholders.
            wanted: the name of a variable whose placeholder says nothing.
            is_secret: whether a literal value has to leave the text.
            description: what the variable is for.
        """
        if not text:
            return text
        if _EMBEDDED.search(text):
            return _EMBEDDED.sub(
                lambda found: self._unknown(found[0], wanted, description, is_secret=is_secret),
                text,
            )
        named = placeholder(text, is_strict=not is_secret)
        if named is not None:
            return self._without_value(named or wanted, description, is_secret=is_secret)
        return self.secret(text, wanted, description) if is_secret else text

    def secret(self, value: str, wanted: str, description: str = "") -> str:
        """Return the template of a secret's variable; equal values share one."""
        if value not in self._names_by_value:
            name = self._free_name(variable_name(wanted))
            self._names_by_value[value] = name
            self._add(name, description, is_secret=True)
            self.values[name] = value
        return "{{" + self._names_by_value[value] + "}}"

    def plain(self, name: str, description: str, *, value: str | None = None) -> str:
        """Return the name of a variable that is no secret, such as a base address."""
        name = variable_name(name)
        wanted, number = name, 2
        while self._has_other_default(name, value):  # a script may change its variable
            name, number = f"{wanted}_{number}", number + 1
        if name not in self._variables:
            self._variables[name] = Variable(
                name=name,
                description=description,
                is_required=value is None,
                is_secret=False,
                default=value,
            )
        return name

    def _has_other_default(self, name: str, value: str | None) -> bool:
        known = self._variables.get(name)
        return known is not None and None not in (known.default, value) and known.default != value

    def _unknown(self, found: str, wanted: str, description: str, *, is_secret: bool) -> str:
        if not MARK.fullmatch(found):
            named = placeholder(found, is_strict=False) or wanted
            return self._without_value(named, description, is_secret=is_secret)
        origin = self._marks.origin(found)
        named = origin.text if origin.kind == "variable" else wanted
        said = description if origin.kind == "variable" else _where_from(origin)
        value = self._marks.value(origin)
        template = self._without_value(named, said, is_secret=is_secret, value=value)
        if value is not None:
            self._keep(template[2:-2], value)
        return template

    def _without_value(
        self, wanted: str, description: str, *, is_secret: bool, value: str | None = None
    ) -> str:
        short = re.sub(r"(?i)^(?:your|my)[-_ ]+", "", wanted)
        name = variable_name(short)
        if value is not None and self.values.get(name, value) != value:
            known = self._names_by_value.get(value, "")
            name = known if known.startswith(name) else self._free_name(name)
        self._add(name, description, is_secret=is_secret or is_secret_name(name))
        return "{{" + name + "}}"

    def _keep(self, name: str, value: str) -> None:
        self.values[name] = value
        self._names_by_value.setdefault(value, name)

    def _add(self, name: str, description: str, *, is_secret: bool) -> None:
        known = self._variables.get(name)
        if known is None:
            self._variables[name] = Variable(
                name=name, description=description, is_secret=is_secret
            )
        elif is_secret and not known.is_secret:
            if known.default is not None:
                self._keep(name, known.default)
            self._variables[name] = Variable(name=name, description=known.description)

    def _free_name(self, name: str) -> str:
        """A name without another value; one that waits for its value is taken."""
        candidate, number = name, self._numbers.get(name, 2)
        while candidate in self.values:
            ending = f"_{number}"
            candidate, number = name[: 64 - len(ending)] + ending, number + 1
        self._numbers[name] = number
        return candidate


def _where_from(origin: Origin) -> str:
    return f"In the original command this came from {origin.as_written()}."[:300]
