"""Calls over real connections: bounded, retried where that is safe, explained when they fail."""

import asyncio
from uuid import uuid4

import pytest
from starlette.responses import JSONResponse, Response

from core.http_request import FixedValue, ValueCredential
from mcp_runtime.tool_runner import upstream as upstream_module
from mcp_runtime.tool_runner.upstream import MAX_ANSWER_BYTES, MAX_RETRIES
from tests.mcp_runtime.tool_runner.tools import body, http_tool, parameter
from tests.upstreams.raw import RESET, raw_service
from tests.upstreams.service import Service, gzipped
from tests.upstreams.serving import free_socket, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
BEARER = ValueCredential(location="header", name="Authorization", value="Bearer {{TOKEN}}")
DONE = OK + b'{"a":1}'
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
ODD = "a b&c=d#e?f/g%h+i;j,k'l\"m<n>o\\p^q`r{s|t}ü🎈[x]"


@pytest.fixture
def reachable(running, upstream):
    """The runner, allowed to reach the service."""
    running.allow(upstream.port)
    return running


def text_of(outcome) -> str:
    return "\n".join(block["text"] for block in outcome.content if "text" in block)


async def test_what_is_built_arrives_byte_for_byte(reachable, upstream):
    tool = http_tool(
        url=upstream.url,
        method="POST",
        path="/echo/{p}/x",
        parameters=(
            parameter("path"),
            parameter("query", argument="q", name="q"),
            parameter("query", argument="r", name="r", allow_reserved=True),
            parameter("query", argument="d", name="d[]"),
            parameter("header", argument="h", name="X-H"),
            parameter("cookie", argument="c", name="c"),
        ),
        body=body("application/json", "b"),
    )
    arguments = {"p": ODD, "q": ODD, "r": ODD, "d": ["1", "'"], "h": "grüße", "c": "x y", "b": ODD}

    outcome = await reachable.run(tool, arguments, shows_exchange=True)

    came = upstream.service.last
    sent = outcome.meta["toolkiln/exchange"]["request"]
    assert not outcome.is_error
    assert upstream.url + came.target == sent["url"]
    assert came.header("x-h").encode("latin-1").decode() == "grüße"
    assert came.header("cookie") == "c=x%20y"
    assert came.body.decode() == sent["body"]
    assert came.header("content-type") == "application/json"
    assert came.header("content-length") == str(len(came.body))


async def test_a_tool_may_name_its_own_accept_and_user_agent(reachable, upstream):
    fixed = (
        FixedValue(location="header", name="accept", value="text/csv"),
        FixedValue(location="header", name="User-Agent", value="Mine/1"),
    )
    await reachable.run(http_tool(url=upstream.url, path="/echo", fixed=fixed))
    headers = upstream.service.last.headers
    assert [v for k, v in headers if k == "accept"] == ["text/csv"]
    assert [v for k, v in headers if k == "user-agent"] == ["Mine/1"]


@pytest.mark.parametrize(("method", "advice"), [("GET", "may help"), ("POST", "check before")])
async def test_a_service_that_does_not_answer_in_time_is_given_up(
    reachable, upstream, method, advice
):
    tool = http_tool(url=upstream.url, method=method, path="/held", timeout_seconds=0.05)
    outcome = await reachable.run(tool)
    assert outcome.error_code == "upstream_timeout"
    assert "did not answer within 0.05 seconds" in text_of(outcome)
    assert advice in text_of(outcome)
    assert len(upstream.service.received) == 1


