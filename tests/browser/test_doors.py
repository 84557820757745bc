"""Who gets in: team mates with little to say, strangers, the signed out, and the one who left."""

import re
from uuid import uuid4

from playwright.async_api import BrowserContext, Page, expect
from sqlmodel import select

from core.clock import now_utc
from core.models import Membership, Organization
from core.permissions import Role
from saas_app.resources import Resources
from saas_app.services import accounts
from tests.browser import screens, steps
from tests.browser.conftest import sign_in, sign_up
from tests.cast import PASSWORD
from tests.product import Product

ACTING = re.compile(
    "^(Add|Publish|Delete|New key|Make key|Revoke|Pause|Resume|Run|Save|Set value|Replace value"
    "|Switch|Roll back|Remove)"
)


async def test_a_viewer_sees_a_server_and_no_way_to_act_on_it(
    newcomer: Page, context: BrowserContext, product: Product, parts: Resources
):
    path = await steps.make_studio_server(newcomer, product)
    await steps.publish(newcomer, path)
    email = await _join_as_viewer(parts, path.split("/")[2])
    await context.clear_cookies()
    page = await context.new_page()
    await sign_in(page, email, PASSWORD)

    for name, address in screens.signed_in_screens(path).items():
        if name != "new-server":
            await screens.arrive(page, address)
            await expect(page.get_by_role("main").get_by_role("button", name=ACTING)).to_have_count(
                0
            )
    await steps.open_tool(page, path, "get_kiln")
    await expect(page.get_by_text("You may look, not edit")).to_be_visible()
    await expect(page.get_by_label("Description").first).to_be_disabled()


async def test_a_viewer_who_makes_a_server_is_told_whom_to_ask(
    newcomer: Page, context: BrowserContext, product: Product, parts: Resources
):
    slug = newcomer.url.split("/o/")[1].split("/")[0]
    email = await _join_as_viewer(parts, slug)
    await context.clear_cookies()
    page = await context.new_page()
    await sign_in(page, email, PASSWORD)
    await page.goto(f"/o/{slug}/new")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Your role can look")
    await expect(page.get_by_text("Ask an owner or an admin")).to_be_visible()
    await page.goto(f"/o/{slug}/servers")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Servers")
    await expect(page.get_by_role("main").get_by_role("link", name="New server")).to_have_count(0)
    entry = page.get_by_role("navigation", name="Main").first.get_by_role("link", name="New server")
    await expect(entry).to_be_disabled()  # it keeps its place, and says why
    await expect(entry).to_have_attribute("title", "New server: your role here does not allow it")


async def test_a_stranger_finds_nothing_at_anothers_address(
    newcomer: Page, context: BrowserContext, product: Product
):
    path = await steps.make_studio_server(newcomer, product, "Hidden kilns")
    await context.clear_cookies()
    page = await context.new_page()
    await sign_up(page, f"Mallory {uuid4().hex[:6]}")
    own = page.url.split("/o/")[1].split("/")[0]

    for address in (path, f"{path}/tools", f"{path.split('/servers/')[0]}/servers",
                    f"/o/{own}/servers/{path.split('/')[-1]}"):  # fmt: skip
        await page.goto(address)
        await expect(page.get_by_role("heading", name=re.compile("^No such "))).to_be_visible()
        await expect(page.get_by_text("Hidden kilns")).to_have_count(0)
        await expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)
    await page.get_by_role("link", name="Back to your servers").click()
    await page.wait_for_url(f"**/o/{own}/servers")


async def test_a_signed_out_visitor_comes_back_to_the_page_they_wanted(
    newcomer: Page, context: BrowserContext, product: Product
):
    path = await steps.make_studio_server(newcomer, product)
    await newcomer.get_by_role("button", name="Account").first.click()
    email = await newcomer.get_by_text("@example.com").first.inner_text()
    await context.clear_cookies()
    page = await context.new_page()
    await page.goto(f"{path}/tools?q=kiln")
    await page.wait_for_url("**/sign-in?next=**")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill("not the right one")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("That address and password do not match.")).to_be_visible()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"**{path}/tools?q=kiln")
    await expect(page.get_by_role("link", name="get_kiln")).to_be_visible()
    await expect(page.get_by_role("link", name="list_glazes")).to_have_count(0)


async def test_signing_out_ends_it_in_every_tab_and_the_way_back_shows_nothing(
    newcomer: Page, context: BrowserContext, product: Product
):
    path = await steps.make_studio_server(newcomer, product, "Private kilns")
    other = await context.new_page()
    await screens.arrive(other, f"{path}/tools")

    await newcomer.goto(f"{path}/tools")
    await newcomer.get_by_role("button", name="Account").first.click()
    await newcomer.get_by_role("menuitem", name="Sign out").click()
    await newcomer.wait_for_url(lambda url: "/o/" not in url)
    await newcomer.go_back()
    await newcomer.wait_for_url("**/sign-in?next=**")
    await expect(newcomer.get_by_text("Private kilns")).to_have_count(0)

    await other.wait_for_url("**/sign-in?next=**")  # without a touch: its socket is closed
    await expect(other.get_by_text("Private kilns")).to_have_count(0)


async def test_links_know_the_organization_before_the_server_has_answered(
    newcomer: Page, context: BrowserContext
):
    page = await context.new_page()
    await page.route_web_socket("**/_event/**", lambda socket: socket.close())
    await page.goto(newcomer.url)
    slug = newcomer.url.split("/o/")[1].split("/")[0]
    new_server = page.get_by_role("link", name="New server").first
    await expect(new_server).to_have_attribute("href", f"/o/{slug}/new")


async def _join_as_viewer(parts: Resources, slug: str) -> str:
    """Put a person with an account into an organization, and return their address."""
    email = f"vera.{uuid4().hex[:6]}@example.com"
    form = accounts.SignUpForm(name="Vera", email=email, password=PASSWORD)
    password_hash = await parts.passwords.hash(PASSWORD)
    async with parts.database.write() as session:
        user = await accounts.create_account(
            session, form, password_hash=password_hash, now=now_utc(), is_verified=True
        )
        user.onboarded_at = now_utc()
        wanted = select(Organization.id).where(Organization.slug == slug)
        organization_id = (await session.exec(wanted)).one()
        session.add(
            Membership(
                organization_id=organization_id,
                user_id=user.id,
                role=Role.VIEWER,
                created_at=now_utc(),
            )
        )
    return email
