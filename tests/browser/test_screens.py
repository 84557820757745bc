"""A picture of every screen in its states, at three widths in both themes, for people to look at.

They are written to the folder that SCREENSHOTS names; nothing may stick out at the side.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect

from core.access import organizations_of
from saas_app.resources import Resources
from saas_app.services.accounts import user_with_email
from tests.broken import without_table
from tests.browser import people, screens, steps
from tests.browser.conftest import DemoServer, sign_in
from tests.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WIDTHS = (360, 768, 1440)
THEMES = ("light", "dark")
LOWEST, HIGHEST = 800, 4_000
Shoot = Callable[[Page, str], Awaitable[None]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go."""
    wanted = os.environ.get("SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def shoot(folder: Path) -> Shoot:
    """Take the pictures of what a page shows now."""

    async def take(page: Page, name: str) -> None:
        sticking_out = []
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": LOWEST})
            tall = int(await page.evaluate("document.documentElement.scrollHeight"))
            height = min(max(tall, LOWEST), HIGHEST)
            await page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                await expect(page.locator("html")).to_contain_class(theme)
                await page.evaluate(screens.END_TRANSITIONS)
                await page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
            if await page.evaluate("document.documentElement.scrollWidth") > width:
                sticking_out.append(width)
        assert sticking_out == [], f"{name} is wider than the window"

    return take


async def test_public_screens(page: Page, shoot: Shoot):
    for name, path in screens.PUBLIC.items():
        await screens.arrive(page, path)
        await shoot(page, name)
    await page.goto("/sign-up")
    await page.get_by_label("E-mail").fill("no address")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    await shoot(page, "sign-up-error")


async def test_a_page_that_is_not_there(context: BrowserContext, shoot: Shoot):
    page = await context.new_page()
    await screens.arrive(page, screens.NOWHERE)
    await shoot(page, "not-found")


async def test_first_use(newcomer: Page, shoot: Shoot):
    organization = newcomer.url.rstrip("/").removesuffix("/servers")
    await screens.settle(newcomer)
    await shoot(newcomer, "first-servers")
    await screens.arrive(newcomer, f"{organization}/new")
    await newcomer.get_by_role("button", name="empty server").click()
    await shoot(newcomer, "first-empty-server-dialog")
    await newcomer.get_by_label("Name").fill("Nothing yet")
    await newcomer.get_by_role("button", name="Create server").click()
    await newcomer.wait_for_url("**/servers/*/tools")
    path = newcomer.url.rstrip("/").removesuffix("/tools")
    for name, part in screens.SERVER.items():
        await screens.arrive(newcomer, path + part)
        await shoot(newcomer, f"first-{name}")


async def test_reading_a_source(newcomer: Page, product: Product, shoot: Shoot):
    organization = newcomer.url.rstrip("/").removesuffix("/servers")
    await screens.arrive(newcomer, f"{organization}/new")
    await shoot(newcomer, "new-server")
    box = newcomer.get_by_label("OpenAPI document, cURL commands, or an address")
    await box.fill('{"openapi": "3.1.0", "info": {')
    await newcomer.get_by_role("button", name="Find tools").click()
    await expect(newcomer.locator("#source-error")).not_to_be_empty()
    await shoot(newcomer, "new-server-error")
    await newcomer.reload()
    await newcomer.get_by_role("link", name="Servers", exact=True).first.click()
    await steps.paste_source(newcomer, steps.studio_document(product))
    await shoot(newcomer, "proposal")
    await newcomer.get_by_label("Search tools").fill("no such thing")
    await expect(newcomer.get_by_text("No tool matches")).to_be_visible()
    await shoot(newcomer, "proposal-no-match")
    path = await steps.create_server(newcomer, "Kilns")
    await screens.settle(newcomer)
    await shoot(newcomer, "partial-tools")
    for name in ("overview", "variables", "versions"):
        await screens.arrive(newcomer, path + screens.SERVER[name])
        await shoot(newcomer, f"partial-{name}")


async def test_a_page_that_cannot_be_loaded(
    page: Page, demo: DemoServer, product: Product, shoot: Shoot
):
    await sign_in(page, demo.email, demo.password)
    with without_table(product.data_dir, "web_session"):
        await screens.arrive(page, screens.path_of(demo))
        await shoot(page, "not-loaded")


async def test_loading(page: Page, demo: DemoServer, shoot: Shoot):
    await sign_in(page, demo.email, demo.password)

    def say_nothing(_socket: WebSocketRoute) -> None:
        """Neither connect to the server nor answer."""

    await page.route_web_socket("**/_event/**", say_nothing)
    for name, path in screens.signed_in_screens(screens.path_of(demo)).items():
        await page.goto(path)
        await expect(page.get_by_role("main")).to_be_visible()
        await shoot(page, f"loading-{name}")


async def test_a_server_in_use(page: Page, demo: DemoServer, shoot: Shoot):
    await screens.make_calls(demo)
    await sign_in(page, demo.email, demo.password)
    path = screens.path_of(demo)
    for name, address in screens.signed_in_screens(path).items():
        await screens.arrive(page, address)
        await shoot(page, f"done-{name}")
    for name, address in screens.ACCOUNT.items():
        await screens.arrive(page, address)
        await shoot(page, f"done-account-{name}")
    await screens.arrive(page, path.rsplit("/", 1)[0] + "/00000000-0000-0000-0000-000000000000")
    await shoot(page, "error-no-such-server")


async def test_the_editor_of_a_tool(page: Page, demo: DemoServer, shoot: Shoot):
    await sign_in(page, demo.email, demo.password)
    await steps.open_tool(page, screens.path_of(demo), "get_kiln")
    panel = page.get_by_role("region", name="Try it")
    await screens.settle(page)
    await shoot(page, "tool")
    for kiln, words in (("k9", "Tool error"), ("k2", "Answered")):
        await panel.get_by_label("kilnId").fill(kiln)
        await panel.get_by_role("button", name="Run").click()
        await expect(panel.get_by_text(words)).to_be_visible()
        await shoot(page, f"tool-{words.lower().replace(' ', '-')}")
    await panel.get_by_role("tab", name="Request").click()
    await shoot(page, "tool-request")
    await page.get_by_role("link", name="JSON Schema").click()
    await expect(page.get_by_label("JSON Schema of the arguments")).to_be_visible()
    await shoot(page, "tool-schema")


async def test_a_tool_in_python(newcomer: Page, product: Product, shoot: Shoot):
    path = await steps.make_python_tool(newcomer, product, "greet")
    panel = newcomer.get_by_role("region", name="Try it")
    await screens.settle(newcomer)
    await shoot(newcomer, "python")
    await steps.write_code(newcomer, "async def greet(kiln: str) -> dict:\n    return http.get(\n")
    await expect(newcomer.get_by_role("list", name="Problems in the code")).to_be_visible()
    await shoot(newcomer, "python-problems")
    await steps.write_code(newcomer, screens.PRINTS)
    await panel.get_by_label("name").fill("you")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_role("list", name="Connections")).to_be_visible()
    await shoot(newcomer, "python-running")
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_text("Stopped", exact=True)).to_be_visible()
    await shoot(newcomer, "python-stopped")
    await steps.write_code(newcomer, screens.PRINTS.replace("sleep(25)", "sleep(0)"))
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("Answered")).to_be_visible()
    for part in ("Output", "Connections"):
        await panel.get_by_role("tab", name=part).click()
        await shoot(newcomer, f"python-{part.lower()}")
    await screens.arrive(newcomer, path)
    await expect(newcomer.get_by_role("table", name="Workers")).to_be_visible()
    await shoot(newcomer, "python-runtime")
    await screens.arrive(newcomer, f"{path}/settings")
    await shoot(newcomer, "python-settings")


