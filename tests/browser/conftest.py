"""One running product for all browser tests, and a browser context of its own for each."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from core.settings import DEVELOPMENT_SECRETS, Settings
from saas_app import demo as demo_seed
from saas_app import resources
from saas_app.resources import Resources
from tests.cast import PASSWORD
from tests.product import Product, chromium_path, running_product

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONGEST_WAIT_MS = 20_000
expect.set_options(timeout=LONGEST_WAIT_MS)
HARMLESS = ("Disconnect websocket on page navigation",)


@pytest.fixture(scope="session")
def product(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, started once."""
    with running_product(tmp_path_factory.mktemp("product"), root=tree) as product:
        yield product


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A browser without profiles."""
    async with async_playwright() as playwright:
        path = chromium_path(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The demo's server: published, over the sample API."""

    mcp_url: str
    page_url: str
    key: str
    email: str
    password: str


@pytest.fixture
async def parts(product: Product) -> AsyncIterator[Resources]:
    """The running product's database and services, for what no screen can do yet."""
    parts = resources.build(
        Settings(
            _env_file=product.data_dir / DEVELOPMENT_SECRETS,  # pyright: ignore[reportCallIssue]
            data_dir=product.data_dir,
            web_port=urlsplit(product.web_url).port or 0,
            runtime_port=urlsplit(product.mcp_url).port or 0,
            sample_api_port=urlsplit(product.sample_url).port or 0,
        )
    )
    yield parts
    await parts.close()


@pytest.fixture
async def demo(parts: Resources) -> DemoServer:
    """The seeded demo of the running product, with a new key."""
    seeded = await demo_seed.seed(parts)
    return DemoServer(
        mcp_url=seeded.mcp_url,
        page_url=seeded.page_url,
        key=seeded.key,
        email=demo_seed.EMAIL,
        password=demo_seed.PASSWORD,
    )


@pytest.fixture
async def context(product: Product) -> AsyncIterator[BrowserContext]:
    """A fresh browser profile."""
    async with running_chromium() as browser:
        context = await browser.new_context(
            base_url=product.web_url, viewport={"width": 1280, "height": 860}
        )
        context.set_default_timeout(LONGEST_WAIT_MS)
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose console and scripts must stay without errors."""
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: broken.append(message.text) if message.type == "error" else None,
    )
    yield page
    assert [line for line in broken if not line.startswith(HARMLESS)] == []


@pytest.fixture
async def newcomer(page: Page) -> Page:
    """A page of somebody who has just signed up."""
    name = f"Ada {uuid4().hex[:6]}"
    await sign_up(page, name)
    return page


async def sign_up(page: Page, name: str) -> str:
    """Sign up through the form and the welcome; return the address's organization slug."""
    await begin_sign_up(page, name)
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url("**/o/*/servers")
    return page.url.split("/o/")[1].split("/")[0]


async def begin_sign_up(page: Page, name: str) -> None:
    """Sign up through the form, as far as the welcome."""
    await page.goto("/sign-up")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("E-mail").fill(f"{name.replace(' ', '.').lower()}@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await page.get_by_role("button", name="Confirm address and go on").click()
    await expect(page.get_by_label("Organization")).to_be_visible()


async def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in through the form."""
    await page.goto("/sign-in")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/o/*/servers")
