"""An authenticator app, backup codes, a trusted device and sudo, as a person lives with them."""

import asyncio
import re
from datetime import timedelta

import pyotp
from playwright.async_api import Page, Route, expect

from core.clock import now_utc
from saas_app.resources import Resources
from tests.browser.people import Someone, let_time_pass, make_someone, show_password, sign_out
from tests.cast import PASSWORD

HOME = "**/o/*/servers"


async def set_up_app(page: Page) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up on the security page; return the app and the backup codes."""
    await page.goto("/account/security")
    await page.get_by_role("button", name="Set up app").click()
    await expect(page.get_by_alt_text("QR code")).to_be_visible()
    secret = (await page.locator("#totp-secret").inner_text()).replace(" ", "")
    app = pyotp.TOTP(secret)
    await page.get_by_label("The six digits").press_sequentially(app.at(now_utc()))
    await expect(page.get_by_role("heading", name="Keep your backup codes")).to_be_visible()
    listed = await page.get_by_role("list", name="Backup codes").get_by_role("listitem").all()
    return app, [await one.inner_text() for one in listed]


async def enter_with_app(page: Page, someone: Someone) -> tuple[pyotp.TOTP, list[str]]:
    """Sign in and set an app up."""
    await show_password(page, someone)
    await page.wait_for_url(HOME)
    app, codes = await set_up_app(page)
    await page.get_by_role("button", name="I have kept them").click()
    return app, codes


async def test_backup_codes_are_shown_once_and_kept_as_a_file(page: Page, parts: Resources):
    await show_password(page, await make_someone(parts))
    await page.wait_for_url(HOME)
    _, codes = await set_up_app(page)
    assert len(set(codes)) == 10
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    assert (await (await download.value).path()).read_text().split() == codes
    await page.get_by_role("button", name="I have kept them").click()
    await expect(page.get_by_text("10 of 10 left")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("10 of 10 left")).to_be_visible()
    await expect(page.get_by_text(codes[0])).to_have_count(0)
    await page.get_by_role("button", name="Make new codes").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Make new codes").click()
    await expect(page.get_by_role("heading", name="Keep your backup codes")).to_be_visible()
    await expect(page.get_by_text(codes[0])).to_have_count(0)


async def test_the_app_is_asked_for_until_the_device_is_trusted(page: Page, parts: Resources):
    someone = await make_someone(parts)
    app, _ = await enter_with_app(page, someone)
    await sign_out(page)
    await show_password(page, someone)
    await page.wait_for_url("**/verify")
    await expect(page.get_by_label("Code")).to_be_focused()
    await page.get_by_label("Code").press_sequentially("000 000")
    await expect(page.get_by_text("That code is not right")).to_be_visible()
    await page.get_by_label("Trust this device").check()
    posts, is_pressed = [], asyncio.Event()

    async def hold(route: Route) -> None:
        posts.append(route.request)
        await is_pressed.wait()
        await route.continue_()

    await page.route("**/api/auth/verify/code", hold)
    # The code of the next half minute: this one was used up by the set-up.
    await page.get_by_label("Code").press_sequentially(app.at(now_utc() + timedelta(seconds=30)))
    await page.keyboard.press("Enter")  # the sixth digit has sent it
    await page.keyboard.press("7")
    is_pressed.set()
    await page.wait_for_url(HOME)
    assert len(posts) == 1

    await sign_out(page)
    await show_password(page, someone)
    await page.wait_for_url(HOME)
    await page.goto("/account/sessions")
    devices = page.get_by_role("list", name="Trusted devices")
    await expect(devices.get_by_text("This browser")).to_be_visible()
    await devices.get_by_role("button", name="Trust no more").click()
    await expect(page.get_by_text("None. You can trust")).to_be_visible()
    await sign_out(page)
    await show_password(page, someone)
    await page.wait_for_url("**/verify")


async def test_a_backup_code_opens_and_a_password_confirms_before_the_app_is_removed(
    page: Page, parts: Resources
):
    someone = await make_someone(parts)
    _, codes = await enter_with_app(page, someone)
    await sign_out(page)
    await show_password(page, someone)
    await page.wait_for_url("**/verify")
    await page.get_by_role("link", name="Use a backup code").click()
    await page.get_by_label("Backup code").fill(codes[0].upper())
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url(HOME)

    await let_time_pass(parts, someone)
    await page.goto("/account/security")
    await expect(page.get_by_text("9 of 10 left")).to_be_visible()
    await page.get_by_role("button", name="Remove app").click()
    await page.wait_for_url("**/confirm?next=**")
    password = page.get_by_role("textbox", name="Password", exact=True)
    await password.fill("not the right one")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("That is not your password.")).to_be_visible()
    await password.fill(PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    await page.wait_for_url(re.compile("/account/security/?$"))
    await page.get_by_role("button", name="Remove app").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove app").click()
    await expect(page.get_by_text("Your ways to sign in have changed")).to_be_visible()
    await page.get_by_role("button", name="Sign out everywhere else").click()
    await expect(page.get_by_text("You were signed in nowhere else.")).to_be_visible()
    await expect(page.get_by_role("button", name="Set up app")).to_be_visible()


async def test_a_second_browser_is_seen_and_signed_out(page: Page, parts: Resources):
    someone = await make_someone(parts)
    await show_password(page, someone)
    await page.wait_for_url(HOME)
    browser = page.context.browser
    assert browser is not None
    phone = await browser.new_context(
        base_url=page.url.split("/o/")[0],
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
    )
    there = await phone.new_page()
    await show_password(there, someone)
    await there.wait_for_url(HOME)

    await page.goto("/account/sessions")
    sessions = page.get_by_role("list", name="Sessions")
    await expect(sessions.get_by_role("listitem")).to_have_count(2)
    await sessions.get_by_role("button", name="Sign out Safari on iPhone").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Sign out").click()
    await expect(sessions.get_by_role("listitem")).to_have_count(1)
    await there.wait_for_url("**/sign-in?next=**")
    await phone.close()
