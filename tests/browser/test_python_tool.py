"""A Python tool in Chromium: written, mended, kept from going where it may not, and published."""

import asyncio

import pytest
from fastmcp import Client
from playwright.async_api import Locator, Page, expect

from tests.browser import screens, steps
from tests.product import Product

WRONG = """async def forecast(kiln: str) -> dict:
    print("looking for", kiln)
    answer = http.get("{url}/v1/kilns")
    return answer.json()
"""
FORBIDDEN = """async def forecast(kiln: str) -> dict:
    answer = await http.get("http://api.example.org/")
    return answer.json()
"""
RIGHT = WRONG.replace("http.get", "await http.get")


@pytest.mark.timeout(240)
async def test_a_tool_is_written_mended_published_and_called(newcomer: Page, product: Product):
    page = newcomer
    path = await steps.make_python_tool(page, product, "forecast")
    panel = page.get_by_role("region", name="Try it")
    await expect(page.get_by_text("Nothing keeps this code from working.")).to_be_visible()

    await steps.write_code(page, WRONG.replace("{url}", product.sample_url))
    problems = page.get_by_role("list", name="Problems in the code")
    await expect(problems).to_contain_text("http.get(…) does nothing until it is awaited.")
    await expect(problems).to_contain_text("takes kiln, which the tool does not have")
    await expect(page.locator("#tool-source .cm-lint-marker-error").first).to_be_visible()
    await page.get_by_role("button", name="Take the arguments from it").click()
    await expect(page.locator("#argument-kiln-name")).to_have_value("kiln")

    await steps.write_code(page, FORBIDDEN)
    await expect(page.get_by_text("Nothing keeps this code from working.")).to_be_visible()
    await _run(panel, "k1")
    await expect(panel.get_by_text("Connection refused")).to_be_visible()
    await panel.get_by_role("tab", name="Connections").click()
    await expect(panel).to_contain_text("api.example.org is not among the hosts")
    await panel.get_by_role("button", name="Allow api.example.org").click()
    await expect(page.get_by_text("api.example.org may be reached")).to_be_visible()

    await steps.write_code(page, WRONG.replace("{url}", product.sample_url))
    await expect(problems).to_be_visible()
    await steps.write_code(page, RIGHT.replace("{url}", product.sample_url))
    await expect(page.get_by_text("Nothing keeps this code from working.")).to_be_visible()
    await expect(page.get_by_text("Checked", exact=True)).to_be_visible()
    await _run(panel, "k1")
    await expect(panel.get_by_text("Answered")).to_be_visible()
    await panel.get_by_role("tab", name="Output").click()
    await expect(panel).to_contain_text("looking for k1")
    await expect(panel).to_contain_text("Memory")

    await _look_at_its_workers(page, path)
    await steps.publish(page, path)  # which ends the draft's workers too
    await page.goto(path)
    address = await page.get_by_label("MCP address").input_value()
    key = await _make_a_key(page, path)
    async with Client(address, auth=key) as client:
        answer = await client.call_tool("forecast", {"kiln": "k1"})
        assert answer.structured_content is not None
        assert answer.structured_content["kilns"] != []


async def test_an_argument_that_is_missing_is_no_problem_of_the_tools_own_name(
    newcomer: Page, product: Product
):
    await steps.make_python_tool(newcomer, product, "greet")
    panel = newcomer.get_by_role("region", name="Try it")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.locator("#try-name-error")).to_contain_text("A value is required.")
    await expect(newcomer.get_by_text("A value is required.")).to_have_count(1)


