"""What the tests of factors share: a fresh session's origin, letters, and an app that is on."""

from uuid import UUID

import pyotp
import pytest

from core.clock import now_utc
from core.permissions import Origin
from saas_app.resources import Resources
from saas_app.services.factors.relying_party import RelyingParty
from saas_app.services.factors.totp import begin_totp, confirm_totp
from saas_app.services.letters import Letters
from tests.cast import NOW

FRESH = Origin("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", is_fresh=True)
STALE = Origin("192.0.2.7", "Firefox/140.0")
PARTY = RelyingParty(id="localhost", origin="http://localhost:3000")


@pytest.fixture
def letters(sealer) -> Letters:
    return Letters(sealer, "http://localhost:3000")


@pytest.fixture
def turn_app_on(sealer, letters):
    """Returns a function that sets up an app for a user and returns its secret."""

    async def turn_on(session, user_id) -> str:
        made = await begin_totp(session, sealer, user_id, origin=FRESH, now=NOW)
        await session.flush()
        code = code_of(made.secret)
        await confirm_totp(session, letters, user_id, code, origin=FRESH, now=NOW)
        await session.flush()
        return made.secret

    return turn_on


def code_of(secret: str, now=NOW) -> str:
    """Return what the app shows at a moment."""
    return pyotp.TOTP(secret).at(now)


async def turn_app_on_for(parts: Resources, user_id: UUID) -> None:
    """Set up an authenticator app for somebody."""
    now = now_utc()
    async with parts.database.write() as session:
        made = await begin_totp(session, parts.sealer, user_id, origin=FRESH, now=now)
    async with parts.database.write() as session:
        code = code_of(made.secret, now)
        await confirm_totp(session, parts.letters, user_id, code, origin=FRESH, now=now)
