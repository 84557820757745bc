"""The main story in Chromium: from a document to tools that a client uses, and what comes after."""

import json
import re
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastmcp import Client as KeyClient
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from playwright.async_api import Page, expect

from sample_api.app import KEY as STUDIO_KEY
from tests.browser import screens, steps
from tests.browser.conftest import sign_up
from tests.browser.hosted import soon, status_of
from tests.mcp_person import signing_in_client
from tests.product import Product

SERVER = "Kiln desk"
COMMANDS = r"""
# What the studio's front desk uses
curl 'http://{host}/v1/kilns?fuel=gas' -H 'X-Studio-Key: {key}'

curl -X POST http://{host}/v1/firings \
  -H "X-Studio-Key: {key}" \
  --json '{{"kiln_id": "k2", "program": "glaze", "date": "2026-12-24"}}'

curl -X DELETE "http://{host}/v1/firings/101" -H "X-Studio-Key: {key}"
"""


@pytest.mark.timeout(240)
async def test_a_newcomer_turns_a_document_into_a_live_server_and_looks_after_it(
    page: Page, product: Product
):
    await _arrive(page)
    await steps.paste_source(page, steps.studio_document(product))
    await _pick_some(page)
    path = await steps.create_server(page, SERVER)
    await expect(page.get_by_role("list", name="Tools").get_by_role("listitem")).to_have_count(6)

    await steps.set_value(page, path, STUDIO_KEY)
    await _edit_the_description(page, path)
    await _try_a_call_that_needs_the_key(page)
    await _keep_it_as_a_test_case(page)

    await steps.publish(page, path, "The desk's first tools")
    address = await _connect_panel_shows_the_address(page, path, product)
    key = await _make_a_key(page, path)
    for mode in ("auto", "legacy"):  # both eras of the protocol
        async with KeyClient(address, auth=key, mode=mode) as client:
            firings = await client.call_tool("list_firings", {"kiln_id": "k2"})
            assert firings.structured_content is not None
            assert firings.structured_content["total"] >= 1

    async with (
        signing_in_client(address, lambda asked: _allow(page, asked), name="Desk robot") as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        await _the_client_calls_and_it_is_on_record(page, path, client)
        await _a_breaking_change_is_named_and_reaches_the_client(page, path, client)
        await _rolling_back_reaches_the_client(page, path, client)
        await _pausing_is_told_to_the_client(page, path, client)

    await _revoke_the_key(page, path, key=key, address=address)
    await _delete_the_server(page, path, address)


async def _arrive(page: Page) -> None:
    """Come to the front page, and sign up from there."""
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.get_by_role("link", name="Sign up").first.click()
    await page.wait_for_url("**/sign-up")
    await sign_up(page, f"Ada {uuid4().hex[:6]}")
    await expect(page.get_by_text("Make your first server")).to_be_visible()


async def _pick_some(page: Page) -> None:
    """Search, choose by tag, and leave two of the eight tools out."""
    rows = page.get_by_role("list", name="Proposed tools").get_by_role("listitem")
    picked = page.get_by_text(re.compile(r"of \d+ picked"))
    await expect(picked).to_have_text("8 of 8 picked")
    await page.get_by_label("Search tools").fill("glaze")
    await page.wait_for_url("**q=glaze*")
    await expect(rows.filter(has_text="list_glazes")).to_be_visible()
    await expect(rows.filter(has_text="get_kiln")).to_have_count(0)
    await page.get_by_label("Search tools").fill("")

    await page.get_by_role("button", name="Pick all of kilns, or none").click()
    await expect(picked).to_have_text("6 of 8 picked")
    await page.get_by_label("Tag", exact=True).select_option("kilns")
    await expect(rows.filter(has_text="list_glazes")).to_have_count(0)
    await page.get_by_role("button", name="Pick all", exact=True).click()
    await expect(picked).to_have_text("8 of 8 picked")
    await page.get_by_label("Tag", exact=True).select_option("")
    for name in ("list_glazes", "change_firing"):
        await page.get_by_label(f"Pick {name}").click()
    await expect(picked).to_have_text("6 of 8 picked")


async def _edit_the_description(page: Page, path: str) -> None:
    """What is typed is saved by itself and there after a reload."""
    await steps.open_tool(page, path, "book_firing")
    await page.get_by_label("Description").first.fill("Books a firing for a potter of the studio.")
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Description").first).to_have_value(
        "Books a firing for a potter of the studio."
    )