async def test_dialogs(page: Page, demo: DemoServer, shoot: Shoot):
    await sign_in(page, demo.email, demo.password)
    path = screens.path_of(demo)
    await screens.arrive(page, f"{path}/tools")
    await page.get_by_role("button", name="Add tools").click()
    await page.get_by_role("menuitem", name="HTTP request").click()
    await shoot(page, "dialog-add-request")
    await screens.arrive(page, f"{path}/variables")
    await page.get_by_role("button", name="Add variable").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await shoot(page, "dialog-variable")
    await screens.arrive(page, f"{path}/keys")
    await page.get_by_role("button", name="New key").first.click()
    await page.get_by_label("Name").fill("Nightly report")
    await shoot(page, "dialog-new-key")
    await page.get_by_role("button", name="Make key").click()
    await expect(page.get_by_text("Copy the key now")).to_be_visible()
    await shoot(page, "dialog-key-made")
    await page.get_by_role("button", name="I have copied it").click()
    await screens.arrive(page, f"{path}/settings")
    await page.get_by_role("button", name="Delete server").first.click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    await shoot(page, "dialog-delete")


async def test_the_gallery_of_the_kit(page: Page, shoot: Shoot):
    await page.goto("/dev/gallery")  # some of its parts are loading for ever
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await shoot(page, "gallery")


