"""A source is fetched through the guard, within limits, and every failure is told plainly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from core.egress import EgressRefused
from core.errors import DomainError, Invalid, LimitReached, UpstreamUnavailable
from saas_app.services.intake import fetch
from saas_app.services.intake.fetch import as_text, fetch_source, is_address


@asynccontextmanager
async def serving(answers: dict[str, bytes]) -> AsyncIterator[int]:
    """A server on loopback that gives raw answers by path; an unknown path never answers."""
    tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readline()).split()
        path = asked[1].decode() if asked else ""  # one who gave up may have asked for nothing
        if path in answers:
            writer.write(answers[path])
        else:
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(answer(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()
        for _ in range(10):  # whoever was let in at the last moment has a task by then
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)


def ok(body: bytes, kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def to(address: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture
def get(share):
    """Returns a function that fetches what the server gives at a path."""

    async def fetched(port: int, path: str):
        url = f"http://127.0.0.1:{port}{path}"
        return await fetch_source(url, allowed=frozenset({("127.0.0.1", port)}), lookups=share)

    return fetched


async def test_a_text_is_fetched_and_its_last_address_kept(get):
    async with serving({"/a": to("/b"), "/b": ok("openapi: 3.1.0 ä".encode())}) as port:
        fetched = await get(port, "/a")
    assert fetched.text == "openapi: 3.1.0 ä"
    assert fetched.url.endswith("/b")


@pytest.mark.parametrize(
    ("answer", "refusal", "words"),
    [
        (ok(b"<!DOCTYPE html><html></html>", "text/html"), Invalid, "web page"),
        (ok(b"\x89PNG\x00\x00"), Invalid, "not a text"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", UpstreamUnavailable, "404"),
        (to("/a"), Invalid, "redirects"),
        (to("http://169.254.169.254/latest"), EgressRefused, "public"),
        (to("http://127.0.0.1:1/"), EgressRefused, "public"),
        (b"nonsense", UpstreamUnavailable, "could not be reached"),
        (ok(b"x" * 101), LimitReached, "20 MB"),
    ],
)
async def test_what_cannot_be_taken_is_refused_on_the_box(monkeypatch, get, answer, refusal, words):
    monkeypatch.setattr(fetch, "MAX_BYTES", 100)
    async with serving({"/a": answer}) as port:
        with pytest.raises(refusal, match=words) as refused:
            await get(port, "/a")
    assert isinstance(refused.value, DomainError)
    assert refused.value.field == "source"


async def test_a_server_that_never_answers_is_given_up(monkeypatch, get):
    monkeypatch.setattr(fetch, "DEADLINE_SECONDS", 0.05)
    async with serving({}) as port:
        with pytest.raises(UpstreamUnavailable, match="did not answer") as refused:
            await get(port, "/silent")
    assert refused.value.can_retry


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/"]
)
async def test_inside_addresses_are_refused(url, share):
    with pytest.raises(EgressRefused) as refused:
        await fetch_source(url, allowed=frozenset(), lookups=share)
    assert refused.value.field == "source"


@pytest.mark.parametrize(
    "url", ["ftp://example.com/a", "http:///a", "https://u:p@example.com/a", "http://a:99999/"]
)
async def test_odd_addresses_are_refused(url, share):
    with pytest.raises(Invalid):
        await fetch_source(url, allowed=frozenset(), lookups=share)


def test_texts_of_other_encodings_are_read():
    assert as_text("ä".encode("utf-16")) == "ä"
    assert as_text("\ufeffä".encode()) == "ä"
    assert as_text("ä".encode("latin-1"), charset="latin-1") == "ä"


def test_an_address_stands_alone():
    assert is_address(" https://example.com/openapi.json\n")
    assert not is_address("curl https://example.com")
    assert not is_address("https://a.example https://b.example")
