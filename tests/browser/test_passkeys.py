"""Passkeys with Chromium's virtual authenticator: added, alone at the door, as a second factor."""

import asyncio
import re

from playwright.async_api import CDPSession, Page, expect

from saas_app.resources import Resources
from tests.browser.people import Someone, let_time_pass, make_someone, show_password, sign_out

HOME = "**/o/*/servers"
SECURITY = re.compile("/account/security/?$")
# Nothing under the address field, which the authenticator would take at once.
NO_OFFERS = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
DEVICE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def plug_in(page: Page) -> tuple[CDPSession, str]:
    """Give the page's browser an authenticator, and return what commands it."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


async def add_passkey(page: Page, name: str) -> None:
    """Fill the form for another passkey and go on."""
    await page.goto("/account/security")
    await page.get_by_role("button", name="Add passkey").click()
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_role("button", name="Continue").click()


async def enter_with_first_passkey(page: Page, someone: Someone) -> None:
    """Sign in, and add a passkey and the backup codes that come with it."""
    await show_password(page, someone)
    await page.wait_for_url(HOME)
    await add_passkey(page, "Work laptop")
    await expect(page.get_by_role("heading", name="Keep your backup codes")).to_be_visible()
    await page.get_by_role("button", name="I have kept them").click()
    await expect(page.get_by_role("list", name="Passkeys")).to_contain_text("Work laptop")


async def test_an_authenticator_holds_one_passkey_of_an_account(page: Page, parts: Resources):
    session, device = await plug_in(page)
    await enter_with_first_passkey(page, await make_someone(parts))
    held = await session.send("WebAuthn.getCredentials", {"authenticatorId": device})
    assert [one["rpId"] for one in held["credentials"]] == ["localhost"]
    assert held["credentials"][0]["isResidentCredential"]
    await add_passkey(page, "The same")
    await expect(page.get_by_text("has a passkey for your account already")).to_be_visible()


async def test_a_passkey_signs_in_alone_and_is_a_second_factor(page: Page, parts: Resources):
    someone = await make_someone(parts)
    await plug_in(page)
    await page.add_init_script(NO_OFFERS)
    await enter_with_first_passkey(page, someone)

    await sign_out(page)
    await page.goto("/sign-in?next=/account/security")
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    await expect(page.get_by_role("list", name="Passkeys")).to_contain_text("last used")

    await sign_out(page)
    await show_password(page, someone)
    await page.wait_for_url("**/verify")
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(HOME)


async def test_a_passkey_is_renamed_and_after_confirming_by_it_removed(
    page: Page, parts: Resources
):
    someone = await make_someone(parts)
    await plug_in(page)
    await enter_with_first_passkey(page, someone)
    await let_time_pass(parts, someone)
    await page.get_by_role("button", name="Rename Work laptop").click()
    await page.get_by_label("Name", exact=True).fill("Desk")
    await page.get_by_role("button", name="Rename", exact=True).click()
    await expect(page.get_by_role("list", name="Passkeys")).to_contain_text("Desk")
    await page.get_by_role("button", name="Remove Desk").click()
    await page.wait_for_url("**/confirm?next=**")
    await page.get_by_role("link", name="Use a passkey").click()
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(SECURITY)
    remove = page.get_by_role("button", name="Remove passkey")
    async with asyncio.timeout(20):
        while not await remove.is_visible():  # a page that still loads closes the question again
            await page.get_by_role("button", name="Remove Desk").click()
            await asyncio.sleep(0.5)
    await remove.click()
    await expect(page.get_by_text("No passkeys yet.")).to_be_visible()


async def test_a_passkey_is_offered_under_the_address_field(page: Page, parts: Resources):
    await plug_in(page)
    await enter_with_first_passkey(page, await make_someone(parts))
    await sign_out(page)
    await page.goto("/sign-in")  # the authenticator answers what is offered at once
    await page.wait_for_url(HOME)
