"""What axe finds on every page, the keyboard alone, and things that jump while a page loads."""

from uuid import uuid4

import pytest
from axe_playwright_python.async_playwright import Axe
from fastmcp import Client
from playwright.async_api import BrowserContext, Locator, Page, expect

from core.access import organizations_of
from saas_app.resources import Resources
from tests.browser import people, screens, steps
from tests.browser.conftest import DemoServer, begin_sign_up, sign_in
from tests.cast import PASSWORD
from tests.product import Product

pytestmark = pytest.mark.slow

WIDTHS = (360, 1280)
THEMES = ("light", "dark")
CONNECTING = """import subprocess
async def forecast(name: str) -> dict:
    return (await http.get("http://api.example.org/")).json()
"""


@pytest.fixture
async def demo_page(page: Page, demo: DemoServer) -> Page:
    """A page of the demo's owner, with some calls made."""
    await screens.make_calls(demo)
    await page.add_init_script(screens.WATCH_SHIFTS)
    await sign_in(page, demo.email, demo.password)
    return page


async def test_axe_finds_nothing_and_nothing_jumps_on_public_pages(page: Page):
    await page.add_init_script(screens.WATCH_SHIFTS)
    assert await _findings(page, screens.PUBLIC) == ""


async def test_axe_finds_nothing_and_nothing_jumps_in_the_welcome(page: Page):
    await page.add_init_script(screens.WATCH_SHIFTS)
    await begin_sign_up(page, f"Wel Come {uuid4().hex[:6]}")
    assert await _findings(page, {"welcome": "/onboarding"}) == ""


async def test_axe_finds_nothing_in_the_command_menu(demo_page: Page):
    found = []
    await screens.settle(demo_page)
    for theme in THEMES:
        await demo_page.emulate_media(color_scheme=theme)
        await demo_page.keyboard.press("Control+k")
        await expect(demo_page.get_by_role("option", name="list_kilns")).to_be_visible()
        found += [f"{theme}: {one}" for one in await _axe(demo_page)]
        await demo_page.keyboard.press("Escape")
    assert "\n".join(found) == ""


async def test_axe_finds_nothing_on_a_page_that_is_not_there(context: BrowserContext):
    page = await context.new_page()  # of its own: the browser reports the status 404 as an error
    await page.add_init_script(screens.WATCH_SHIFTS)
    assert await _findings(page, {"not found": screens.NOWHERE}) == ""


async def test_axe_finds_nothing_and_nothing_jumps_on_the_pages_of_a_server(
    demo_page: Page, demo: DemoServer
):
    assert await _findings(demo_page, screens.signed_in_screens(screens.path_of(demo))) == ""


async def test_axe_finds_nothing_in_the_gallery_of_the_kit(page: Page):
    await page.goto("/dev/gallery")  # some of its parts are loading for ever
    await expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    assert "\n".join(await _axe(page)) == ""


async def test_axe_finds_nothing_serious_and_nothing_jumps_on_the_pages_of_an_account(
    demo_page: Page,
):
    assert await _findings(demo_page, screens.ACCOUNT) == ""


async def test_axe_finds_nothing_and_nothing_jumps_in_the_admin_area(
    page: Page, parts: Resources, demo: DemoServer
):
    admin, bob = await people.make_admin(parts), await people.make_someone(parts, "Bob")
    async with parts.database.read() as session:
        home = (await organizations_of(session, bob.id))[0]
    await screens.make_calls(demo)
    await page.add_init_script(screens.WATCH_SHIFTS)
    await people.show_password(page, admin)
    await page.wait_for_url("**/o/*/servers")
    details = {
        "admin-person": f"/admin/users/{bob.id}",
        "admin-organization": f"/admin/organizations/{home.id}",
    }
    assert await _findings(page, {**screens.ADMIN, **details}) == ""


async def test_axe_finds_nothing_in_the_questions_of_the_admin_area_and_while_acting_for_somebody(
    page: Page, parts: Resources
):
    admin, bob = await people.make_admin(parts), await people.make_someone(parts, "Bob")
    await people.show_password(page, admin)
    await page.wait_for_url("**/o/*/servers")
    await screens.arrive(page, f"/admin/users/{bob.id}")
    found = []
    for name in ("Ban…", "Act in their name…"):
        await page.get_by_role("button", name=name).click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        found += [f"{name}: {one}" for one in await _axe(page)]
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("alertdialog")).to_have_count(0)
    await page.get_by_role("button", name="Act in their name…").click()
    await page.get_by_role("button", name="Act in their name", exact=True).click()
    await page.wait_for_url("**/o/*/servers")
    await expect(page.get_by_role("complementary", name="Acting in")).to_be_visible()
    await screens.settle(page)
    found += [f"bar: {one}" for one in await _axe(page)]
    assert "\n".join(found) == ""