async def test_a_huge_answer_is_read_to_the_cap_only(reachable, upstream):
    outcome = await reachable.run(http_tool(url=upstream.url, path="/huge", max_bytes=1000))
    assert len(outcome.content[0]["text"]) == 1000
    assert f"more than {MAX_ANSWER_BYTES:,} bytes" in outcome.content[1]["text"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_unpacked_to_the_cap_only(reachable, upstream, encoding):
    tool = http_tool(
        url=upstream.url,
        path="/bomb",
        max_bytes=1000,
        parameters=(parameter("query", name="encoding"),),
    )
    outcome = await reachable.run(tool, {"p": encoding}, shows_exchange=True)
    response = outcome.meta["toolkiln/exchange"]["response"]
    assert (response["bytes"], response["is_truncated"]) == (MAX_ANSWER_BYTES, True)


async def test_compressed_answers_are_unpacked(reachable, upstream):
    upstream.service.answer_next(gzipped({"a": 1}))
    outcome = await reachable.run(http_tool(url=upstream.url, path="/scripted"))
    assert outcome.structured == {"a": 1}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_get_follows_redirects_with_credentials_to_its_own_origin_only(
    reachable, upstream, status
):
    other = Service()
    sock, port = free_socket()
    reachable.allow(port)
    fixed = (FixedValue(location="header", name="X-Api-Key", value="{{TOKEN}}"),)
    tool = http_tool(
        url=upstream.url,
        path=f"/redirect?status={status}",
        fixed=(*fixed, FixedValue(location="cookie", name="s", value="{{TOKEN}}")),
        parameters=(parameter("query", name="to"),),
        credentials=((BEARER,),),
    )
    async with serving(other.app(), sock):
        for target in ("/echo", f"http://127.0.0.1:{port}/echo"):
            outcome = await reachable.run(tool, {"p": target}, {"TOKEN": "tok-0123"})
            assert outcome.structured is not None
        await reachable.upstreams.close()
    names = {"authorization", "x-api-key", "cookie"}
    assert names <= {name for name, _ in upstream.service.received[1].headers}
    assert not names & {name for name, _ in other.last.headers}
    assert "tok-0123" not in str(other.last)


async def test_a_body_does_not_follow_to_another_origin(reachable, upstream):
    other = Service()
    sock, port = free_socket()
    reachable.allow(port)
    tool = http_tool(
        url=upstream.url,
        path="/redirect",
        parameters=(parameter("query", name="to"),),
        body=body("application/json", fixed={"token": "{{TOKEN}}"}),
    )
    async with serving(other.app(), sock):
        await reachable.run(tool, {"p": f"http://127.0.0.1:{port}/echo"}, {"TOKEN": "tok-0123"})
        await reachable.upstreams.close()
    assert other.last.body == b""


async def test_the_guard_looks_at_every_hop(reachable, upstream):
    sock, port = free_socket()
    with sock:
        tool = http_tool(
            url=upstream.url, path="/redirect", parameters=(parameter("query", name="to"),)
        )
        for target in (f"http://127.0.0.1:{port}/x", "http://169.254.169.254/latest/meta-data"):
            outcome = await reachable.run(tool, {"p": target})
            assert outcome.error_code == "egress_refused"
            assert "not a public address" in text_of(outcome)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://2130706433",
        "http://0x7f.1",
    ],
)
async def test_an_inner_address_is_refused_and_explained(running, url):
    outcome = await running.run(http_tool(url=url))
    assert outcome.error_code == "egress_refused"
    assert "Tools reach public addresses only" in text_of(outcome)


async def test_a_name_that_points_inside_is_refused(running):
    outcome = await running.run(http_tool(url="http://localhost:1"))
    assert outcome.error_code == "egress_refused"


async def test_a_redirect_in_a_circle_ends(reachable, upstream):
    outcome = await reachable.run(http_tool(url=upstream.url, path="/loop"))
    assert "redirected more than 5 times" in text_of(outcome)
    assert len(upstream.service.received) == 6


@pytest.mark.parametrize(
    "target",
    [
        "ftp://x.example/",
        "javascript:alert(1)",
        "http://[::1",
        "http://x:99999/",
        "http://x y/",
        "file:///etc/passwd",
        "http://@:80/",
    ],
)
async def test_a_redirect_to_nonsense_is_explained(reachable, upstream, target):
    tool = http_tool(
        url=upstream.url, path="/redirect", parameters=(parameter("query", name="to"),)
    )
    outcome = await reachable.run(tool, {"p": target})
    assert outcome.is_error
    assert outcome.error_code != "internal"
    assert "not a web address" in text_of(outcome)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_change_is_not_redirected(reachable, upstream, method):
    tool = http_tool(url=upstream.url, method=method, path="/redirect?to=/echo&status=307")
    outcome = await reachable.run(tool)
    assert outcome.error_code == "http_307"
    assert len(upstream.service.received) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(
    ("method", "tries"), [("GET", 3), ("PUT", 3), ("DELETE", 3), ("POST", 1), ("PATCH", 1)]
)
async def test_only_what_may_be_repeated_is_tried_again(reachable, upstream, method, tries, status):
    upstream.service.answer_next(*(Response(status_code=status) for _ in range(3)))
    outcome = await reachable.run(http_tool(url=upstream.url, method=method, path="/scripted"))
    assert outcome.error_code == f"http_{status}"
    assert len(upstream.service.received) == tries
    assert reachable.pauses == [0.2, 0.4][: tries - 1]


async def test_a_second_try_that_succeeds_is_the_answer(reachable, upstream):
    upstream.service.answer_next(Response(status_code=503), JSONResponse({"a": 1}))
    outcome = await reachable.run(http_tool(url=upstream.url, path="/scripted"))
    assert outcome.structured == {"a": 1}


@pytest.mark.parametrize(
    ("status", "asked", "pauses"),
    [
        (429, "1", [1.0]),
        (503, "3", [3.0]),
        (429, "4", []),
        (429, None, []),
        (429, "soon", []),
        (429, "-1", []),
        (429, "²", []),
        (503, "²", [0.2]),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", [0.2]),
        (500, "1", []),
        (404, "1", []),
    ],
)
async def test_a_wait_that_the_service_asks_for_is_kept_when_it_is_short(
    reachable, upstream, status, asked, pauses
):
    headers = {} if asked is None else {"retry-after": asked}
    upstream.service.answer_next(Response(status_code=status, headers=headers), JSONResponse({}))
    outcome = await reachable.run(http_tool(url=upstream.url, path="/scripted"))
    assert reachable.pauses == pauses
    assert outcome.error_code == ("" if pauses else f"http_{status}")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_connection_is_tried_again_and_explained(running, method):
    sock, port = free_socket()
    sock.close()
    running.allow(port)
    outcome = await running.run(http_tool(url=f"http://127.0.0.1:{port}", method=method))
    assert f"No connection to 127.0.0.1:{port}" in text_of(outcome)
    assert len(running.pauses) == MAX_RETRIES


