"""The screens of the product by name and address, and when one of them has arrived."""

from urllib.parse import urlsplit

from fastmcp import Client
from playwright.async_api import Page, expect

from tests.browser.conftest import DemoServer

PUBLIC = {
    "landing": "/",
    "sign-in": "/sign-in",
    "sign-up": "/sign-up",
    "check-inbox": "/check-inbox",
    "verify-email": "/verify-email?token=none",
    "forgot-password": "/forgot-password",
    "reset-password": "/reset-password?token=none",
    "change-email": "/change-email?token=none",
    "banned": "/banned",
    "contact": "/contact",
}
ACCOUNT = {
    "profile": "/account/profile",
    "security": "/account/security",
    "sessions": "/account/sessions",
    "connections": "/account/connections",
    "notifications": "/account/notifications",
    "data": "/account/data",
}
ADMIN = {
    "admin-users": "/admin/users",
    "admin-organizations": "/admin/organizations",
    "admin-log": "/admin/audit",
    "admin-features": "/admin/features",
    "admin-configuration": "/admin/configuration",
    "admin-nobody-fits": "/admin/users?q=nobody-is-called-that",
    "admin-no-such-person": "/admin/users/none",
    "admin-no-such-organization": "/admin/organizations/none",
}
NOWHERE = "/nowhere/at/all"
ORGANIZATION = {
    "servers": "/servers",
    "new-server": "/new",
    "organization-settings": "/settings",
    "members": "/members",
    "invitations": "/members?tab=invitations",
    "roles": "/members?tab=roles",
    "api-keys": "/api-keys",
    "audit": "/audit",
}
SERVER = {
    "overview": "",
    "tools": "/tools",
    "variables": "/variables",
    "tests": "/tests",
    "versions": "/versions",
    "keys": "/keys",
    "calls": "/calls",
    "settings": "/settings",
}
# Python that prints to both streams, is refused a host, and takes its time.
PRINTS = """import asyncio, sys
async def greet(name: str) -> dict:
    print("hello", name)
    print("slow today", file=sys.stderr)
    try:
        await http.get("https://a.test/")
    except Exception:
        pass
    await asyncio.sleep(25)
    return {"greeting": f"Hello {name}."}
"""
# The same, for longer than there is room for, after it was refused.
COUNTS = """import asyncio
async def greet(name: str) -> dict:
    try:
        await http.get("https://a.test/")
    except Exception:
        pass
    for number in range(40):
        await asyncio.sleep(0.05)
        print("line", number)
    await asyncio.sleep(25)
    return {}
"""
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) {
      window.shifts.push({
        value: entry.value,
        what: entry.sources.map(({ node, previousRect: was, currentRect: is }) =>
          `${was.x},${was.y} to ${is.x},${is.y} ${node?.outerHTML?.slice(0, 120)}`).join(" | "),
      });
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""
LOADING = ".animate-pulse, [role=status][aria-label^=Loading], [aria-busy=true]"
# Without motion, so that no colour is seen on its way to another.
END_TRANSITIONS = """
document.getAnimations().forEach((one) => one instanceof CSSTransition && one.finish())
"""


def signed_in_screens(server_path: str) -> dict[str, str]:
    """The addresses of all screens of a server and of its organization."""
    organization = server_path.split("/servers/")[0]
    return {name: organization + path for name, path in ORGANIZATION.items()} | {
        name: server_path + path for name, path in SERVER.items()
    }


async def arrive(page: Page, path: str) -> None:
    """Open a screen and wait until nothing of it is still coming."""
    await page.goto(path)
    await settle(page)


async def settle(page: Page) -> None:
    """Wait for the heading, for what is loading, and for the fonts."""
    await expect(page.get_by_role("heading", level=1).first).not_to_be_empty()
    await expect(page.locator(LOADING).locator("visible=true")).to_have_count(0)
    await page.evaluate("document.fonts.ready.then(() => true)")


def path_of(demo: DemoServer) -> str:
    """The path of the demo server's page."""
    return urlsplit(demo.page_url).path


async def make_calls(demo: DemoServer) -> None:
    """Call the demo server as a client does: well, and with a mistake."""
    async with Client(demo.mcp_url, auth=demo.key) as client:
        await client.call_tool("list_kilns", {})
        await client.call_tool("get_kiln", {"kilnId": "k2"})
        await client.call_tool("get_kiln", {"kilnId": "k9"}, raise_on_error=False)
