"""The admin area in a browser: found, banned, acted for, and not there for anybody else."""

import re

from playwright.async_api import Browser, BrowserContext, Page, expect

from core.clock import now_utc
from core.models import User
from saas_app.resources import Resources
from tests.browser import people
from tests.browser.screens import NOWHERE, arrive, settle
from tests.product import Product

REASON = "Spam from all of their servers."


async def enter_admin(page: Page, parts: Resources) -> people.Someone:
    """Sign an admin in, and go to the list of people by the account menu."""
    admin = await people.make_admin(parts)
    await people.show_password(page, admin)
    await page.wait_for_url("**/o/*/servers")
    await page.get_by_role("button", name="Account").first.click()
    await page.get_by_role("menuitem", name="Admin").click()
    await page.wait_for_url("**/admin/users")
    return admin


async def find(page: Page, someone: people.Someone) -> None:
    """Search for somebody in the list, and open their page."""
    await page.get_by_label("Search by name or e-mail").fill(someone.email)
    await page.wait_for_url("**/admin/users?q=*")
    row = page.get_by_role("row", name=someone.email)
    await expect(page.get_by_text("1 in all")).to_be_visible()
    await row.get_by_role("link").click()
    await page.wait_for_url(f"**/admin/users/{someone.id}")


async def other_page(page: Page, product: Product) -> tuple[BrowserContext, Page]:
    """Return a page of another browser profile."""
    browser: Browser | None = page.context.browser
    assert browser is not None
    context = await browser.new_context(base_url=product.web_url)
    context.set_default_timeout(20_000)
    return context, await context.new_page()


async def test_somebody_is_found_and_banned_and_their_open_tab_says_why(
    page: Page, parts: Resources, product: Product
):
    bob = await people.make_someone(parts, "Bob")
    context, his = await other_page(page, product)
    await people.show_password(his, bob)
    await his.wait_for_url("**/o/*/servers")
    await enter_admin(page, parts)
    await find(page, bob)
    await page.get_by_role("button", name="Ban…").click()
    await page.get_by_role("button", name="Ban", exact=True).click()
    await expect(page.get_by_text("Say why.")).to_be_visible()
    await page.get_by_label("Reason").fill(REASON)
    await page.get_by_label("Last day").fill(f"{now_utc().year + 1}-01-31")
    await page.get_by_role("button", name="Ban", exact=True).click()
    await his.wait_for_url("**/banned")
    await expect(his.get_by_text(REASON)).to_be_visible()
    await expect(his.get_by_text(f"It ends on 1 February {now_utc().year + 1}")).to_be_visible()
    await context.close()
    context, his = await other_page(page, product)  # and so does signing in anew
    await people.show_password(his, bob)
    await his.wait_for_url("**/banned")
    await expect(his.get_by_text(REASON)).to_be_visible()
    await context.close()
    await page.get_by_role("button", name="Change the ban…").click()
    await expect(page.get_by_label("Last day")).to_have_value(f"{now_utc().year + 1}-01-31")
    await page.get_by_label("Reason").fill("Less of it.")
    await page.get_by_role("button", name="Ban", exact=True).click()
    end = page.locator("p:text-is('Less of it.') + p")
    await expect(end).to_contain_text(f"until 1 February {now_utc().year + 1}")
    await page.get_by_role("button", name="Lift the ban…").click()
    await page.get_by_role("button", name="Lift the ban", exact=True).click()
    await expect(page.get_by_text("can sign in again.")).to_be_visible()


async def test_an_admin_acts_for_somebody_under_a_bar_and_comes_back(page: Page, parts: Resources):
    bob = await people.make_someone(parts, "Bob")
    admin = await enter_admin(page, parts)
    await find(page, bob)
    await page.get_by_role("button", name="Act in their name…").click()
    await expect(page.get_by_text("Let MCP clients in")).to_be_visible()
    await page.get_by_role("button", name="Act in their name", exact=True).click()
    await page.wait_for_url("**/o/*/servers")
    bar = page.get_by_role("complementary", name="Acting in somebody's name")
    for path in (page.url, "/", "/account/security"):
        await page.goto(path)
        await expect(bar).to_contain_text(f"You act as Bob ({bob.email})")
        await expect(bar).to_contain_text(re.compile(r"It ends in (60|59|58) minutes"))
    await page.get_by_role("button", name="Account").first.click()
    await expect(page.get_by_text(bob.email).first).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Admin")).to_have_count(0)
    await page.keyboard.press("Escape")
    await bar.get_by_role("button", name="End it").click()
    await page.wait_for_url(f"**/admin/users/{bob.id}")
    await expect(bar).to_have_count(0)
    await expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    acts = page.get_by_role("table", name="What they did")
    await expect(acts.get_by_text("Acting in somebody's name ended")).to_be_visible()
    await page.goto(f"/admin/audit?by={admin.id}")
    await expect(page.get_by_text("Acting in somebody's name started")).to_be_visible()


