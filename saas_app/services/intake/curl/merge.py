"""Makes one tool of several commands that call the same endpoint."""

from typing import Any

import orjson

from core.http_request import Body, HttpRequest
from core.tool_spec import HttpTool
from saas_app.services.intake.curl.schemas import joined
from saas_app.services.intake.names import argument_name

# Beyond this, commands of one endpoint are several tools: each merge copies what it merges into.
MAX_MERGED_ARGUMENTS = 100
MAX_WAYS_TO_SIGN_IN = 10
_VALUE_KEYS = ("default", "examples", "enum")


def endpoint_of(tool: HttpTool) -> bytes:
    """What two commands must share to become one tool: all but arguments and credentials.

    The names of path arguments do not matter, nor which other arguments each has.
    """
    request = tool.request
    path = request.path
    for parameter in request.parameters:
        if parameter.location == "path":
            path = path.replace("{" + parameter.name + "}", "{}")
    body = request.body
    shape = [body.media_type, body.argument is None, body.is_file, body.fixed] if body else None
    fixed = [value.model_dump() for value in request.fixed]
    return orjson.dumps(
        [request.method, request.base.model_dump(), path, fixed, shape],
        option=orjson.OPT_SORT_KEYS,
    )


def can_merge(first: HttpTool, second: HttpTool) -> bool:
    """Whether the bodies fit over each other: no property lies within one that is whole.

    Neither do tools fit that would have too many arguments, or ways to sign in, to be of use.
    """
    if len({**_properties(first), **_properties(second)}) > MAX_MERGED_ARGUMENTS:
        return False
    if len(_alternatives(first.request, second.request)) > MAX_WAYS_TO_SIGN_IN:
        return False
    ours, theirs = _body_paths(first), _body_paths(second)
    return not any(a != b and (a[: len(b)] == b or b[: len(a)] == a) for a in ours for b in theirs)


def _body_paths(tool: HttpTool) -> list[tuple[str, ...]]:
    body = tool.request.body
    return [known.path for known in body.properties] if body else []


def merged(first: HttpTool, second: HttpTool) -> HttpTool:
    """One tool for both; arguments with different values, or of one only, lose their default."""
    second = _renamed(second, _names_in(first, second))
    ours, theirs = _properties(first), _properties(second)
    required = {*_required(first), *_required(second)}
    properties: dict[str, Any] = {}
    for name in [*ours, *(n for n in theirs if n not in ours)]:
        if name in ours and name in theirs:
            properties[name] = _one_schema(ours[name], theirs[name])
            if properties[name] != ours[name]:
                required.add(name)
        else:
            properties[name] = _without_value(ours.get(name) or theirs[name])
            required.discard(name)
    schema = {**first.input_schema, "properties": properties}
    schema.pop("required", None)
    if kept := [name for name in properties if name in required]:
        schema["required"] = kept
    request = _one_request(first.request, second.request)
    return first.model_copy(update={"input_schema": schema, "request": request})


def _properties(tool: HttpTool) -> dict[str, Any]:
    properties: Any = tool.input_schema["properties"]
    return dict(properties)


def _required(tool: HttpTool) -> list[str]:
    return list(tool.input_schema.get("required", []))  # pyright: ignore[reportArgumentType]


def _places(request: HttpRequest) -> dict[tuple, str]:
    """Where each argument travels: the same place in two requests means the same argument."""
    places: dict[tuple, str] = {}
    in_path = [p for p in request.parameters if p.location == "path"]
    in_path.sort(key=lambda p: request.path.index("{" + p.name + "}"))
    for index, parameter in enumerate(in_path):
        places["path", index] = parameter.argument
    for parameter in request.parameters:
        if parameter.location != "path":
            places[parameter.location, parameter.name] = parameter.argument
    if request.body:
        places |= {("body", *known.path): known.argument for known in request.body.properties}
        if request.body.argument is not None:
            places["body",] = request.body.argument
    return places


def _names_in(first: HttpTool, second: HttpTool) -> dict[str, str]:
    """The names that the second tool's arguments get in the first."""
    ours = _places(first.request)
    taken = {name.lower() for name in _properties(first)}
    names: dict[str, str] = {}
    for place, argument in _places(second.request).items():
        names[argument] = ours[place] if place in ours else argument_name(argument, taken)
    return names


def _renamed(tool: HttpTool, names: dict[str, str]) -> HttpTool:
    request, body = tool.request, tool.request.body
    parameters = tuple(
        p.model_copy(update={"argument": names[p.argument]}) for p in request.parameters
    )
    if body is not None:
        body = _renamed_body(body, names)
    schema = {
        **tool.input_schema,
        "properties": {names.get(name, name): s for name, s in _properties(tool).items()},
        "required": [names.get(name, name) for name in _required(tool)],
    }
    request = request.model_copy(update={"parameters": parameters, "body": body})
    return tool.model_copy(update={"input_schema": schema, "request": request})


def _renamed_body(body: Body, names: dict[str, str]) -> Body:
    properties = tuple(
        p.model_copy(update={"argument": names[p.argument]}) for p in body.properties
    )
    argument = names[body.argument] if body.argument is not None else None
    return body.model_copy(update={"properties": properties, "argument": argument})


def _one_schema(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    if ours == theirs:
        return ours
    kept = {key: ours[key] for key in ("description",) if key in ours}
    examples = [s[key] for s in (ours, theirs) for key in ("default",) if key in s]
    examples += [e for s in (ours, theirs) for e in s.get("examples", [])]
    distinct = [e for index, e in enumerate(examples) if e not in examples[:index]]
    together = joined([_without_value(ours), _without_value(theirs)])
    return together | kept | ({"examples": distinct[:5]} if distinct else {})


def _without_value(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in _VALUE_KEYS}


def _one_request(ours: HttpRequest, theirs: HttpRequest) -> HttpRequest:
    known = {(p.location, p.name) for p in ours.parameters}
    more = [
        p for p in theirs.parameters if p.location != "path" and (p.location, p.name) not in known
    ]
    body = ours.body
    if body is not None and theirs.body is not None:
        paths = {p.path for p in body.properties}
        extra = tuple(p for p in theirs.body.properties if p.path not in paths)
        body = body.model_copy(update={"properties": body.properties + extra})
    return ours.model_copy(
        update={
            "parameters": (*ours.parameters, *more),
            "body": body,
            "credentials": _alternatives(ours, theirs),
        }
    )


def _alternatives(ours: HttpRequest, theirs: HttpRequest) -> tuple:
    """The ways to sign in of both; an empty one, which always works, comes last."""
    if not ours.credentials and not theirs.credentials:
        return ()
    both = [*(ours.credentials or ((),)), *(theirs.credentials or ((),))]
    return tuple(sorted(dict.fromkeys(both), key=lambda way: not way))
