"""V3.3, V3.4, V14.3.2: what every answer of the web program tells browsers, behind TLS."""

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from core.clock import now_utc
from core.consents import browser_cookie_name
from core.environment import Environment
from core.sessions import LONGEST_LIFETIME, cookie_name, start_session
from core.settings import Settings
from saas_app import resources
from saas_app.api.arrivals import clear_cookie, set_cookie
from saas_app.api.cookies import clear_session_cookie, set_session_cookie
from saas_app.api.routes import make_api
from saas_app.services import challenges
from saas_app.services.browser_cookies import BrowserCookie
from saas_app.services.challenges import Purpose
from saas_app.serving import Serving
from tests.conftest import RANDOM_KEY, settings_with
from tests.saas_app.doors.api_doors import API_DOORS
from tests.saas_app.doors.test_pages import PAGES

ADDRESS = "https://kiln.example"
SCRIPT = "<html><script>start()</script></html>"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """No header depends on the database."""
    return request.param


@pytest.fixture
def secure(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of a copy behind TLS, on the database of the test."""
    return settings_with(
        tmp_path, environment=Environment.PRODUCTION, public_url=ADDRESS, mcp_url=ADDRESS,
        master_key=RANDOM_KEY, database_url=settings.sqlalchemy_url,
    )  # fmt: skip


@pytest.fixture
async def client(secure: Settings, monkeypatch, tmp_path: Path):
    """A browser in front of the whole web program but Reflex."""
    parts = resources.build(secure)
    monkeypatch.setattr(resources, "get", lambda: parts)
    folder = tmp_path / "client"
    for page in PAGES:
        path = folder / ("" if page == "index" else page) / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCRIPT)
    app = make_api()
    app.routes.append(Mount("/", StaticFiles(directory=folder, html=True)))
    served = Serving(app, secure, folder)
    transport = httpx2.ASGITransport(app=served, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client
    await parts.close()


def require_dressed(headers: httpx2.Headers) -> None:
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["referrer-policy"] in ("strict-origin-when-cross-origin", "no-referrer")
    assert headers["x-frame-options"] in ("DENY", "SAMEORIGIN")
    assert "frame-ancestors" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("page", PAGES)
async def test_v3_4_3_every_page_runs_only_scripts_that_were_built(client, page):
    path = "/" if page == "index" else f"/{page.replace('[', '%5B').replace(']', '%5D')}"
    answer = await client.get(path)
    assert answer.status_code == 200
    require_dressed(answer.headers)
    policy = answer.headers["content-security-policy"]
    scripts = policy.split("script-src ")[1].split(";")[0].split()
    assert [one for one in scripts if one != "'self'" and not one.startswith("'sha256-")] == []
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-cache"  # it is asked for again each time


@pytest.mark.parametrize("row", API_DOORS, ids=lambda row: f"{row.method} {row.route}")
async def test_v3_4_3_every_address_of_the_api_runs_nothing_and_is_kept_nowhere(client, row):
    answer = await client.request(row.method, (row.path or row.route).replace("{", "").strip("}"))
    require_dressed(answer.headers)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("cookie", BrowserCookie)
def test_v3_3_1_every_cookie_is_bound_to_this_host_and_to_tls(client, cookie):
    answer = Response()
    set_cookie(answer, cookie, "x", lifetime=challenges.LIFETIMES[Purpose.GOOGLE])
    clear_cookie(answer, cookie)
    require_bound(answer)


def test_v3_3_1_the_sessions_cookie_is_bound_to_this_host_and_to_tls(client, secure):
    answer = Response()
    set_session_cookie(answer, "tks_x", secure)
    assert f"Max-Age={LONGEST_LIFETIME.days * 24 * 3600};" in answer.headers["set-cookie"]
    clear_session_cookie(answer, secure)
    require_bound(answer)
    assert cookie_name(is_secure=True).startswith("__Host-")
    assert browser_cookie_name(is_secure=True).startswith("__Host-")


async def test_v7_2_4_no_page_sets_the_sessions_cookie_which_may_be_another_by_now(
    client, committed_cast, database
):
    """It could come after the answer that brought a new token, and sign the person out."""
    async with database.write() as session:
        ago = now_utc() - timedelta(days=10)
        token = await start_session(session, committed_cast.alice.user_id, now=ago)
    cookie = f"{cookie_name(is_secure=True)}={token}"
    for page in ("/", "/sign-in"):
        answer = await client.get(page, headers={"accept": "text/html", "cookie": cookie})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


def require_bound(answer: Response) -> None:
    """`__Host-` demands Secure, the whole path and no Domain."""
    for line in answer.headers.getlist("set-cookie"):
        parts = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
        assert line.startswith("__Host-")
        assert {"secure", "httponly", "samesite", "path"} <= parts
        assert "domain" not in parts
        assert "Path=/" in line
        assert "SameSite=lax" in line
