"""People with accounts, made without the screens that make them; and the ways in and out."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from playwright.async_api import Page
from sqlmodel import col, update

from core.clock import now_utc
from core.models import User, WebSession
from saas_app.resources import Resources
from saas_app.services.accounts import SignUpForm, create_account
from saas_app.services.admin.admins import grant_by_operator
from tests.cast import PASSWORD


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody with a confirmed account and the password of all tests."""

    id: UUID
    email: str


async def make_someone(parts: Resources, name: str = "Ada") -> Someone:
    """Write an account."""
    email = f"{name.lower()}.{uuid4().hex[:8]}@example.com"
    encoded = await parts.passwords.hash(PASSWORD)
    async with parts.database.write() as session:
        form = SignUpForm(name, email, "")
        user = await create_account(
            session, form, password_hash=encoded, now=now_utc(), is_verified=True
        )
        user.onboarded_at = now_utc()
    return Someone(user.id, email)


async def make_admin(parts: Resources, name: str = "Root") -> Someone:
    """Write an account of an admin, made one as an operator does."""
    someone = await make_someone(parts, name)
    async with parts.database.write() as session:
        await grant_by_operator(session, someone.email, now=now_utc())
    return someone


async def show_password(page: Page, someone: Someone | User) -> None:
    """Fill the sign-in form and send it; what comes next is for the test to see."""
    await page.goto("/sign-in")
    await page.get_by_label("E-mail").fill(someone.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def arrived_at(page: Page, path: str) -> None:
    """Wait until the page is at a path: a pattern's end would also fit where it stands already."""
    await page.wait_for_url(lambda url: urlsplit(url).path.rstrip("/") == path.rstrip("/"))


async def sign_out(page: Page) -> None:
    """Sign out by the account menu."""
    await page.get_by_role("button", name="Account").first.click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await arrived_at(page, "/")


async def let_time_pass(parts: Resources, someone: Someone) -> None:
    """Make their sessions an hour older than they are, so that none is fresh."""
    async with parts.database.write() as session:
        theirs = update(WebSession).where(col(WebSession.user_id) == someone.id)
        await session.exec(theirs.values(authenticated_at=now_utc() - timedelta(hours=1)))