async def _try_a_call_that_needs_the_key(page: Page) -> None:
    panel = page.get_by_role("region", name="Try it")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_label("kiln_id")).to_have_attribute("aria-invalid", "true")
    await expect(panel.get_by_text("A value is required.").first).to_be_visible()

    await panel.get_by_label("kiln_id").fill("k2")
    await panel.get_by_label("program").select_option("bisque")
    await panel.get_by_label("date").fill("2026-12-01")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("Answered")).to_be_visible()
    await expect(panel.get_by_text("201", exact=True)).to_be_visible()
    await panel.get_by_role("tab", name="Request").click()
    await expect(panel.get_by_text("/v1/firings")).to_be_visible()
    await expect(panel.get_by_text("X-Studio-Key")).to_be_visible()
    await expect(panel.get_by_text('"kiln_id":"k2"')).to_be_visible()
    assert STUDIO_KEY not in await page.content()


async def _keep_it_as_a_test_case(page: Page) -> None:
    await page.get_by_text("Save as test case").click()
    case = page.get_by_role("region", name="Try it").locator("form").last
    await case.get_by_label("Name").fill("Books a kiln")
    await page.get_by_role("button", name="Save test case").click()
    await expect(page.get_by_text("Saved as the test case")).to_be_visible()


async def _connect_panel_shows_the_address(page: Page, path: str, product: Product) -> str:
    """Look at the panel of three clients, and return the address as it is shown."""
    await page.goto(path)
    address = await page.get_by_label("MCP address").input_value()
    assert address == f"{product.mcp_url}/mcp/{path.split('/')[-1]}/mcp"
    panel = page.get_by_role("region", name="Connect a client")
    for client in ("Claude Code", "VS Code", "Python"):
        await panel.get_by_role("link", name=client, exact=True).click()
        await expect(panel.get_by_role("heading", level=3)).to_have_text(client)
        await expect(panel.get_by_role("region").first).to_contain_text(address)
    await panel.get_by_role("link", name="Key", exact=True).click()
    await page.wait_for_url("**way=key")
    await expect(panel.get_by_role("region").first).to_contain_text("TOOLKILN_KEY")
    return address


async def _make_a_key(page: Page, path: str) -> str:
    """Make a key, and see it this once."""
    await page.goto(f"{path}/keys")
    await page.get_by_role("button", name="New key").first.click()
    await page.get_by_label("Name").fill("Nightly report")
    await page.get_by_role("button", name="Make key").click()
    key = await page.get_by_role("textbox", name="Nightly report").input_value()
    await page.get_by_role("button", name="I have copied it").click()
    await expect(
        page.get_by_role("row", name="Nightly report").get_by_text("Active")
    ).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("row", name="Nightly report")).to_be_visible()
    assert key not in await page.content()
    return key


async def _allow(page: Page, asked: str) -> None:
    """The consent click, in the browser where the person is signed in."""
    await page.goto(asked)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Desk robot wants to connect")
    await expect(page.get_by_text(SERVER)).to_be_visible()
    await page.get_by_role("button", name="Allow").click()
    await expect(page.get_by_text("You may close this page.")).to_be_visible()


async def _the_client_calls_and_it_is_on_record(page: Page, path: str, client: Client) -> None:
    names = [tool.name for tool in (await client.list_tools()).tools]
    assert "book_firing" in names
    assert "list_glazes" not in names
    booking = {"kiln_id": "k3", "program": "luster", "date": "2026-12-08"}
    answer = await client.call_tool("book_firing", booking)
    assert answer.structured_content is not None
    assert answer.structured_content["status"] == "booked"

    await screens.arrive(page, f"{path}/calls")
    call = page.get_by_role("row").filter(has_text="OAuth")
    while await call.count() == 0:  # calls are written in batches, a moment after the answer
        await screens.arrive(page, f"{path}/calls")
    await expect(call).to_contain_text("book_firing")
    await expect(call).to_contain_text("Answered")
    await expect(page.get_by_role("row").filter(has_text="list_firings")).to_have_count(2)


async def _a_breaking_change_is_named_and_reaches_the_client(
    page: Page, path: str, client: Client
) -> None:
    await steps.open_tool(page, path, "list_kilns")
    await page.get_by_role("checkbox", name="Required").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Publish version 2").click()
    await page.wait_for_url("**/versions")
    await expect(page.get_by_text("1 breaking change")).to_be_visible()
    await expect(page.get_by_text("Calls without it are refused.")).to_be_visible()
    assert await _required_of_list_kilns(client) == []

    await page.get_by_role("button", name="Publish version 2").click()
    await expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    await soon(lambda: _required_of_list_kilns(client), ["fuel"])


