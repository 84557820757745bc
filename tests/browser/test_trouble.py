"""A database that fails: every page says what happened, and comes back when it does."""

from functools import partial
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.broken import without_table
from tests.browser import screens, steps
from tests.browser.conftest import begin_sign_up
from tests.browser.hosted import soon
from tests.product import Product

pytestmark = pytest.mark.slow

FAILED = "This page could not be loaded"


@pytest.mark.parametrize("table", ["web_session", "organization"])
async def test_a_page_that_cannot_be_loaded_says_so_and_is_loaded_again(
    newcomer: Page, product: Product, table: str
):
    path = await steps.make_studio_server(newcomer, product)
    for address in screens.signed_in_screens(path).values():
        with without_table(product.data_dir, table):
            await newcomer.goto(address)
            await expect(newcomer.get_by_role("heading", level=1)).to_have_text(FAILED)
            reference = await newcomer.get_by_role("alert").locator("code").inner_text()
            await soon(partial(_is_logged, product, reference), wanted=True)
            await expect(newcomer.get_by_role("button", name="Copy the reference")).to_be_visible()
            await expect(newcomer.locator(screens.LOADING)).to_have_count(0)
            await expect(newcomer.get_by_role("button", name="Dismiss")).to_have_count(0)
        await newcomer.get_by_role("button", name="Try again").click()
        await expect(newcomer.get_by_role("heading", name=FAILED)).to_have_count(0)
        await screens.settle(newcomer)


async def test_the_welcome_says_so_too(page: Page, product: Product):
    await begin_sign_up(page, f"Wel Come {uuid4().hex[:6]}")
    with without_table(product.data_dir, "membership"):
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(FAILED)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_label("Organization")).to_be_visible()


async def _is_logged(product: Product, reference: str) -> bool:
    return any(f"request_id={reference}" in line for line in product.log)
