"""Takes secret values out of all that a proposal shows: its texts, and what its tools suggest."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from core.tool_spec import HttpTool
from saas_app.services.intake.curl.secrets import HIDDEN, secret_shape, without_secrets

# Shorter values are words that stand anywhere, such as the user "test" of api.test.
SHORTEST = 6
_SUGGESTIONS = ("default", "examples", "enum")


class KnownSecrets:
    """The secret values of a source, by the name of the variable that holds each."""

    def __init__(self, values: Mapping[str, str]) -> None:
        long = {name: value for name, value in values.items() if len(value) >= SHORTEST}
        self._names = dict(sorted(long.items(), key=lambda one: len(one[1]), reverse=True))

    def in_text(self, text: str) -> str:
        """A text for people, without these values and without what looks like another secret."""
        return without_secrets(self._replaced(text, lambda _name: HIDDEN))

    def in_tool(self, tool: HttpTool) -> HttpTool:
        """The tool with none of these values: a template in its request, nothing in its schema.

        An argument that loses its value this way has to be given.
        """
        whole = tool.model_dump_json()
        update: dict[str, Any] = {
            "title": self.in_text(tool.title),
            "description": self.in_text(tool.description),
            "input_schema": self._schema(tool.input_schema),
        }
        if any(_in_json(value) in whole for value in self._names.values()):
            update["request"] = self._request(tool.model_dump()["request"])
            return HttpTool.model_validate({**tool.model_dump(), **update})
        return tool.model_copy(update=update)

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        fixed = [{**one, "value": self._templates(one["value"])} for one in request["fixed"]]
        body = request["body"]
        if body is not None:
            body = {**body, "fixed": self._templates(body["fixed"])}
        return {**request, "fixed": fixed, "body": body}

    def _replaced(self, text: str, replacement: Callable[[str], str]) -> str:
        for name, value in self._names.items():
            if value in text:
                text = _whole(value).sub(lambda _found, name=name: replacement(name), text)
        return text

    def _templates(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._templates(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._templates(inner) for inner in value]
        if isinstance(value, str):
            return self._replaced(value, lambda name: "{{" + name + "}}")
        return value

    def _schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = {name: self._property(one) for name, one in schema["properties"].items()}
        lost = [
            name
            for name, one in schema["properties"].items()
            if "default" in one and "default" not in properties[name]
        ]
        required = list(dict.fromkeys([*schema.get("required", []), *lost]))
        more = {"required": required} if required else {}
        return {**schema, "properties": properties, **more}

    def _property(self, schema: dict[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in schema.items() if k not in _SUGGESTIONS or not self._is_in(v)}
        if isinstance(description := kept.get("description"), str):
            kept["description"] = self.in_text(description)
        return kept

    def _is_in(self, suggestion: Any) -> bool:
        text = orjson.dumps(suggestion).decode()
        if secret_shape(text):
            return True
        written = map(_in_json, self._names.values())
        return any(one in text and _whole(one).search(text) for one in written)


def _whole(value: str) -> re.Pattern[str]:
    """A value that is not a part of a longer word, as in the host of `postman@postman-echo.com`."""
    return re.compile(rf"(?<!\w)(?<!\w-){re.escape(value)}(?![\w-])")


def _in_json(value: str) -> str:
    return orjson.dumps(value).decode()[1:-1]