async def _rolling_back_reaches_the_client(page: Page, path: str, client: Client) -> None:
    await page.goto(f"{path}/versions")
    await page.get_by_role("button", name="Roll back to this").click()
    await page.get_by_role("button", name="Make version 1 live").click()
    await expect(page.get_by_text("Version 1 is live again.")).to_be_visible()
    await soon(lambda: _required_of_list_kilns(client), [])


async def _required_of_list_kilns(client: Client) -> list[str]:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    return tools["list_kilns"].input_schema.get("required", [])


async def _pausing_is_told_to_the_client(page: Page, path: str, client: Client) -> None:
    await page.goto(f"{path}/settings")
    await page.get_by_role("button", name="Pause server").click()
    await expect(page.get_by_text("is paused: clients are refused")).to_be_visible()
    await soon(lambda: _refusal(client), f"{SERVER} is paused by its owner. Try again later.")
    await page.get_by_role("button", name="Resume server").click()
    await expect(page.get_by_text("is running again.")).to_be_visible()
    await soon(lambda: _refusal(client), "")


async def _refusal(client: Client) -> str:
    """What the server says instead of listing its tools."""
    try:
        await client.list_tools()
    except MCPError as refusal:
        return refusal.error.message
    return ""


async def _revoke_the_key(page: Page, path: str, *, key: str, address: str) -> None:
    assert await status_of(address, key) == httpx.codes.OK
    await page.goto(f"{path}/keys")
    await page.get_by_role("row", name="Nightly report").get_by_role("button").click()
    await page.get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_role("row", name="Nightly report")).to_contain_text("Revoked")
    await soon(lambda: status_of(address, key), httpx.codes.UNAUTHORIZED)


async def _delete_the_server(page: Page, path: str, address: str) -> None:
    await page.goto(f"{path}/settings")
    await page.get_by_role("button", name="Delete server").first.click()
    question = page.get_by_role("alertdialog")
    await question.get_by_role("textbox").fill("Kiln")
    await question.get_by_role("button", name="Delete server").click()
    await expect(question).to_be_visible()
    await question.get_by_role("textbox").fill(SERVER)
    await question.get_by_role("button", name="Delete server").click()
    await page.wait_for_url("**/o/*/servers")
    await expect(page.get_by_text("Make your first server")).to_be_visible()
    await soon(lambda: status_of(address, ""), httpx.codes.NOT_FOUND)
    await page.goto(path)
    await expect(page.get_by_role("heading", name="No such server")).to_be_visible()


async def test_commands_with_a_secret_become_tools_that_work_at_once(
    newcomer: Page, product: Product
):
    host = product.sample_url.removeprefix("http://")
    await steps.paste_source(newcomer, COMMANDS.format(host=host, key=STUDIO_KEY))
    rows = newcomer.get_by_role("list", name="Proposed tools").get_by_role("listitem")
    await expect(newcomer.get_by_text("3 of 3 picked")).to_be_visible()
    await expect(rows.filter(has_text="DELETE").get_by_text("Destructive")).to_be_visible()
    await expect(newcomer.get_by_text("Value found")).to_be_visible()
    assert STUDIO_KEY not in await newcomer.content()

    path = await steps.create_server(newcomer, "Front desk")
    await newcomer.get_by_role("link", name="POST").click()
    panel = newcomer.get_by_role("region", name="Try it")
    for label, value in (("kiln_id", "k1"), ("program", "luster"), ("date", "2026-12-31")):
        await panel.get_by_label(label).fill(value)
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("201", exact=True)).to_be_visible()
    await newcomer.goto(f"{path}/variables")
    await expect(newcomer.get_by_text("Set", exact=True)).to_be_visible()
    assert STUDIO_KEY not in await newcomer.content()


async def test_a_file_of_more_than_a_megabyte_is_dropped_and_read(
    newcomer: Page, product: Product, tmp_path: Path
):
    file = tmp_path / "studio.json"
    file.write_text(_large_document(product))
    assert file.stat().st_size > 1_000_000
    await newcomer.get_by_role("link", name="New server").first.click()
    await newcomer.get_by_label("Drop a file here, or choose one").set_input_files(file)
    await expect(newcomer.get_by_text("8 tools found")).to_be_visible()
    await steps.create_server(newcomer, "From a file")


def _large_document(product: Product) -> str:
    """The studio's document with an example that a person would not paste."""
    document = json.loads(steps.studio_document(product))
    schema = document["components"]["schemas"]["Kiln"]
    schema["examples"] = [{"id": f"k{number}", "name": "x" * 90} for number in range(12_000)]
    return json.dumps(document)
