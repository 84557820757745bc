"""The guide for developers, followed to the letter in a copy of the code."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import running_chromium, sign_up
from tests.guide import follow
from tests.operations.copies import copy_tree
from tests.product import ROOT, clean_environment, running_product

pytestmark = pytest.mark.slow

GUIDE = ROOT / "docs/extending.md"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the guide's page in it."""
    tree = tmp_path_factory.mktemp("extended")
    copy_tree(tree)
    follow(GUIDE, tree)
    return tree


@pytest.mark.parametrize(
    "command",
    [
        "python -m ruff format --check --diff .",
        "python -m ruff check .",
        "lint-imports --no-cache",
        "python -m pytest -q tests/saas_app/services/test_inventory.py",
        pytest.param(f"python -m pyright --pythonpath {sys.executable}", marks=pytest.mark.slow),
    ],
)
def test_the_guides_code_passes_every_check_and_its_own_test(extended: Path, command: str):
    program, *arguments = command.split()
    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=extended,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_the_page_of_the_guide_is_there_in_the_browser(
    extended: Path, tmp_path_factory: pytest.TempPathFactory
):
    data = tmp_path_factory.mktemp("extended-data")
    with running_product(data, root=extended) as product:
        async with running_chromium() as browser:
            page = await browser.new_page(base_url=product.web_url)
            await sign_up(page, "Grace Hopper")
            await page.get_by_role("link", name="Inventory").first.click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Inventory")
            await expect(page.get_by_text("No tools yet")).to_be_visible()
