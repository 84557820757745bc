"""A source sent as a file: read for members, refused for everybody and everything else."""

from collections.abc import AsyncIterator

import httpx2
import orjson
import pytest

from core.access import intake_for
from core.ids import as_uuid
from core.sessions import cookie_name
from saas_app.api import sources
from saas_app.api.routes import make_api
from saas_app.samples import sample_source
from saas_app.services.intakes import read_pasted
from tests.saas_app.services.test_intakes import DOCUMENT

HERE = {"origin": "http://localhost:3000"}
PATH = "/api/o/acme/sources"
FILE = {"file": ("cities.json", orjson.dumps(DOCUMENT), "application/json")}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The route only carries; the services behind it are tried on both databases."""
    return request.param


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
def signed_in(browser, committed_cast, session_of):
    async def sign_in(who: str) -> httpx2.AsyncClient:
        token = await session_of(getattr(committed_cast, who))
        browser.cookies.set(cookie_name(is_secure=False), token)
        return browser

    return sign_in


async def test_a_file_becomes_a_source(signed_in, database, committed_cast):
    browser = await signed_in("bob")
    answer = await browser.post(PATH, files=FILE, headers=HERE)
    assert answer.status_code == 200
    async with database.read() as session:
        intake = await intake_for(session, committed_cast.alice, as_uuid(answer.json()["intake"]))
    assert intake.proposal["name"] == "Cities"


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("mallory", 404)])
async def test_viewers_and_strangers_send_no_files(signed_in, who, status):
    browser = await signed_in(who)
    assert (await browser.post(PATH, files=FILE, headers=HERE)).status_code == status


async def test_nobody_sends_files_without_a_session_or_from_another_site(browser, signed_in):
    assert (await browser.post(PATH, files=FILE, headers=HERE)).status_code == 401
    browser = await signed_in("alice")
    elsewhere = {"origin": "https://evil.example"}
    assert (await browser.post(PATH, files=FILE, headers=elsewhere)).status_code == 403


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "neither"), (b"\x89PNG\0\0", "not a text"), (b"", "Paste a document")],
)
async def test_what_is_no_source_is_refused_in_words(signed_in, content, words):
    browser = await signed_in("alice")
    answer = await browser.post(PATH, files={"file": ("a.txt", content)}, headers=HERE)
    assert answer.status_code == 422
    assert words in answer.json()["title"]
    assert answer.json()["field"] == "source"


async def test_a_file_has_a_size(signed_in, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    monkeypatch.setattr(sources, "ENVELOPE_BYTES", 10)
    browser = await signed_in("alice")
    assert (await browser.post(PATH, files=FILE, headers=HERE)).status_code == 429


async def test_a_file_has_a_size_in_numbers(signed_in):
    browser = await signed_in("alice")
    headers = {b"origin": HERE["origin"].encode(), b"content-length": b"\xb2"}
    assert (await browser.post(PATH, files=FILE, headers=headers)).status_code == 400


@pytest.mark.parametrize(("name", "count"), [("weather", 3), ("commands", 2)])
async def test_the_bundled_examples_are_sources(name, count):
    proposal = await read_pasted(sample_source(name))
    assert len(proposal.tools) == count
    assert proposal.skipped == ()
