"""Where the arguments of a tool travel in its request: to find, make, move and undo bindings."""

from typing import Any

from core.errors import Invalid

Spec = dict[str, Any]

LOCATIONS = ("path", "query", "header", "cookie", "body")
BODYLESS = ("GET", "HEAD", "TRACE", "OPTIONS")
STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
WHOLE_BODY = "the whole body"


def request_of(spec: Spec) -> dict[str, Any]:
    """Return the request of a tool; a Python tool has none, in which nothing travels."""
    return spec.get("request") or {"method": "GET", "parameters": []}


def placement(spec: Spec, name: str) -> tuple[str, str, bool]:
    """Return where an argument travels, its name there, and whether it is a file."""
    request = request_of(spec)
    for one in request["parameters"]:
        if one["argument"] == name:
            return one["location"], one["name"], False
    body = request.get("body") or {}
    for one in body.get("properties", []):
        if one["argument"] == name:
            return "body", ".".join(one["path"]), one["is_file"]
    if body.get("argument") == name:
        return "body", WHOLE_BODY, body.get("is_file", False)
    return "unused", "", False


def bound_arguments(spec: Spec) -> set[str]:
    """Return the arguments that the request uses."""
    request = request_of(spec)
    body = request.get("body") or {}
    names = {one["argument"] for one in request["parameters"]}
    names |= {one["argument"] for one in body.get("properties", [])}
    return names | ({body["argument"]} if body.get("argument") else set())


def bind(spec: Spec, name: str, location: str, wire_name: str) -> None:
    """Make an argument travel somewhere.

    Raises:
        Invalid: the request has no room for it there.
    """
    request = spec["request"]
    if location != "body":
        binding = {"argument": name, "name": wire_name, "location": location}
        style = {"style": STYLES[location], "explode": STYLES[location] == "form"}
        request["parameters"] = [
            one
            for one in request["parameters"]
            if (one["location"], one["name"]) != (location, wire_name)
        ] + [binding | style]
        return
    if request["method"] in BODYLESS:
        raise Invalid(f"A {request['method']} request has no body. Choose the query.")
    if whole_body(spec):
        raise Invalid(f"The body is the argument {whole_body(spec)} as a whole.")
    body = request.get("body") or {"media_type": "application/json", "properties": []}
    binding = {"argument": name, "path": _body_path(body, wire_name)}
    request["body"] = body | {"properties": [*body["properties"], binding | {"is_file": False}]}


def unbind(spec: Spec, name: str) -> None:
    """Take an argument out of the request, and a body that is left empty with it."""
    request = request_of(spec)
    request["parameters"] = [one for one in request["parameters"] if one["argument"] != name]
    body = request.get("body")
    if not body:
        return
    if body.get("argument") == name:
        request["body"] = None
        return
    body["properties"] = [one for one in body.get("properties", []) if one["argument"] != name]
    if not body["properties"] and body.get("fixed") is None and not body.get("argument"):
        request["body"] = None


def rename_on_wire(spec: Spec, name: str, value: Any) -> None:
    """Change what the service calls an argument.

    Raises:
        Invalid: the name is empty, or not its own.
    """
    wire_name = str(value).strip()
    location, before, _is_file = placement(spec, name)
    if not wire_name:
        raise Invalid("Say what the service calls it.")
    if location == "path":
        raise Invalid("The path names it: change the placeholder in the address.")
    if location == "unused" or before == WHOLE_BODY:
        raise Invalid("It has no name of its own in the request.")
    for one in spec["request"]["parameters"]:
        if one["argument"] == name:
            one["name"] = wire_name
    body = spec["request"].get("body") or {}
    for one in body.get("properties", []):
        if one["argument"] == name:
            one["path"] = _body_path(body, wire_name)


def refuse_path(spec: Spec, name: str, act: str) -> None:
    """Refuse what would leave a placeholder of the path without its argument.

    Raises:
        Invalid: the path needs it.
    """
    for one in request_of(spec)["parameters"]:
        if one["argument"] == name and one["location"] == "path":
            raise Invalid(
                f"The path needs {name}: to {act} it, take {{{one['name']}}} out of the address."
            )


def whole_body(spec: Spec) -> str:
    """Return the argument that is the body as a whole, or nothing."""
    return (request_of(spec).get("body") or {}).get("argument") or ""


def _body_path(body: Spec, wire_name: str) -> list[str]:
    """Dots lead into JSON objects; a form field's name is taken as it is."""
    parts = wire_name.split(".") if "json" in body["media_type"] else [wire_name]
    return [part for part in parts if part] or [wire_name]