async def test_keys_of_an_organization(newcomer: Page, shoot: Shoot):
    await screens.settle(newcomer)
    organization = newcomer.url.rstrip("/").removesuffix("/servers")
    await screens.arrive(newcomer, f"{organization}/api-keys")
    await shoot(newcomer, "first-api-keys")
    for name, scopes in (("Deploy pipeline", ["Change servers", "Publish"]), ("Charts", [])):
        await newcomer.get_by_role("button", name="New key").first.click()
        await newcomer.get_by_role("textbox", name="Name").fill(name)
        for scope in [*scopes, "Read calls"]:
            await newcomer.get_by_label(scope).first.check()
        if not scopes:
            await shoot(newcomer, "dialog-new-api-key")
        await newcomer.get_by_role("button", name="Make key").click()
        await expect(newcomer.get_by_text("Copy the key now")).to_be_visible()
        if not scopes:
            await shoot(newcomer, "dialog-api-key-made")
        await newcomer.get_by_role("button", name="I have copied it").click()
    await newcomer.get_by_role("button", name="Rotate").first.click()
    await shoot(newcomer, "dialog-rotate-api-key")
    await newcomer.get_by_role("button", name="Rotate key").click()
    await newcomer.get_by_role("button", name="I have copied it").click()
    await newcomer.get_by_role("button", name="Revoke").last.click()
    await newcomer.get_by_role("button", name="Revoke key").click()
    await expect(newcomer.get_by_text("Revoked", exact=True)).to_be_visible()
    await shoot(newcomer, "done-api-keys-used")


async def test_the_admin_area(page: Page, parts: Resources, demo: DemoServer, shoot: Shoot):
    admin, bob = await people.make_admin(parts), await people.make_someone(parts, "Bob")
    async with parts.database.read() as session:
        studio = await user_with_email(session, demo.email)
        assert studio is not None
        home = (await organizations_of(session, studio.id))[0]
    await screens.make_calls(demo)
    await people.show_password(page, admin)
    await page.wait_for_url("**/o/*/servers")
    for name, path in screens.ADMIN.items():
        await screens.arrive(page, path)
        await shoot(page, name)
    await screens.arrive(page, f"/admin/organizations/{home.id}")
    await shoot(page, "admin-organization")
    await screens.arrive(page, f"/admin/users/{bob.id}")
    await shoot(page, "admin-person")
    for act, name in (("Ban…", "admin-ban"), ("Act in their name…", "admin-act")):
        await page.get_by_role("button", name=act).click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await shoot(page, name)
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Act in their name…").click()
    await page.get_by_role("button", name="Act in their name", exact=True).click()
    await page.wait_for_url("**/o/*/servers")
    await screens.settle(page)
    await shoot(page, "acting-in-a-name")
