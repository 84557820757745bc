"""The policy of the pages as Chromium applies it to forms and their redirects."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from core.settings import Settings
from saas_app.serving import Serving
from tests.browser.conftest import running_chromium
from tests.conftest import settings_with
from tests.upstreams.serving import free_socket, serving

FORM = "<form method=post action=/api/decide><button>Allow</button></form>"
EVIL = "<script>document.title = 'ran'</script>"
CLIENT_SAYS = "You are connected."


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with running_chromium() as browser:
        yield await browser.new_page()


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A site whose form ends, over the runtime, at a client's own address, as a consent does."""
    (web, web_port), (runtime, runtime_port), (client, client_port) = (
        free_socket() for _ in range(3)
    )
    settings = settings_with(tmp_path, web_port=web_port, runtime_port=runtime_port)
    back = Route("/callback", redirect_to(f"http://127.0.0.1:{client_port}/done"))
    done = Route("/done", lambda _request: PlainTextResponse(CLIENT_SAYS))
    async with (
        serving(site(tmp_path / "built", settings), web),
        serving(Starlette(routes=[back]), runtime),
        serving(Starlette(routes=[done]), client),
    ):
        yield f"http://localhost:{web_port}"


def site(folder: Path, settings: Settings) -> Serving:
    for name in ("connect", "other"):
        (folder / name).mkdir(parents=True)
        (folder / name / "index.html").write_text(FORM)
    decide = redirect_to(f"{settings.runtime_url}/callback")
    routes = [
        Route("/api/decide", decide, methods=["POST"]),
        Route("/injected", lambda _request: Response(EVIL, media_type="text/html")),
        Mount("/", StaticFiles(directory=folder, html=True)),
    ]
    return Serving(Starlette(routes=routes), settings, folder)


def redirect_to(url: str):
    async def answer(_request: Request) -> Response:
        return RedirectResponse(url, status_code=303)

    return answer


async def test_a_consent_reaches_the_clients_own_address(page, address):
    await page.goto(f"{address}/connect")
    await page.get_by_role("button", name="Allow").click()
    await page.get_by_text(CLIENT_SAYS).wait_for()


async def test_a_form_of_any_other_page_does_not_leave_the_product(page, address):
    await page.goto(f"{address}/other")
    async with page.expect_console_message(lambda message: "form-action" in message.text):
        await page.get_by_role("button", name="Allow").click(no_wait_after=True)
    assert page.url.startswith(address)


async def test_a_script_that_was_not_built_does_not_run(page, address):
    await page.goto(f"{address}/injected")
    assert await page.title() == ""
