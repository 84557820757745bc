"""One's own account in the browser: picture, name, mail, the copy of one's data, and its end."""

import io
import zipfile
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from PIL import Image
from playwright.async_api import Page, expect
from sqlmodel import select

from core.clock import now_utc
from core.models import User
from saas_app.resources import Resources
from saas_app.services.pictures import UPLOADS
from tests.browser import screens
from tests.browser.conftest import begin_sign_up
from tests.browser.people import make_someone, show_password


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture that is no square."""
    path = tmp_path / "kiln.png"
    Image.new("RGB", (400, 300), "#c73e0b").save(path)
    return path


@pytest.fixture
async def ada(page: Page, parts: Resources) -> str:
    """A page of somebody with a confirmed account; returns the address."""
    someone = await make_someone(parts)
    await show_password(page, someone)
    await page.wait_for_url("**/o/*/servers")
    return someone.email


async def choose_picture(page: Page, picture: Path) -> None:
    await page.get_by_label("Choose a picture").set_input_files(picture)
    await page.get_by_role("button", name="Save picture").click()


async def test_a_newcomer_is_welcomed_with_a_picture(page: Page, picture: Path):
    await begin_sign_up(page, f"Pic Ture {uuid4().hex[:6]}")
    await choose_picture(page, picture)
    await expect(page.get_by_text("Your picture is changed.")).to_be_visible()
    await page.get_by_label("Organization").fill("Kiln friends")
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url("**/o/*/servers")
    await expect(page.get_by_text("Kiln friends").first).to_be_visible()
    face = page.get_by_role("button", name="Account").first.locator("img")
    await expect(face).to_have_js_property("naturalWidth", 256)


async def test_a_picture_that_is_refused_says_why_and_another_can_be_chosen(
    page: Page, ada: str, picture: Path, parts: Resources
):
    async with parts.database.read() as session:
        user_id = (await session.exec(select(User.id).where(User.email == ada))).one()
    for _ in range(UPLOADS.count):
        await parts.limiter.spend(UPLOADS, str(user_id), now=now_utc())
    await screens.arrive(page, "/account/profile")
    for _ in range(2):
        await choose_picture(page, picture)
        await expect(page.get_by_role("button", name="Saving…")).to_have_count(0)
        await expect(page.get_by_text("Too many")).to_be_visible()
        await expect(page.get_by_role("dialog", name="Save picture")).to_be_hidden()


async def test_name_and_picture_change_everywhere_and_an_address_awaits_its_letters(
    page: Page, ada: str, picture: Path
):
    await screens.arrive(page, "/account/profile")
    await page.get_by_role("textbox", name="Name", exact=True).fill("Ada of the kilns")
    await page.get_by_role("button", name="Save name").click()
    account = page.get_by_role("button", name="Account").first
    await expect(account).to_contain_text("Ada of the kilns")
    await choose_picture(page, picture)
    await expect(account.locator("img")).to_be_visible()
    await page.get_by_role("button", name="Remove").click()
    await expect(account.locator("img")).to_have_count(0)
    await page.get_by_label("New address").fill(f"new.{ada}")
    await page.get_by_role("button", name="Change address").click()
    await expect(page.get_by_text(f"Changing to new.{ada}")).to_be_visible()
    await page.get_by_role("link", name="Open the outbox").click()
    await expect(page.get_by_role("link", name="Confirm your new address").first).to_be_visible()


async def test_a_switch_is_saved_at_once_and_taken_back_with_one_click(page: Page, ada: str):
    await screens.arrive(page, "/account/notifications")
    copies = page.get_by_role("switch", name="Copies of your data")
    await copies.click()
    await expect(page.get_by_text("Off: Copies of your data.")).to_be_visible()
    await page.reload()
    await expect(copies).not_to_be_checked()
    await copies.click()
    await expect(page.get_by_text("On: Copies of your data.")).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(copies).not_to_be_checked()


async def test_the_copy_of_ones_data_is_made_and_downloaded_beside_the_page(page: Page, ada: str):
    await screens.arrive(page, "/account/data")
    await page.get_by_role("button", name="Make a copy").click()
    download = page.get_by_role("link", name="Download")
    await expect(download).to_be_visible(timeout=60_000)
    answer = await page.context.request.get(str(await download.get_attribute("href")))
    with zipfile.ZipFile(io.BytesIO(await answer.body())) as archive:
        assert orjson.loads(archive.read("profile.json"))["email"] == ada
    await download.click()
    # The page is still there and answers.
    await page.get_by_role("button", name="Delete account").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()


async def test_an_account_that_is_about_to_go_says_so_at_the_next_sign_in_and_can_be_kept(
    page: Page, ada: str, parts: Resources
):
    await screens.arrive(page, "/account/data")
    await page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog.get_by_text("These organizations go with it")).to_be_visible()
    await dialog.get_by_role("textbox").fill(ada)
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(page.get_by_text("Your account is about to be deleted")).to_be_visible()
    await page.context.clear_cookies()
    async with parts.database.read() as session:
        user = (await session.exec(select(User).where(User.email == ada))).one()
    await show_password(page, user)
    await page.wait_for_url("**/o/*/servers")
    await expect(page.get_by_text("Your account is about to be deleted")).to_be_visible()
    await page.get_by_role("button", name="Keep my account").click()
    await expect(page.get_by_text("Your account stays")).to_be_visible()
    await expect(page.get_by_text("about to be deleted")).to_have_count(0)


async def test_a_message_is_written_without_an_account_and_kept_in_the_outbox(page: Page):
    await screens.arrive(page, "/")
    await page.get_by_role("link", name="Contact").click()
    await page.wait_for_url("**/contact")
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_label("Your e-mail").fill(f"ada.{uuid4().hex[:6]}@example.com")
    await page.get_by_label("Message").fill("Hi")
    await page.get_by_role("button", name="Send message").click()
    await expect(page.get_by_text("Write a sentence at least.")).to_be_visible()
    await page.get_by_label("Message").fill("Can one server hold the tools of two APIs?")
    await page.get_by_role("button", name="Send message").click()
    await expect(page.get_by_text("Your message is on its way")).to_be_visible()
    await page.get_by_role("link", name="Open the outbox").click()
    await expect(page.get_by_role("link", name="Message from Ada").first).to_be_visible()


async def test_where_a_link_was_asked_for_the_page_points_at_the_outbox(page: Page, ada: str):
    await page.context.clear_cookies()
    await screens.arrive(page, "/forgot-password")
    await page.get_by_label("E-mail").fill(ada)
    await page.get_by_role("button", name="Send the link").click()
    await page.get_by_role("link", name="Open the outbox").click()
    await expect(page.get_by_role("link", name="Set a new password").first).to_be_visible()


async def test_a_logo_stands_beside_the_name_of_its_organization(
    page: Page, ada: str, picture: Path
):
    await screens.arrive(page, page.url.replace("/servers", "/settings"))
    await choose_picture(page, picture)
    await expect(page.get_by_text("The logo is changed.")).to_be_visible()
    mark = page.get_by_role("button", name="Organization").first.locator("img")
    await expect(mark).to_have_js_property("naturalWidth", 256)
    await page.get_by_role("link", name="API keys").click()
    await expect(page.get_by_role("button", name="New key").first).to_be_visible()
