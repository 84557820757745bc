"""alice with her factors, and a browser that shows them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from core.clock import now_utc
from core.models import User
from core.sessions import Browser, cookie_name, holder_of, start_session
from saas_app.api.routes import make_api
from saas_app.services.factors.backup_codes import keep_codes, make_codes
from saas_app.services.factors.totp import begin_totp, confirm_totp
from saas_app.services.signing_in import Arrival, Method, SecondFactor, finish_first_factor
from tests.cast import PASSWORD
from tests.saas_app.services.factors.conftest import FRESH, code_of

BASE = "http://localhost:3000"
HERE = {"origin": BASE}
AN_HOUR = timedelta(hours=1)
SESSION, CHALLENGE, TRUSTED = cookie_name(is_secure=False), "toolkiln_challenge", "toolkiln_trusted"


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=HERE) as client:
        yield client


@pytest.fixture
def enter(browser, database):
    """Returns a function that signs the browser in as a user."""

    async def sign_in(user_id, *, ago=None, **options) -> str:
        async with database.write() as session:
            began = now_utc() - ago if ago else now_utc()
            token = await start_session(session, user_id, now=began, **options)
        browser.cookies.set(cookie_name(is_secure=False), token, domain="localhost.local")
        return token

    return sign_in


@pytest.fixture
def holder(browser, database):
    """Returns a function that says who is signed in with the browser, if somebody is."""

    async def look():
        token = browser.cookies.get(cookie_name(is_secure=False))
        async with database.read() as session:
            return await holder_of(session, token, now=now_utc())

    return look


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The services are tried on both databases; here it is about cookies and ways."""
    return request.param


@pytest.fixture
async def alice(parts, committed_cast):
    """alice, with a password."""
    encoded = await parts.passwords.hash(PASSWORD)
    async with parts.database.write() as session:
        (await session.get_one(User, committed_cast.alice.user_id)).password_hash = encoded
    return committed_cast.alice.user_id


@pytest.fixture
async def secret(parts, alice) -> str:
    """The secret of alice's app, which was set up a while ago."""
    then = now_utc() - AN_HOUR
    async with parts.database.write() as session:
        made = await begin_totp(session, parts.sealer, alice, origin=FRESH, now=then)
    async with parts.database.write() as session:
        code = code_of(made.secret, then)
        await confirm_totp(session, parts.letters, alice, code, origin=FRESH, now=then)
    return made.secret


@pytest.fixture
async def codes(parts, alice, secret):
    made = await make_codes(parts.passwords)
    async with parts.database.write() as session:
        await keep_codes(session, parts.letters, alice, made, origin=FRESH, now=now_utc())
    return made.texts


@pytest.fixture
def half_way(parts, browser, database):
    """Returns a function that shows the browser's first factor and returns what follows."""

    async def first(user_id, *, next_path="/o/acme/servers"):
        arrival = Arrival(
            FRESH_BROWSER, trusted_token=browser.cookies.get(TRUSTED) or "", next_path=next_path
        )
        async with database.write() as session:
            following = await finish_first_factor(
                session, parts.letters, user_id, arrival, method=Method.PASSWORD, now=now_utc()
            )
        if isinstance(following, SecondFactor):
            token = following.challenge_token
            browser.cookies.set(CHALLENGE, token, domain="localhost.local")
        return following

    return first


FRESH_BROWSER = Browser("Firefox/140.0", "192.0.2.7")


async def ask(browser, purpose: str) -> dict:
    answer = await browser.post("/api/auth/passkeys/options", json={"for": purpose})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def register(browser, device, *, name="Laptop"):
    options = await ask(browser, "register")
    return await browser.post(
        "/api/auth/passkeys", json={"name": name, "credential": device.make(options)}
    )


def as_field(credential) -> str:
    return httpx2.Request("POST", BASE, json=credential).content.decode()
