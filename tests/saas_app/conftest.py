"""The web app in process: its resources on a fresh database, tabs, and signed-in people."""

from collections.abc import AsyncIterator, Callable

import pytest
from reflex_base.registry import RegistrationContext

from core.clock import now_utc
from core.database import Database
from core.permissions import Actor
from core.sessions import start_session
from core.settings import Settings
from saas_app import resources
from saas_app.resources import Resources
from saas_app.services.passwords import Passwords
from tests.saas_app.tab import Tab, open_tabs
from tests.saas_app.visitor import Visitor, open_visitors

# Each makes a hash to compare unknown people with, which takes a moment.
PASSWORDS = Passwords()


@pytest.fixture
async def parts(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Resources]:
    """This process's resources, on the fresh database of the test."""
    monkeypatch.setattr(resources, "Passwords", lambda: PASSWORDS)
    built = resources.build(settings)
    monkeypatch.setattr(resources, "get", lambda: built)
    yield built
    await built.close()


@pytest.fixture(scope="session")
def reflex_app() -> object:
    """The app itself, with all its states and pages registered."""
    from saas_app.saas_app import app  # noqa: PLC0415 - importing it registers everything

    RegistrationContext.set(app._registration_context)
    return app


@pytest.fixture
async def tabs(reflex_app: object, parts: Resources) -> AsyncIterator[object]:
    """Opens tabs on the app."""
    RegistrationContext.set(reflex_app._registration_context)  # pyright: ignore[reportAttributeAccessIssue]
    async with open_tabs(reflex_app) as new_tab:
        yield new_tab


@pytest.fixture
def tab(tabs) -> Tab:
    """A tab of a visitor who is not signed in."""
    return tabs("tab-1")


@pytest.fixture
def session_of(database: Database):
    """Returns a function that signs a member of the cast in and returns the cookie's token."""

    async def sign_in(actor: Actor) -> str:
        async with database.write() as session:
            return await start_session(session, actor.user_id, now=now_utc())

    return sign_in


@pytest.fixture
async def visitors(parts: Resources) -> AsyncIterator[Callable[..., Visitor]]:
    """Opens browsers on the API, each with cookies and an address of its own."""
    async with open_visitors(parts) as new_visitor:
        yield new_visitor


@pytest.fixture
def browser(visitors: Callable[..., Visitor]) -> Visitor:
    """One browser."""
    return visitors()