async def test_the_part_that_is_shown_is_in_view_on_a_phone(demo_page: Page, demo: DemoServer):
    await demo_page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    await screens.arrive(demo_page, f"{screens.path_of(demo)}/settings")
    parts = demo_page.get_by_role("navigation", name="Parts of the server")
    await expect(parts.get_by_role("link", name="Settings")).to_be_in_viewport(ratio=1)
    await parts.get_by_role("link", name="Calls").click()
    await expect(parts.get_by_role("link", name="Calls")).to_have_attribute("aria-current", "page")
    await expect(parts.get_by_role("link", name="Calls")).to_be_in_viewport(ratio=1)


async def test_axe_finds_nothing_on_the_pages_for_developers(
    context: BrowserContext, parts: Resources
):
    page = await context.new_page()  # of its own: the frame reports that axe may not run in it
    mail_id = await steps.post_mail(parts, to="axe@example.com")
    await page.add_init_script(screens.WATCH_SHIFTS)
    addresses = {
        "outbox": "/dev/outbox",
        "message": f"/dev/outbox?mail={mail_id}",
        "message as text": f"/dev/outbox?mail={mail_id}&form=text",
        "templates": "/dev/mail?template=key_created",
    }
    assert await _findings(page, addresses) == ""


async def test_axe_finds_nothing_where_there_is_nothing_yet(newcomer: Page, product: Product):
    await newcomer.add_init_script(screens.WATCH_SHIFTS)
    await newcomer.goto(newcomer.url.replace("/servers", "/new"))
    await newcomer.get_by_role("button", name="empty server").click()
    await newcomer.get_by_label("Name").fill("Nothing yet")
    await newcomer.get_by_role("button", name="Create server").click()
    await newcomer.wait_for_url("**/servers/*/tools")
    path = newcomer.url.removeprefix(product.web_url).rstrip("/").removesuffix("/tools")
    empty = {k: v for k, v in screens.signed_in_screens(path).items() if k != "new-server"}
    assert await _findings(newcomer, empty) == ""


async def test_axe_finds_nothing_in_a_tried_tool_and_a_proposal(newcomer: Page, product: Product):
    await newcomer.emulate_media(reduced_motion="reduce")
    await steps.paste_source(newcomer, steps.studio_document(product))
    found = [f"proposal: {one}" for one in await _axe(newcomer)]
    path = await steps.create_server(newcomer, "Kilns")
    await steps.open_tool(newcomer, path, "list_kilns")
    panel = newcomer.get_by_role("region", name="Try it")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("Answered")).to_be_visible()
    found += [f"tool: {one}" for one in await _axe(newcomer)]
    assert "\n".join(found) == ""


async def test_axe_finds_nothing_where_a_tool_is_python(newcomer: Page, product: Product):
    await newcomer.emulate_media(reduced_motion="reduce")
    path = await steps.make_python_tool(newcomer, product, "forecast")
    await steps.write_code(newcomer, CONNECTING)
    await expect(newcomer.get_by_role("list", name="Problems in the code")).to_be_visible()
    panel = newcomer.get_by_role("region", name="Try it")
    await panel.get_by_label("name").fill("x")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("Connection refused")).to_be_visible()
    found = [f"editor: {one}" for one in await _axe(newcomer)]
    await panel.get_by_role("tab", name="Connections").click()
    await expect(panel.get_by_role("list", name="Connections")).to_be_visible()
    found += [f"connections: {one}" for one in await _axe(newcomer)]
    await steps.write_code(newcomer, screens.PRINTS.replace("greet", "forecast"))
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_role("log")).to_contain_text("slow today")
    found += [f"running: {one}" for one in await _axe(newcomer)]
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_text("Stopped", exact=True)).to_be_visible()
    found += [f"stopped: {one}" for one in await _axe(newcomer)]
    for part, heading in (("/settings", "Python tools"), ("", "Runtime")):
        await screens.arrive(newcomer, path + part)
        await expect(newcomer.get_by_role("heading", name=heading)).to_be_visible()
        found += [f"{heading}: {one}" for one in await _axe(newcomer)]
    assert "\n".join(found) == ""


