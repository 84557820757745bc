"""A message in the outbox, as a person at the machine reads it."""

import re
from uuid import uuid4

from playwright.async_api import BrowserContext, Page, expect

from saas_app.resources import Resources
from tests.browser import screens, steps


def a_reader() -> str:
    """An address of the test's own."""
    return f"reader.{uuid4().hex[:8]}@example.com"


async def test_a_message_is_read_its_link_followed_and_it_is_sent_again(
    page: Page, context: BrowserContext, parts: Resources
):
    to = a_reader()
    await steps.post_mail(parts, to=to)
    await screens.arrive(page, "/dev/outbox")
    await expect(page.get_by_text("Embedded outbox: nothing leaves this machine.")).to_be_visible()
    await page.get_by_label("Only to this address").fill(to)
    await page.get_by_role("button", name="Show").click()
    await page.wait_for_url("**/dev/outbox?to=**")
    lines = page.get_by_role("list", name="Messages, newest first").get_by_role("listitem")
    await expect(lines).to_have_count(1)
    await page.get_by_role("link", name="Join Acme Clay").click()
    message = page.frame_locator("iframe")
    await expect(message.get_by_role("heading", name="Join Acme Clay")).to_be_visible()
    async with context.expect_page() as opened:
        await message.get_by_role("link", name="See the invitation").click()
    await expect(await opened.value).to_have_url(re.compile(r"/invitation\?token="))
    await (await opened.value).close()
    await page.get_by_role("link", name="Text", exact=True).click()
    text = page.get_by_role("region", name="The message as text")
    await expect(text.get_by_role("link").first).to_have_attribute("target", "_blank")
    await page.get_by_role("button", name="Send again").click()
    await expect(page.get_by_text("It is on its way again.")).to_be_visible()
    await expect(lines).to_have_count(2)


async def test_a_message_runs_no_script(page: Page, parts: Resources):
    mail_id = await steps.post_mail(parts, to=a_reader())
    await screens.arrive(page, f"/dev/outbox?mail={mail_id}")
    frame = page.locator("iframe")
    await expect(frame).to_have_attribute("sandbox", "allow-popups allow-popups-to-escape-sandbox")
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    await expect(heading).to_be_visible()
    # The page cannot look into it: to the browser it is a site of its own.
    assert await frame.evaluate("frame => frame.contentDocument") is None
