"""What stands in front of the pages: headers, caching, sizes, addresses."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.environment import Environment
from core.settings import Settings
from saas_app.content_policy import script_hashes
from saas_app.serving import LARGEST_API_REQUEST_BYTES, Serving
from tests.conftest import settings_with

SCRIPT = 'window.a = "<b>";'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built UI of three pages and one asset."""
    page = f'<html><script src="/x.js"></script><script>{SCRIPT}</script></html>'
    for name in ("index.html", "servers/index.html", "connect/index.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(page)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "favicon.ico").write_text("i")
    return tmp_path


def app_over(folder: Path, settings: Settings) -> Serving:
    async def count(request: Request) -> JSONResponse:
        return JSONResponse({"bytes": len(await request.body())})

    async def crash(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("gone", status_code=404)

    inner = Starlette(
        routes=[
            Route("/api/count", count, methods=["POST"]),
            Route("/assets/gone.js", crash),
            Mount("/", StaticFiles(directory=folder, html=True)),
        ]
    )
    return Serving(inner, settings, folder)


@pytest.fixture
async def client(folder: Path, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in front of it."""
    app = app_over(folder, settings_with(tmp_path))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


async def test_every_answer_says_not_to_guess_types_or_be_framed(client):
    for path in ("/", "/assets/app-1a2b.js", "/nothing", "/api/count"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "camera=()" in headers["permissions-policy"]


async def test_a_page_runs_only_scripts_that_were_built(client):
    policy = (await client.get("/")).headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    scripts = policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in scripts
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://localhost:3000" in policy
    assert "form-action 'self' http://localhost:8800" in policy


@pytest.mark.parametrize("path", ["/connect", "/connect/", "/connect?request=abc"])
async def test_only_the_consent_page_may_lead_a_form_anywhere(client, path):
    assert "form-action" not in (await client.get(path)).headers["content-security-policy"]
    assert "form-action" in (await client.get("/servers")).headers["content-security-policy"]


async def test_a_page_is_served_without_its_slash_and_without_a_redirect(client):
    for path in ("/servers", "/servers/"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "//servers", "/servers%00"])
async def test_a_crooked_path_finds_nothing(client, folder, path):
    (folder.parent / "secret").mkdir(exist_ok=True)
    (folder.parent / "secret" / "index.html").write_text("secret")
    answer = await client.get(path)
    assert answer.status_code in (200, 404)
    assert "secret" not in answer.text


async def test_an_address_of_the_api_with_a_character_that_no_name_has_finds_nothing(client):
    answer = await client.post("/api/o/%00/sources")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_built_assets_are_kept_for_ever_and_missing_ones_are_not(client):
    assert "immutable" in (await client.get("/assets/app-1a2b.js")).headers["cache-control"]
    assert "cache-control" not in (await client.get("/assets/gone.js")).headers
    assert (await client.get("/favicon.ico")).headers["cache-control"] == "public, max-age=3600"


async def test_the_api_is_never_cached_and_runs_nothing(client):
    headers = (await client.post("/api/count", content=b"abc")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_large_request_is_refused_before_it_is_read(client):
    answer = await client.post("/api/count", content=b"x" * (LARGEST_API_REQUEST_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("length", [b"\xb2", b"\xb9\xb2", b"-1", b"1.5", b"9" * 5_000])
async def test_a_length_that_is_no_number_is_refused(client, length):
    headers = {b"content-length": length}
    answer = await client.post("/api/count", content=b"abc", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_a_large_request_of_unknown_length_is_refused_while_it_is_read(client):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_API_REQUEST_BYTES // 1_000_000 + 2):
            yield b"x" * 1_000_000

    assert (await client.post("/api/count", content=pieces())).status_code == 413


async def test_a_request_of_the_allowed_size_passes(client):
    assert (await client.post("/api/count", content=b"x" * 1_000_000)).json() == {
        "bytes": 1_000_000
    }


async def test_tls_is_demanded_only_where_it_is_used(client, folder, tmp_path):
    assert "strict-transport-security" not in (await client.get("/")).headers
    secure = settings_with(
        tmp_path, environment=Environment.PRODUCTION, public_url="https://kiln.example"
    )
    transport = httpx2.ASGITransport(app=app_over(folder, secure))
    async with httpx2.AsyncClient(transport=transport, base_url="https://kiln.example") as browser:
        headers = (await browser.get("/")).headers
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert "connect-src 'self' wss://kiln.example" in headers["content-security-policy"]


def test_scripts_are_hashed_as_browsers_do(tmp_path):
    (tmp_path / "a.html").write_text(
        "<script>a&amp;b</script><script>\n x </script><script></script>"
    )
    expected = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in ("a&amp;b", "\n x ")
    }
    assert set(script_hashes(tmp_path)) == expected
