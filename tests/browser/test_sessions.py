"""What happens to open tabs when their session ends or changes elsewhere."""

import re

from playwright.async_api import BrowserContext, Page, expect
from sqlmodel import col, delete, select, update

from core.clock import now_utc
from core.models import Membership, User, WebSession
from core.permissions import Role
from core.sessions import cookie_name, mark_access_changed, rotate_session
from saas_app.resources import Resources
from tests.browser import steps
from tests.product import Product


async def session_of_newcomer(page: Page, parts: Resources) -> WebSession:
    await page.get_by_role("button", name="Account").first.click()
    email = await page.get_by_text("@example.com").first.inner_text()
    await page.keyboard.press("Escape")
    async with parts.database.read() as session:
        mine = select(WebSession).join(User, col(User.id) == WebSession.user_id)
        return (await session.exec(mine.where(User.email == email))).one()


async def test_an_idle_tab_is_shut_when_its_session_ends(newcomer: Page, parts: Resources):
    mine = await session_of_newcomer(newcomer, parts)
    async with parts.database.write() as session:
        await session.exec(delete(WebSession).where(col(WebSession.id) == mine.id))
    await newcomer.wait_for_url("**/sign-in?next=**")


async def test_a_tab_goes_on_with_what_was_typed_when_the_token_changes(
    newcomer: Page, context: BrowserContext, parts: Resources, product: Product
):
    mine = await session_of_newcomer(newcomer, parts)
    await newcomer.get_by_role("link", name="New server").first.click()
    box = newcomer.get_by_label("OpenAPI document, cURL commands, or an address")
    await box.fill("curl https://api.example.com/cities")
    await expect(newcomer.get_by_text("cURL commands", exact=True).first).to_be_visible()
    async with parts.database.write() as session:
        token = await rotate_session(session, mine.id, now=now_utc())
    cookie = {"name": cookie_name(is_secure=False), "value": token, "url": product.web_url}
    await context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Lax"}])
    async with newcomer.expect_event("websocket"):
        pass
    await expect(box).to_have_value("curl https://api.example.com/cities")
    await newcomer.get_by_role("button", name="Find tools").click()
    await expect(newcomer.get_by_role("list", name="Proposed tools")).to_be_visible()


async def test_a_new_role_shows_in_an_open_tab(newcomer: Page, parts: Resources, product: Product):
    path = await steps.make_studio_server(newcomer, product, "Rights")
    await newcomer.goto(f"{path}/versions")
    publish = newcomer.get_by_role("button", name=re.compile("^Publish"))
    await expect(publish).to_be_visible()
    mine = await session_of_newcomer(newcomer, parts)
    async with parts.database.write() as session:
        mine_only = col(Membership.user_id) == mine.user_id
        await session.exec(update(Membership).where(mine_only).values(role=Role.VIEWER))
        await mark_access_changed(session, mine.user_id)
    await expect(publish).to_have_count(0)
