"""One tool in the making: its arguments and the parts of its request, added one by one."""

import re
from dataclasses import dataclass, field
from typing import Any

from core.http_request import BodyProperty, Credential, FixedValue, Location, Parameter
from saas_app.services.intake.curl.address import choices
from saas_app.services.intake.curl.arguments import NotConvertible
from saas_app.services.intake.curl.marks import MARK, Marks
from saas_app.services.intake.curl.schemas import inferred, typed
from saas_app.services.intake.curl.secrets import (
    holds_placeholder,
    is_secret,
    is_secret_name,
    placeholder,
)
from saas_app.services.intake.curl.variables import VariableBook
from saas_app.services.intake.names import argument_name

MAX_ARGUMENTS = 500


@dataclass(slots=True)
class Draft:
    """What is known of a tool so far.

    `host` names the service in descriptions. `properties` and `required` become the input schema.
    """

    book: VariableBook
    marks: Marks
    host: str
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    fixed: list[FixedValue] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def argument(self, wanted: str, schema: dict[str, Any], *, is_required: bool = False) -> str:
        """Declare an argument and return its name."""
        if len(self.properties) >= MAX_ARGUMENTS:
            raise NotConvertible(f"It would have more than {MAX_ARGUMENTS} arguments.")
        name = argument_name(wanted, self._taken)
        self.properties[name] = schema
        if is_required:
            self.required.append(name)
        return name

    def hides(self, name: str, value: str) -> bool:
        """Whether a value is to be kept out of the tool: by its name, its shape or its variable."""
        origins = self.marks.origins(value)
        named = [one.text for one in origins if one.kind == "variable"]
        return is_secret(name, value) or any(map(is_secret_name, named))

    def text_argument(self, wanted: str, text: str, *, has_default: bool = True) -> str:
        """Declare an argument for a value written as text (path, query, form, header)."""
        schema = self.schema_of_text(text)
        if schema is None:
            value = typed(text)
            key = {"default": value} if has_default else {"examples": [value]}
            return self.argument(wanted, inferred(value) | key, is_required=not has_default)
        return self.argument(wanted, schema, is_required="default" not in schema)

    def schema_of_text(self, text: str) -> dict[str, Any] | None:
        """The schema of a text that is not a plain value, or None when it is one."""
        origins = self.marks.origins(text)
        if MARK.fullmatch(text) and origins[0].kind == "choice":
            values = choices(origins[0].text)
            is_list = origins[0].text.startswith("{")
            limits: dict[str, Any] = {"enum": values} if is_list else {}
            default = values[0] if is_list else typed(values[0])
            return inferred(default) | limits | {"default": default}
        if MARK.fullmatch(text) and (known := self.marks.value(origins[0])) is not None:
            value = typed(known)
            return inferred(value) | {"default": value}
        if origins:
            said = f"In the original command: {self.marks.as_written(text)}"[:300]
            return {"type": "string", "description": said}
        if placeholder(text) is not None:
            return {"type": "string"}
        if holds_placeholder(text):
            return {"type": "string", "description": f"For example {text}"[:300]}
        return None

    def parameter(
        self, argument: str, name: str, location: Location, *, is_list: bool = False
    ) -> None:
        """Send an argument in the path, the query, a header or a cookie."""
        is_form = location in ("query", "cookie")
        self.parameters.append(
            Parameter(
                argument=argument,
                name=name,
                location=location,
                style="form" if is_form else "simple",
                explode=is_list or is_form,
            )
        )

    def name_of_unknown(self, text: str) -> str:
        """What an unknown calls itself: the variable's name or the word inside a placeholder."""
        origins = self.marks.origins(text)
        if origins:
            return origins[0].text.lower() if origins[0].kind == "variable" else ""
        return (placeholder(text) or "").strip()

    def property(self, argument: str, path: tuple[str, ...], **how: Any) -> BodyProperty:
        """Send an argument in the body."""
        return BodyProperty(argument=argument, path=path, **how)


def plain_name(text: str) -> str:
    """A placeholder's words as an argument name: `USER_ID` and `user id` as `user_id`."""
    words = re.sub(r"[^\w]+", "_", text.strip()).strip("_")
    return words.lower() if words.isupper() or " " in text else words
