"""The local identity page: signing up and in with it, saying no, connecting and disconnecting."""

from uuid import uuid4

from playwright.async_api import Page, expect

from saas_app.resources import Resources
from tests.browser.people import make_someone, show_password, sign_out

HOME = "**/o/*/servers"


async def choose(page: Page, email: str, *, name: str = "Grace") -> None:
    """Be somebody at the local identity page."""
    await expect(page.get_by_text("Development only")).to_be_visible()
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Address", exact=True).fill(email)
    await page.get_by_role("button", name="Continue as this person").click()


async def test_a_newcomer_comes_in_by_it_and_comes_back(page: Page):
    email = f"grace.{uuid4().hex[:6]}@example.com"
    await page.goto("/sign-up")
    await page.get_by_role("link", name="Continue with Local identity").click()
    await page.wait_for_url("**/dev/identity?**")
    await page.get_by_role("button", name="Say no").click()
    await page.wait_for_url("**/sign-in?error=google_denied**")
    await expect(page.get_by_text("the other side was told no")).to_be_visible()

    await page.get_by_role("link", name="Continue with Local identity").click()
    await choose(page, email)
    await page.get_by_role("button", name="Continue").click()  # the welcome
    await page.wait_for_url(HOME)
    await sign_out(page)
    await page.goto("/sign-in?next=/account/connections")
    await page.get_by_role("link", name="Continue with Local identity").click()
    await choose(page, email)
    await page.wait_for_url("**/account/connections**")
    accounts = page.get_by_role("list", name="Connected accounts")
    await expect(accounts.get_by_text(email)).to_be_visible()
    await accounts.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_text("That is your only way to sign in")).to_be_visible()
    await expect(accounts.get_by_text(email)).to_be_visible()


async def test_an_account_is_connected_by_its_owner_and_not_by_its_address(
    page: Page, parts: Resources
):
    someone = await make_someone(parts)
    await page.goto("/sign-in")
    await page.get_by_role("link", name="Continue with Local identity").click()
    await choose(page, someone.email)
    await page.wait_for_url("**/sign-in?error=connect_first**")
    await expect(page.get_by_text("Sign in as you always do")).to_be_visible()

    await show_password(page, someone)
    await page.wait_for_url(HOME)
    await page.goto("/account/connections")
    await page.get_by_role("link", name="Connect Local identity").click()
    await choose(page, someone.email)
    await expect(page.get_by_text("It is connected")).to_be_visible()
    await sign_out(page)
    await page.goto("/sign-in")
    await page.get_by_role("link", name="Continue with Local identity").click()
    await choose(page, someone.email)
    await page.wait_for_url(HOME)
    await page.goto("/account/connections")
    accounts = page.get_by_role("list", name="Connected accounts")
    await accounts.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_role("link", name="Connect Local identity")).to_be_visible()
