"""Short ways to write down a tool and the request it makes."""

from typing import Any

from core.http_request import BaseUrl, Body, BodyProperty, HttpRequest, Location, Parameter
from core.tool_spec import HttpTool, ResponsePolicy, Variable
from mcp_runtime.tool_runner.http_request import OutgoingRequest, build_request

API = "https://api.example.com"


def http_tool(
    *,
    url: str = API,
    properties: dict[str, Any] | None = None,
    select: str | None = None,
    max_bytes: int = 100_000,
    output_schema: dict[str, Any] | None = None,
    timeout_seconds: float = 30.0,
    **request: Any,
) -> HttpTool:
    """Return a tool that declares every argument its request uses."""
    spec = HttpRequest(**{"method": "GET", "base": BaseUrl(url=url), **request})
    declared: dict[str, Any] = {name: {} for name in sorted(spec.arguments())}
    return HttpTool(
        name="tool",
        input_schema={"type": "object", "properties": {**declared, **(properties or {})}},
        output_schema=output_schema,
        request=spec,
        response=ResponsePolicy(select=select, max_bytes=max_bytes),
        timeout_seconds=timeout_seconds,
    )


def parameter(location: Location, **values: Any) -> Parameter:
    """Return a parameter called `p` in the style that OpenAPI gives its place by default."""
    is_form = location in ("query", "cookie")
    defaults = {"style": "form", "explode": True} if is_form else {"style": "simple"}
    return Parameter(**{"argument": "p", "name": "p", **defaults, "location": location, **values})


def body(media_type: str, *names: str, **values: Any) -> Body:
    """Return a body made of arguments of the given names."""
    properties = tuple(BodyProperty(argument=name, path=(name,)) for name in names)
    return Body(**{"media_type": media_type, "properties": properties, **values})


def built(
    tool: HttpTool,
    arguments: dict[str, Any] | None = None,
    variables: dict[str, str] | None = None,
    definitions: tuple[Variable, ...] = (),
) -> OutgoingRequest:
    """Build the request of a call."""
    return build_request(tool, arguments or {}, variables or {}, definitions=definitions)


def header(request: OutgoingRequest, name: str) -> str | None:
    """Return a header's only value; None when it is not sent."""
    values = [value for key, value in request.headers if key.lower() == name.lower()]
    assert len(values) <= 1
    return values[0] if values else None
