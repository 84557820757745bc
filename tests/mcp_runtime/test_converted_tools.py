"""A request that was converted to Python sends what it sent before, from the sandbox."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from starlette.responses import JSONResponse

from core.http_request import (
    BaseUrl,
    BasicCredential,
    Body,
    BodyProperty,
    FixedValue,
    HttpRequest,
    Parameter,
    ValueCredential,
)
from core.tool_spec import HttpTool, ResponsePolicy
from saas_app.services.tools.python.as_python import python_of
from tests.mcp_runtime.test_python_tools import called

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
LIST = {"type": "array", "items": {"type": "string"}}
TOKEN = ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}")


def a_request(url, properties, *required, **request) -> HttpTool:
    request.setdefault("method", "GET")
    return HttpTool(
        name="tool",
        input_schema={"type": "object", "properties": properties, "required": list(required)},
        request=HttpRequest(base=BaseUrl(url=url), **request),
    )


def parameter(argument, location, **more) -> Parameter:
    style = {"query": "form", "cookie": "form"}.get(location, "simple")
    return Parameter(
        argument=argument, location=location,
        **{"name": argument, "style": style, "explode": style == "form", **more},
    )  # fmt: skip


def field(argument, *path) -> BodyProperty:
    return BodyProperty(argument=argument, path=path or (argument,))


def path_query_and_header(url):
    tool = a_request(
        url, {"city-id": TEXT, "days": NUMBER, "kinds": LIST, "trace": TEXT, "left": TEXT},
        "city-id", "days", path="/echo/cities/{id}/a b?format=json",
        parameters=(
            parameter("city-id", "path", name="id"), parameter("days", "query"),
            parameter("kinds", "query"), parameter("left", "query"),
            parameter("trace", "header", name="X-Trace"),
        ),
        fixed=(FixedValue(location="query", name="units", value="{{UNITS}}"),
               FixedValue(location="header", name="X-From", value='a "quoted" {text}')),
    )  # fmt: skip
    return tool, {"city-id": "a/b c", "days": 3, "kinds": ["x", "y"], "trace": "t"}


def joined_lists_and_cookies(url):
    tool = a_request(
        url, {"ids": LIST, "session": TEXT}, "ids", path="/echo/cities/{ids}",
        parameters=(
            parameter("ids", "path"), parameter("ids", "query", explode=False),
            parameter("session", "cookie"),
        ),
    )  # fmt: skip
    return tool, {"ids": ["a", "b"], "session": "s"}


def nested_json(url):
    body = Body(
        media_type="application/json",
        properties=(field("city", "name"), field("lat", "place", "lat")),
        fixed={"source": "{{UNITS}}", "tags": [1, True, None]}, is_required=True,
    )  # fmt: skip
    tool = a_request(
        url, {"city": TEXT, "lat": {"type": "number"}, "body": TEXT}, "city",
        method="POST", path="/echo", body=body, credentials=((TOKEN,),),
    )  # fmt: skip
    return tool, {"city": "Oslo", "lat": 59.5}


def a_form_with_basic_sign_in(url):
    body = Body(media_type="application/x-www-form-urlencoded", properties=(field("a"), field("b")))
    basic = BasicCredential(username="{{UNITS}}", password="{{TOKEN}}")
    tool = a_request(
        url, {"a": TEXT, "b": LIST}, "a", method="DELETE", path="/echo", body=body,
        credentials=((ValueCredential(location="query", name="k", value="{{NONE}}"),), (basic,)),
    )  # fmt: skip
    return tool, {"a": "1 2", "b": ["x", "y"]}


def a_whole_body(url):
    body = Body(media_type="application/vnd.x+json", argument="thing", is_required=True)
    tool = a_request(url, {"thing": {}}, "thing", method="PUT", path="/echo", body=body)
    return tool, {"thing": {"a": [1, 2]}}


SHAPES = [
    path_query_and_header, joined_lists_and_cookies, nested_json, a_form_with_basic_sign_in,
    a_whole_body,
]  # fmt: skip


def sent(received) -> dict:
    parts = urlsplit(received.target)
    named = ("authorization", "content-type", "cookie", "x-trace", "x-from")
    return {
        "method": received.method,
        "path": unquote(parts.path),
        "query": sorted(parse_qsl(parts.query)),
        "headers": {name: received.header(name) for name in named},
        "body": received.body.replace(b" ", b"").replace(b"%20", b"+"),
    }


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
async def test_both_send_the_same(hosting, supervisor, upstream, web, shape):
    tool, arguments = shape(upstream.url)
    values = {"TOKEN": "t0ken", "UNITS": "metric"}
    seen = []
    for one in (tool, python_of(tool)):
        server_id = await hosting.publish(one, values=values)
        result = await called(web, hosting.address(server_id), name="tool", **arguments)
        assert result["isError"] is False, result
        seen.append(sent(upstream.service.last))
    assert seen[0] == seen[1]
    looked_at = python_of(tool)
    checked = await hosting.runtime.sandbox.check(
        {"source": looked_at.source, "function": "tool", "schema": looked_at.input_schema},
        tenant="tenant",
    )
    assert checked["problems"] == []


async def test_both_select_the_same_and_fail_alike(hosting, supervisor, upstream, web):
    tool = a_request(upstream.url, {"id": TEXT}, "id", path="/scripted",
                     parameters=(parameter("id", "query"),))  # fmt: skip
    tool = tool.model_copy(update={"response": ResponsePolicy(select="a[0]")})
    for one in (tool, python_of(tool)):
        upstream.service.answer_next(
            JSONResponse({"a": [{"b": 1}]}), JSONResponse({"why": "no"}, status_code=404)
        )
        address = hosting.address(await hosting.publish(one))
        result = await called(web, address, name="tool", id="1")
        assert result["structuredContent"] == {"b": 1}
        failed = await called(web, address, name="tool", id="1")
        assert failed["isError"] is True
        assert "404" in failed["content"][0]["text"]


async def test_a_step_upwards_in_the_path_is_refused_by_both(hosting, supervisor, upstream, web):
    tool = a_request(upstream.url, {"id": TEXT}, "id", path="/echo/{id}/x",
                     parameters=(parameter("id", "path"),))  # fmt: skip
    for one in (tool, python_of(tool)):
        result = await called(
            web, hosting.address(await hosting.publish(one)), name="tool", id=".."
        )
        assert result["isError"] is True
    assert upstream.service.received == []