@pytest.mark.parametrize(("method", "tries"), [("GET", 3), ("POST", 1)])
@pytest.mark.parametrize(
    "answer",
    [
        RESET,
        b"",
        b"not http\r\n\r\n",
        OK + b'{"a"' + RESET,
        OK + b'{"a"',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_a_connection_that_breaks_is_explained(running, method, tries, answer):
    async with raw_service([answer]) as service:
        running.allow(service.port)
        outcome = await running.run(http_tool(url=service.url, method=method))
        assert "closed the connection" in text_of(outcome)
        assert outcome.error_code == "upstream_unavailable"
        assert len(service.requests) == tries


async def test_a_connection_that_breaks_once_is_made_again(running):
    async with raw_service([RESET, OK + b'{"a":1}']) as service:
        running.allow(service.port)
        outcome = await running.run(http_tool(url=service.url))
        assert outcome.structured == {"a": 1}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("first", [RESET, BUSY])
@pytest.mark.parametrize("then", [DONE, NOT_FOUND])
async def test_a_change_that_was_sent_twice_says_so(running, method, first, then):
    async with raw_service([first, then]) as service:
        running.allow(service.port)
        outcome = await running.run(http_tool(url=service.url, method=method))
        assert len(service.requests) == 2
        assert f"the {method} was sent before" in outcome.content[-1]["text"]


@pytest.mark.parametrize(("method", "answers"), [("GET", [RESET, DONE]), ("PUT", [DONE])])
async def test_what_only_reads_or_was_sent_once_is_no_repetition(running, method, answers):
    async with raw_service(answers) as service:
        running.allow(service.port)
        outcome = await running.run(http_tool(url=service.url, method=method))
        assert len(outcome.content) == 1


async def test_a_change_whose_every_try_breaks_may_have_been_made(running):
    async with raw_service([RESET]) as service:
        running.allow(service.port)
        for method, is_said in (("DELETE", True), ("POST", True), ("GET", False)):
            outcome = await running.run(http_tool(url=service.url, method=method))
            assert ("may have been carried out" in text_of(outcome)) is is_said


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
async def test_a_compression_that_nobody_asked_for_is_refused(running, encoding):
    answer = OK.replace(b"\r\n\r\n", f"\r\nContent-Encoding: {encoding}\r\n\r\n".encode())
    async with raw_service([answer + b"1234567"]) as service:
        running.allow(service.port)
        outcome = await running.run(http_tool(url=service.url))
        assert "was not asked to" in text_of(outcome)


async def test_tls_that_the_service_does_not_speak_is_explained(reachable, upstream):
    outcome = await reachable.run(http_tool(url=upstream.url.replace("http:", "https:")))
    assert f"TLS connection to 127.0.0.1:{upstream.port} failed" in text_of(outcome)
    assert reachable.pauses == []


async def test_cookies_are_never_kept(reachable, upstream):
    upstream.service.answer_next(
        JSONResponse({}, headers={"set-cookie": "session=1; Path=/"}), JSONResponse({})
    )
    for _ in range(2):
        await reachable.run(http_tool(url=upstream.url, path="/scripted"))
    assert upstream.service.last.header("cookie") is None


async def test_connections_are_used_again(reachable, upstream, monkeypatch):
    opened = []
    loop = asyncio.get_running_loop()
    create = loop.create_connection

    async def noting(*args, **kwargs):
        opened.append(args)
        return await create(*args, **kwargs)

    monkeypatch.setattr(loop, "create_connection", noting)
    for _ in range(3):
        await reachable.run(http_tool(url=upstream.url, path="/echo"))
    assert len(opened) == 1


async def test_organizations_share_no_connections_and_idle_pools_are_dropped(
    reachable, upstream, monkeypatch
):
    monkeypatch.setattr(upstream_module, "MAX_ORGANIZATIONS", 2)
    for _ in range(4):
        reachable.organization_id = uuid4()
        await reachable.run(http_tool(url=upstream.url, path="/echo"))
    assert len(reachable.upstreams._pools) == 2


async def test_a_failure_of_the_service_masks_what_it_echoes(reachable, upstream):
    upstream.service.answer_next(JSONResponse({"you sent": "tok-0123"}, status_code=400))
    tool = http_tool(url=upstream.url, path="/scripted", credentials=((BEARER,),))
    outcome = await reachable.run(tool, {}, {"TOKEN": "tok-0123"}, shows_exchange=True)
    assert "tok-0123" not in str(outcome)
    assert upstream.service.last.header("authorization") == "Bearer tok-0123"