async def test_the_keyboard_alone_leads_from_signing_up_to_a_connected_client(
    page: Page, product: Product
):
    await page.goto("/sign-up")
    await _type_into(page, "Name", "Key Board")
    await _type_into(page, "E-mail", f"keys.{uuid4().hex[:6]}@example.com")
    await _type_into(page, "Password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/check-inbox")
    await _press(page, "Confirm address and go on")
    await page.wait_for_url("**/onboarding")
    await expect(page.get_by_label("Organization")).to_be_visible()
    await _tab_to(page, "Continue")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/o/*/servers")
    await expect(page.get_by_text("Make your first server")).to_be_visible()

    await _press(page, "New server")
    await page.wait_for_url("**/new")
    await expect(page.get_by_label("OpenAPI document, cURL commands")).to_be_focused()
    await page.keyboard.insert_text(f"curl {product.sample_url}/v1/kilns")
    await _press(page, "Find tools")
    await expect(page.get_by_text("1 of 1 picked")).to_be_visible()
    await _press(page, "Create server with 1 tool", key="Space")
    await page.wait_for_url("**/servers/*/tools")

    await _try_the_tool(page)
    await _publish(page)
    address, key = await _connect(page)
    async with Client(address, auth=key) as client:
        (tool,) = await client.list_tools()
        answer = await client.call_tool(tool.name, {})
        assert answer.structured_content is not None
        assert answer.structured_content["kilns"] != []


async def _try_the_tool(page: Page) -> None:
    tools = page.get_by_role("list", name="Tools")
    await expect(tools.get_by_role("listitem")).to_have_count(1)
    await _tab_to_part(page, tools.get_by_role("link"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/tools/*")
    await _press(page, "Run")
    await expect(page.get_by_text("Answered")).to_be_visible()
    await _tab_to_part(page, page.get_by_role("tab", name="Answer"))
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Request")).to_be_focused()


async def _publish(page: Page) -> None:
    await _press(page, "Publish version 1")
    await page.wait_for_url("**/versions")
    await _tab_to_part(page, page.get_by_label("Note"))  # "optional" stands beside it
    await page.keyboard.insert_text("Made without a mouse")
    await _press(page, "Publish version 1", key="Space")
    await expect(page.get_by_text("Version 1 is live.")).to_be_visible()


async def _connect(page: Page) -> tuple[str, str]:
    """Look at how a client connects, make a key, and return the address and the key."""
    await _press(page, "Overview")
    await page.wait_for_url(lambda url: url.rstrip("/").split("/")[-2] == "servers")
    await _press(page, "VS Code")
    await page.wait_for_url("**client=vscode**")
    panel = page.get_by_role("region", name="Connect a client")
    await expect(panel.get_by_role("heading", level=3)).to_have_text("VS Code")
    address = await page.get_by_label("MCP address").input_value()

    await _press(page, "Keys")
    await page.wait_for_url("**/keys")
    await _press(page, "New key")
    await _type_into(page, "Name", "Nightly report")
    await page.keyboard.press("Enter")
    key = await page.get_by_role("textbox", name="Nightly report").input_value()
    await _press(page, "I have copied it")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("row", name="Nightly report")).to_be_visible()
    return address, key


async def _findings(page: Page, addresses: dict[str, str]) -> str:
    """What axe and the watch on shifts find on these pages, in each theme at each width."""
    found = []
    for name, path in addresses.items():
        await page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        await screens.arrive(page, path)
        found += [f"{name}: {one}" for one in [*await _shifts(page), *await _axe(page)]]
        await page.reload()
        await screens.settle(page)
        found += [f"{name} wide: {one}" for one in await _shifts(page)]
    return "\n".join(found)


async def _axe(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        for theme in THEMES:
            # Without motion, so that no colour is seen on its way to another.
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            await expect(page.locator("html")).to_contain_class(theme)
            await page.evaluate(screens.END_TRANSITIONS)
            results = await Axe().run(page)
            found += [
                f"{width} {theme}: {one['id']} at {node['target']}: {node['failureSummary']}"
                for one in results.response["violations"]
                for node in one["nodes"][:3]
            ]
    return found


async def _shifts(page: Page) -> list[str]:
    shifts = await page.evaluate("window.shifts")
    return [f"moved by {shift['value']:.4f}: {shift['what']}" for shift in shifts]


async def _type_into(page: Page, label: str, text: str) -> None:
    await _tab_to(page, label)
    await page.keyboard.insert_text(text)


async def _press(page: Page, name: str, *, key: str = "Enter") -> None:
    await _tab_to(page, name)
    await page.keyboard.press(key)


async def _tab_to(page: Page, name: str) -> None:
    wanted = page.get_by_label(name, exact=True).or_(
        page.get_by_role("button", name=name, exact=True)
    ).or_(page.get_by_role("link", name=name, exact=True))  # fmt: skip
    await _tab_to_part(page, wanted, name)


async def _tab_to_part(page: Page, wanted: Locator, name: str = "") -> None:
    """Press Tab until a part has the focus."""
    await expect(wanted.first).to_be_visible()
    for _ in range(80):
        is_there = await wanted.evaluate_all("all => all.includes(document.activeElement)")
        if is_there:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {name or wanted}.")
