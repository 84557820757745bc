"""The client that tools have at hand, and the results that they cut."""

import json

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.upstreams.serving import free_socket, serving

KINDS = [("async def", "await "), ("def", "")]


async def told(request: Request) -> JSONResponse:
    """Say what came, and hand out a cookie."""
    answer = JSONResponse(dict(request.headers))
    answer.set_cookie("seen", "by-somebody-else")
    return answer


@pytest.fixture
async def port():
    sock, port = free_socket()
    async with serving(Starlette(routes=[Route("/", told)]), sock):
        yield port


@pytest.mark.parametrize(("kind", "wait"), KINDS)
async def test_nothing_that_a_service_hands_out_is_met_by_the_next_caller(host, port, kind, wait):
    server = host(
        f"""
        {kind} tool():
            return ({wait}http.get("http://127.0.0.1:{port}/")).json()
        """,
        upstreams=(("127.0.0.1", port),),
    )
    await server.value()
    headers = await server.value()
    assert "cookie" not in headers
    assert headers["user-agent"] == "Toolkiln/1.0"
    assert headers["accept"].startswith("application/json")


@pytest.mark.parametrize(
    ("value", "short", "what"),
    [
        ([1] * 1_000, [1] * 49, "the first 49 of 1,000 items]"),
        ({"a": 1, "b": ["x"] * 1_000, "c": [1]}, None, "the first 19 of 1,000 items of b]"),
        ("ü" * 100, "ü" * 50, "the first 100 of 200 bytes]"),
        ({"a": "x" * 200}, '{"a":"' + "x" * 94, "the first 100 of 208 bytes]"),
    ],
)
async def test_what_is_too_long_is_cut_where_it_stays_readable(host, value, short, what):
    answer = await host("def tool(value): return shortened(value, 100)").call(value=value)
    text, note = [block["text"] for block in answer["content"]]
    assert len(text.encode()) <= 100
    assert note.startswith("[Cut: this is ")
    assert what.rstrip("]") in note
    if short is not None:
        assert text == (short if isinstance(short, str) else json.dumps(short).replace(" ", ""))


async def test_what_fits_is_left_as_it_is(host):
    server = host("from toolkiln import shortened\ndef tool(value): return shortened(value, 100)")
    assert await server.value(value={"a": [1, "ü"]}) == {"a": [1, "ü"]}
