"""Connecting an MCP client: the consent click happens in a real browser."""

from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from playwright.async_api import Page, expect

from tests.browser.conftest import DemoServer, sign_in
from tests.mcp_person import signing_in_client


async def test_an_mcp_client_gets_in_by_the_click_of_whoever_is_signed_in(
    page: Page, demo: DemoServer
):
    await sign_in(page, demo.email, demo.password)

    async def allow(address: str) -> None:
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Test client wants to connect"
        )
        await expect(page.get_by_text("Pottery studio")).to_be_visible()
        await expect(page.get_by_text("a program on this computer")).to_be_visible()
        await page.get_by_role("button", name="Allow").click()
        await expect(page.get_by_text("You may close this page.")).to_be_visible()

    async with (
        signing_in_client(demo.mcp_url, allow) as http,
        Client(streamable_http_client(demo.mcp_url, http_client=http)) as client,
    ):
        tools = (await client.list_tools()).tools
        assert "list_kilns" in [tool.name for tool in tools]
        answer = await client.call_tool("get_kiln", {"kilnId": "k2"})
    assert answer.structured_content is not None
    assert answer.structured_content["name"] == "Vulcan"


async def test_refusing_sends_the_client_away_without_a_code(page: Page, demo: DemoServer):
    await sign_in(page, demo.email, demo.password)
    reached: list[str] = []

    async def refuse(address: str) -> None:
        await page.goto(address)
        await page.get_by_role("button", name="Refuse").click()
        await expect(page.get_by_text("You may close this page.")).to_be_visible()
        reached.append(page.url)
        raise PersonRefused

    try:
        async with (
            signing_in_client(demo.mcp_url, refuse) as http,
            Client(streamable_http_client(demo.mcp_url, http_client=http)),
        ):
            raise AssertionError("the client got in")
    except* PersonRefused:
        pass
    assert "error=access_denied" in reached[0]
    assert "code=" not in reached[0]


async def test_a_signed_out_visitor_signs_in_first_and_comes_back(page: Page, demo: DemoServer):
    await page.goto("/connect?request=abc")
    await page.wait_for_url("**/sign-in?next=/connect*")
    await page.get_by_label("E-mail").fill(demo.email)
    await page.get_by_label("Password").fill(demo.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/connect?request=abc")
    await expect(page.get_by_text("This request has ended.")).to_be_visible()


class PersonRefused(Exception):
    """Ends the client's wait for a code that never comes."""