@pytest.mark.timeout(240)
async def test_a_run_is_watched_stopped_and_left(newcomer: Page, product: Product):
    page = newcomer
    path = await steps.make_python_tool(page, product, "greet")
    panel = page.get_by_role("region", name="Try it")
    await panel.get_by_label("name").fill("you")
    await steps.write_code(page, screens.PRINTS)  # and run before it can have been saved by itself
    await panel.get_by_role("button", name="Run").click()
    log = panel.get_by_role("log", name="Output")
    await expect(log).to_contain_text("hello you")
    await expect(log).to_contain_text("Error output: slow today")
    await expect(panel.get_by_role("list", name="Connections")).to_contain_text("a.test:443")
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_text("Stopped", exact=True)).to_be_visible()
    await expect(log).to_contain_text("hello you")

    await panel.get_by_role("button", name="Run").click()
    await expect(log).to_contain_text("hello you")
    other = await page.context.new_page()
    await other.goto(path)
    runtime = other.get_by_role("region", name="Runtime")
    await expect(runtime).to_contain_text("1 running")
    await page.close()
    async with asyncio.timeout(20):  # sooner than the call ends by itself
        while "1 running" in await runtime.inner_text():
            await other.get_by_role("button", name="Refresh").click()
            await asyncio.sleep(0.5)


@pytest.mark.timeout(240)
async def test_a_run_leaves_the_focus_and_all_else_in_place_and_its_newest_line_in_sight(
    newcomer: Page, product: Product
):
    page = newcomer
    await page.add_init_script(screens.WATCH_SHIFTS)
    await steps.make_python_tool(page, product, "greet")
    await page.reload()
    panel = page.get_by_role("region", name="Try it")
    await panel.get_by_label("name").fill("you")
    await steps.write_code(page, screens.COUNTS)
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(page.get_by_text("Nothing keeps this code from working.")).to_be_visible()
    run, stop = (panel.get_by_role("button", name=name) for name in ("Run", "Stop"))
    await expect(stop).to_be_hidden()
    await run.focus()
    await page.evaluate("window.shifts = []")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("list", name="Connections")).to_contain_text("a.test")
    await expect(panel.get_by_role("log").get_by_text("line 39")).to_be_in_viewport()
    assert await page.evaluate("window.shifts") == []
    await expect(run).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(stop).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_text("Stopped", exact=True)).to_be_visible()
    await expect(stop).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(run).to_be_focused()
    await expect(stop).to_be_hidden()


async def test_a_request_becomes_python_and_answers_the_same(newcomer: Page, product: Product):
    page = newcomer
    await steps.paste_source(page, f"curl {product.sample_url}/v1/kilns")
    path = await steps.create_server(page, "Kilns")
    await page.goto(f"{path}/tools")
    await page.get_by_role("list", name="Tools").get_by_role("link").first.click()
    panel = page.get_by_role("region", name="Try it")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("Answered")).to_be_visible()
    answer = await panel.get_by_role("tabpanel").inner_text()
    await page.get_by_role("button", name="Convert to Python").click()
    await expect(page.get_by_text("Nothing keeps this code from working.")).to_be_visible()
    await page.keyboard.press("Tab")  # the button has gone; the keyboard is where it was
    await expect(page.get_by_role("textbox", name="Code of the tool")).to_be_focused()
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_role("tab", name="Connections")).to_be_visible()
    assert await panel.get_by_role("tabpanel").inner_text() == answer
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_label("Method")).to_have_value("GET")


async def _look_at_its_workers(page: Page, path: str) -> None:
    await page.goto(path)
    runtime = page.get_by_role("region", name="Runtime")
    await expect(runtime.get_by_role("table", name="Workers")).to_contain_text("Draft")
    await expect(runtime).to_contain_text("api.example.org")


async def _make_a_key(page: Page, path: str) -> str:
    await page.goto(f"{path}/keys")
    await page.get_by_role("button", name="New key").first.click()
    await page.get_by_label("Name").fill("Robot")
    await page.get_by_role("button", name="Make key").click()
    key = await page.get_by_role("textbox", name="Robot").input_value()
    await page.get_by_role("button", name="I have copied it").click()
    return key


async def _run(panel: Locator, kiln: str) -> None:
    await panel.get_by_label("kiln").fill(kiln)
    await panel.get_by_role("button", name="Run").click()
