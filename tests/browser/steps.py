"""What a person does in the browser, one act each, for the tests that walk through the product."""

import json
import re
from urllib.parse import urlsplit
from uuid import UUID

from playwright.async_api import Page, expect

from core.clock import now_utc
from saas_app.resources import Resources
from saas_app.services.mail import Letter, post
from saas_app.services.mail.catalog import TEMPLATES
from sample_api.app import KEY as STUDIO_KEY
from sample_api.document import document
from tests.product import Product

SERVER_NAME = "Kiln desk"
VARIABLE = "POTTERY_STUDIO_API_KEY"


def studio_document(product: Product) -> str:
    """The sample API's OpenAPI document, as a person would copy it."""
    return json.dumps(document(product.sample_url), indent=2)


async def post_mail(parts: Resources, *, to: str) -> UUID:
    """Post a message with made-up values, as a service would."""
    letter = Letter("invitation", to, TEMPLATES["invitation"].sample)
    async with parts.database.write() as session:
        mail = await post(session, parts.sealer, letter, now=now_utc())
    assert mail is not None
    return mail.id


async def paste_source(page: Page, text: str) -> None:
    """Open New server, paste something, and wait for what is found in it."""
    await page.get_by_role("link", name="New server").first.click()
    await page.get_by_label("OpenAPI document, cURL commands, or an address").fill(text)
    await page.get_by_role("button", name="Find tools").click()
    await expect(page.get_by_role("list", name="Proposed tools")).to_be_visible()


async def create_server(page: Page, name: str) -> str:
    """Make a server of what is picked, and return its page's path."""
    await page.get_by_label("Name of the server").fill(name)
    await page.get_by_role("button", name="Create server with").click()
    await page.wait_for_url("**/servers/*/tools")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return urlsplit(page.url).path.removesuffix("/tools").removesuffix("/tools/")


async def make_studio_server(page: Page, product: Product, name: str = SERVER_NAME) -> str:
    """Make a server of the whole sample API with its key, and return its page's path."""
    await paste_source(page, studio_document(product))
    path = await create_server(page, name)
    await set_value(page, path, STUDIO_KEY)
    return path


async def make_python_tool(page: Page, product: Product, name: str) -> str:
    """Make a server with one Python tool, open that, and return the path of the server's page."""
    await page.get_by_role("link", name="New server").first.click()
    await page.get_by_role("button", name="empty server").click()
    await page.get_by_label("Name").fill("Forecasts")
    await page.get_by_role("button", name="Create server").click()
    await page.wait_for_url("**/servers/*/tools")
    path = page.url.removeprefix(product.web_url).rstrip("/").removesuffix("/tools")
    await page.get_by_role("button", name="Write Python").click()
    await page.get_by_role("dialog").get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Add tool").click()
    await page.wait_for_url("**/tools/*")
    return path


async def write_code(page: Page, code: str) -> None:
    """Put code in the place of what the editor of a Python tool holds."""
    await page.locator("#tool-source .cm-content").click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text(code)


async def set_value(page: Page, path: str, value: str) -> None:
    """Give the server's one variable its value."""
    await page.goto(f"{path}/variables")
    await page.get_by_text("Set value").click()
    await page.get_by_label("New value of").fill(value)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("is set.")).to_be_visible()


async def open_tool(page: Page, path: str, name: str) -> None:
    """Open the editor of one of a server's tools."""
    await page.goto(f"{path}/tools")
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()


async def publish(page: Page, path: str, note: str = "") -> None:
    """Publish the draft of a server as its next version."""
    await page.goto(f"{path}/versions")
    await page.get_by_label("Note").fill(note)
    await page.get_by_role("button", name="Publish version").click()
    await expect(page.get_by_text(re.compile(r"^Version \d+ is live\.$"))).to_be_visible()
