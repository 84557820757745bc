"""The guide for developers, followed to the letter in a copy of the code."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import ARGUMENTS, sign_up
from tests.guide import follow
from tests.product import ROOT, chromium_path, running_product

GUIDE = ROOT / "docs/extending.md"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, with the guide's page in it."""
    tree = tmp_path_factory.mktemp("extended")
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, files):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    follow(GUIDE, tree)
    return tree


def test_the_guides_code_is_formatted_and_typed_and_its_test_passes(extended: Path):
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        [*ruff, "check", "--quiet", "core", "saas_app", "tests/saas_app/services"],
        [sys.executable, "-m", "pytest", "-q", "tests/saas_app/services/test_inventory.py"],
    ):
        done = subprocess.run(command, cwd=extended, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


async def test_the_page_of_the_guide_is_there_in_the_browser(
    extended: Path, tmp_path_factory: pytest.TempPathFactory
):
    data = tmp_path_factory.mktemp("extended-data")
    with running_product(data, root=extended) as product:
        async with async_playwright() as playwright:
            browser: Browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=ARGUMENTS
            )
            page = await browser.new_page(base_url=product.web_url)
            await sign_up(page, "Grace Hopper")
            await page.get_by_role("link", name="Inventory").first.click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Inventory")
            await expect(page.get_by_text("No tools yet")).to_be_visible()
            await browser.close()