async def test_for_others_the_area_looks_like_any_address_that_is_not_there(
    context: BrowserContext, parts: Resources
):
    page = await context.new_page()  # of its own: the browser reports the status 404 as an error
    await people.show_password(page, await people.make_someone(parts, "Eve"))
    await page.wait_for_url("**/o/*/servers")
    looks = []
    for path in (NOWHERE, "/admin/users", "/admin/configuration"):
        answer = await page.goto(path)
        assert answer is not None
        await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
        await expect(page).to_have_title("Page not found · Toolkiln")
        looks.append((answer.status, await page.locator("main").inner_text()))
    assert looks[0][0] == 404
    assert len(set(looks)) == 1
    routes = ("/api/nothing/at/all", "/api/admin/users.csv", "/api/admin/impersonation/end")
    answers = [await page.context.request.get(path) for path in routes]
    assert len({(answer.status, await answer.text()) for answer in answers}) == 1


async def test_rights_that_are_taken_close_the_area_on_an_open_page(page: Page, parts: Resources):
    admin = await enter_admin(page, parts)
    await people.make_admin(parts, "Other")
    await settle(page)
    async with parts.database.write() as session:
        user = await session.get_one(User, admin.id)
        user.is_admin, user.access_version = False, user.access_version + 1
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


async def test_who_has_not_proved_lately_who_they_are_does_it_first(page: Page, parts: Resources):
    admin, bob = await enter_admin(page, parts), await people.make_someone(parts, "Bob")
    await people.let_time_pass(parts, admin)
    await arrive(page, f"/admin/users/{bob.id}")
    await page.get_by_role("button", name="Make admin…").click()
    await page.wait_for_url("**/confirm?next=**")
    await page.get_by_role("textbox", name="Password", exact=True).fill(people.PASSWORD)
    await page.get_by_role("button", name="Confirm").first.click()
    await people.arrived_at(page, f"/admin/users/{bob.id}")
    await page.get_by_role("button", name="Make admin…").click()
    await page.get_by_role("button", name="Make admin", exact=True).click()
    await expect(page.get_by_text("is an admin.")).to_be_visible()


async def test_a_file_comes_with_the_filters_and_a_switch_stays_where_it_was_put(
    page: Page, parts: Resources
):
    await enter_admin(page, parts)
    await page.goto("/admin/users?role=admin")
    await settle(page)
    await page.get_by_role("button", name="Export").click()
    workbook = page.get_by_role("menuitem", name="Excel workbook")
    answer = await page.context.request.get(str(await workbook.get_attribute("href")))
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    await workbook.click()
    await expect(page.get_by_role("row", name="root.").first).to_be_visible()
    await arrive(page, "/admin/features")
    front = page.get_by_role("switch", name="Marketing pages")
    await front.click()
    await expect(page.get_by_text("Marketing pages: off from now on.")).to_be_visible()
    await page.goto("/")
    await page.wait_for_url("**/o/*/servers")
    await arrive(page, "/admin/features")
    await expect(front).not_to_be_checked()
    await front.click()
    await expect(page.get_by_text("Marketing pages: on from now on.")).to_be_visible()


async def test_nobody_is_shown_at_the_address_of_another(page: Page, parts: Resources):
    """Not even while the page loads, when the tab still holds who was shown before."""
    await enter_admin(page, parts)
    ada, bob = await people.make_someone(parts, "Ada"), await people.make_someone(parts, "Bob")
    await arrive(page, f"/admin/users/{ada.id}")
    await expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    await page.add_init_script("""
      window.headings = new Set();
      new MutationObserver(() => {
        for (const one of document.querySelectorAll("h1")) window.headings.add(one.innerText);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    """)
    await arrive(page, f"/admin/users/{bob.id}")
    await expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    headings = await page.evaluate("[...window.headings].join(' ')")
    assert "Ada" not in headings
    assert "Bob" in headings
