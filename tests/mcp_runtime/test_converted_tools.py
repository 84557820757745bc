"""A request that was converted to Python sends what it sent before, from the sandbox."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.http_request import (
    FILE_SCHEMA,
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
from saas_app.services.tools.python.conversion.as_python import python_of
from tests.mcp_runtime.http_tools import VALUES, http_tools
from tests.mcp_runtime.test_python_tools import called
from tests.upstreams.service import PIXEL

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


def a_body_of_parts(url):
    body = Body(
        media_type="multipart/form-data",
        properties=(
            BodyProperty(argument="picture", path=("picture",), is_file=True),
            field("tags"),
            BodyProperty(argument="about", path=("about",), media_type="application/json"),
        ),
        fixed={"source": "{{UNITS}}"},
    )  # fmt: skip
    tool = a_request(
        url, {"picture": FILE_SCHEMA, "tags": LIST, "about": {"type": "object"}}, "picture",
        method="POST", path="/echo", body=body,
    )  # fmt: skip
    picture = {"filename": "a.png", "base64": "AP8=", "media_type": "image/png"}
    return tool, {"picture": picture, "tags": ["x", "y"], "about": {"a": [1.5, "ü"]}}


def a_file_as_it_is(url):
    body = Body(media_type="application/octet-stream", argument="file", is_file=True)
    tool = a_request(url, {"file": FILE_SCHEMA}, "file", method="PUT", path="/echo", body=body)
    return tool, {"file": {"base64": "AP8=", "media_type": "image/gif"}}


def null_that_clears_a_field(url):
    body = Body(media_type="application/json", properties=(field("name"), field("note")))
    tool = a_request(
        url, {"name": TEXT, "note": {"type": ["string", "null"]}},
        method="PATCH", path="/echo", body=body,
    )  # fmt: skip
    return tool, {"note": None}


def a_text_that_may_be_null(url):
    body = Body(media_type="text/csv", argument="rows", is_required=True)
    nullable = {"type": ["string", "null"]}
    tool = a_request(url, {"rows": nullable}, "rows", method="PUT", path="/echo", body=body)
    return tool, {"rows": "a,b"}


def a_default_of_null(url):
    tool = a_request(
        url, {"dry": {"type": "boolean", "default": None}, "days": {**NUMBER, "default": 2}},
        path="/echo",
        parameters=(parameter("dry", "header", name="X-Dry"), parameter("days", "query")),
        sends_defaults=True,
    )  # fmt: skip
    return tool, {}


SHAPES = [
    path_query_and_header, joined_lists_and_cookies, nested_json, a_form_with_basic_sign_in,
    a_whole_body, a_body_of_parts, a_file_as_it_is, null_that_clears_a_field,
    a_text_that_may_be_null, a_default_of_null,
]  # fmt: skip
HEADERS = ("accept", "authorization", "cookie", "user-agent")


def sent(received) -> dict:
    """What a request says, byte for byte, but where parts of a body are apart from each other."""
    own = [(name, value) for name, value in received.headers if name.startswith(("x-", "f-"))]
    kind, _, boundary = (received.header("content-type") or "").partition("; boundary=")
    body: object = received.body
    if boundary:
        body = [part.strip(b"\r\n") for part in received.body.split(f"--{boundary}".encode())[1:-1]]
        if not body:  # httpx sends no body without a part in it
            kind, body = "", b""
    elif kind.endswith("json"):
        with suppress(orjson.JSONDecodeError):  # a file, of whatever type it says
            body = orjson.loads(received.body)
    return {
        "method": received.method,
        "target": received.target,
        "headers": [*sorted(own), *((name, received.header(name)) for name in HEADERS)],
        "kind": kind,
        "body": body,
    }


async def both(hosting, web, tool, arguments) -> list[dict]:
    """The results of a call, of the request and of the code that it is converted to."""
    results = []
    for one in (tool, python_of(tool)):
        address = hosting.address(await hosting.publish(one, values=VALUES))
        results.append(await called(web, address, name="tool", **arguments))
    return results


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
async def test_both_send_the_same(hosting, supervisor, upstream, web, shape):
    tool, arguments = shape(upstream.url)
    results = await both(hosting, web, tool, arguments)
    assert [result["isError"] for result in results] == [False, False], results
    first, second = upstream.service.received
    assert sent(first) == sent(second)
    looked_at = python_of(tool)
    checked = await hosting.runtime.sandbox.check(
        {"source": looked_at.source, "function": "tool", "schema": looked_at.input_schema},
        tenant="tenant",
    )
    assert checked["problems"] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(st.data())
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
async def test_whatever_is_asked_both_send_the_same_or_neither_does(
    hosting, supervisor, upstream, web, data
):
    drawn = data.draw(http_tools(upstream.url))
    upstream.service.received.clear()
    first, second = await both(hosting, web, drawn.tool, drawn.arguments)
    assert first["isError"] is second["isError"], (first, second)
    requests = [sent(one) for one in upstream.service.received]
    assert requests in ([], requests[:1] * 2)


ANSWERS = {
    "object": JSONResponse({"a": 1, "ü": [1.5, None]}),
    "text": PlainTextResponse("grüße".encode("latin-1"), media_type="text/plain; charset=latin-1"),
    "a number as text": PlainTextResponse("12"),
    "xml": Response("<a/>", media_type="application/xml"),
    "picture": Response(PIXEL, media_type="image/png"),
    "sound": Response(b"\xff\xfb", media_type="audio/mpeg"),
    "file": Response(b"%PDF\xff", media_type="application/pdf"),
    "nothing": Response(status_code=204),
    "long object": JSONResponse({"name": "x", "rows": [{"n": n} for n in range(300)]}),
    "long list": JSONResponse(list(range(1_000))),
    "long text": PlainTextResponse("ü" * 2_000),
    "see other": Response(status_code=303, headers={"location": "/scripted"}),
    "not found": JSONResponse({"why": "no city"}, status_code=404),
    "moved": Response(status_code=307, headers={"location": "/scripted"}),
}


async def test_both_make_the_same_of_an_answer(hosting, supervisor, upstream, web):
    tool = a_request(upstream.url, {}, method="POST", path="/scripted")
    tool = tool.model_copy(update={"response": ResponsePolicy(max_bytes=1_000)})
    addresses = [hosting.address(await hosting.publish(one)) for one in (tool, python_of(tool))]
    for said, answer in ANSWERS.items():
        upstream.service.answer_next(answer, answer)
        first, second = [await called(web, one, name="tool") for one in addresses]
        if first["isError"] or said == "see other":
            texts = [result["content"][0]["text"] for result in (first, second)]
            assert all(
                text.startswith(f"The service answered {answer.status_code}") for text in texts
            )
            assert first["isError"] is second["isError"]
        else:
            assert first == second, said


async def test_what_is_no_object_becomes_one_as_for_any_code(hosting, supervisor, upstream, web):
    tool = a_request(upstream.url, {}, path="/scripted")
    upstream.service.answer_next(JSONResponse([1, 2]), JSONResponse([1, 2]))
    first, second = await both(hosting, web, tool, {})
    assert first["content"][0]["text"] == "[1,2]"
    assert second["structuredContent"] == {"result": [1, 2]}


async def test_another_origin_learns_from_neither_who_asks(hosting, supervisor, upstream, web):
    tool = a_request(
        upstream.url, {"to": TEXT, "own": TEXT}, "to", path="/redirect",
        parameters=(parameter("to", "query"), parameter("own", "header", name="X-Own"),
                    parameter("own", "cookie")),
        credentials=((ValueCredential(location="header", name="X-Key", value="{{TOKEN}}"),),),
    )  # fmt: skip
    elsewhere = upstream.url.replace("127.0.0.1", "localhost")
    for to, is_told in ((f"{elsewhere}/echo", False), ("/echo", True)):
        upstream.service.received.clear()
        results = await both(hosting, web, tool, {"to": to, "own": "o"})
        assert [result["isError"] for result in results] == [False, False], results
        first, second = [one for one in upstream.service.received if one.target == "/echo"]
        assert sent(first) == sent(second)
        asked = [first.header(name) for name in ("x-own", "x-key", "cookie")]
        assert asked == (["o", "t0k;en", "own=o"] if is_told else [None, None, None])


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


async def test_both_take_a_base_address_from_a_variable_or_refuse_it(
    hosting, supervisor, upstream, web
):
    tool = a_request("http://unused.test", {}, path="/echo")
    base = BaseUrl(variable="BASE")
    tool = tool.model_copy(update={"request": tool.request.model_copy(update={"base": base})})
    host = upstream.url.removeprefix("http://")
    for value, is_taken in {
        f" {upstream.url}/ ": True,
        f"http://user:word@{host}": False,
        f"{upstream.url}#": False,
        host: False,
    }.items():
        upstream.service.received.clear()
        for one in (tool, python_of(tool)):
            server_id = await hosting.publish(one, values={"BASE": value})
            result = await called(web, hosting.address(server_id), name="tool")
            assert result["isError"] is not is_taken, value
        assert len(upstream.service.received) == 2 * is_taken


async def test_a_type_that_would_add_to_the_headers_of_a_part_is_refused_by_both(
    hosting, supervisor, upstream, web
):
    tool, arguments = a_body_of_parts(upstream.url)
    kind = "image/png\r\nContent-Disposition: form-data; name=source"
    arguments["picture"] |= {"media_type": kind}
    for result in await both(hosting, web, tool, arguments):
        assert result["isError"] is True
        assert "media_type" in result["content"][0]["text"]
    assert upstream.service.received == []
