"""The frames of the development pages: who gets them, and what they can do."""

from uuid import uuid4

import httpx2
import pytest

from core.environment import Environment
from core.models import User
from core.sessions import cookie_name
from saas_app import resources
from saas_app.api.routes import make_api
from saas_app.services.mail import Letter, post
from tests.cast import NOW

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
SAMPLE = "/api/dev/mail-templates/verify_email"


def browser_at(ip_address: str, *, host: str = "localhost:3000") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=make_api(), client=(ip_address, 5000))
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture
async def paths(parts, database, sealer, committed_cast) -> dict[str, str]:
    """The addresses of a message to each of alice and bob."""
    found = {}
    async with database.write() as session:
        for name in ("alice", "bob"):
            letter = Letter("verify_email", f"{name}@example.com", {"link": f"/v?token={name}"})
            found[name] = f"/api/dev/mail/{(await post(session, sealer, letter, now=NOW)).id}"
    return found


async def test_a_message_is_shown_to_whoever_sits_at_the_machine(paths):
    async with browser_at("127.0.0.1") as browser:
        answer = await browser.get(paths["alice"])
        assert answer.status_code == 200
        assert "token=alice" in answer.text
        assert '<base target="_blank">' in answer.text
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


async def test_over_the_network_everyone_reads_their_own_alone(
    parts, database, paths, committed_cast, session_of
):
    async with browser_at("192.168.1.7") as browser:
        for path in (paths["alice"], paths["bob"], SAMPLE):
            assert (await browser.get(path)).status_code == 401
        token = await session_of(committed_cast.bob)
        browser.cookies.set(cookie_name(is_secure=False), token)
        assert (await browser.get(paths["bob"])).status_code == 200
        refused = await browser.get(paths["alice"])
        assert (refused.status_code, "token" in refused.text) == (404, False)
        async with database.write() as session:
            (await session.get_one(User, committed_cast.bob.user_id)).is_admin = True
        assert (await browser.get(paths["alice"])).status_code == 200


async def test_other_names_and_tunnels_get_nothing(paths):
    async with browser_at("127.0.0.1", host="evil.example") as browser:
        assert (await browser.get(paths["alice"])).status_code == 403
    async with browser_at("127.0.0.1") as browser:
        for header in ("x-forwarded-for", "forwarded"):
            answer = await browser.get(paths["alice"], headers={header: "203.0.113.7"})
            assert answer.status_code == 401


async def test_what_is_not_there_is_not_found(parts, database, paths):
    async with browser_at("127.0.0.1") as browser:
        for path in (f"/api/dev/mail/{uuid4()}", "/api/dev/mail/x", SAMPLE + "x"):
            assert (await browser.get(path)).status_code == 404


async def test_a_template_is_shown_in_either_theme(parts):
    async with browser_at("127.0.0.1") as browser:
        sample = await browser.get(SAMPLE)
        dark = await browser.get(SAMPLE, params={"theme": "dark"})
        light = await browser.get(SAMPLE, params={"theme": "light"})
    assert sample.headers["content-security-policy"] == POLICY
    assert "@media (prefers-color-scheme: dark)" in sample.text
    assert "@media all {" in dark.text
    assert "@media not all {" in light.text
    for answer, theme in ((dark, "dark"), (light, "light")):
        assert f'name="color-scheme" content="{theme}"' in answer.text


async def test_production_has_none_of_it(
    parts, database, settings, paths, committed_cast, session_of, monkeypatch
):
    token = await session_of(committed_cast.alice)
    live = settings.model_copy(update={"environment": Environment.PRODUCTION})
    built = resources.build(live)
    monkeypatch.setattr(resources, "get", lambda: built)
    async with browser_at("127.0.0.1") as browser:
        browser.cookies.set(cookie_name(is_secure=False), token)
        for path in (paths["alice"], SAMPLE):
            assert (await browser.get(path)).status_code == 404
    await built.close()
