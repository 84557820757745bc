"""Turnstile, against a server that speaks siteverify; without an answer no door opens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr, ValidationError
from sqlmodel import select
from starlette.responses import PlainTextResponse, Response

from core.errors import UpstreamUnavailable
from core.models import User
from core.production import refusals
from saas_app import resources
from saas_app.content_policy import page_policy
from saas_app.integrations.turnstile import Turnstile, make_human_check
from saas_app.services.attempts import Doors
from saas_app.state.forgot_password import ForgotPasswordState
from saas_app.state.sign_in import SignInState
from tests.conftest import settings_with
from tests.saas_app.api.test_auth import ALICE
from tests.saas_app.letters import letters
from tests.vendors.turnstile import SECRET, SITE_KEY, FakeTurnstile, fake_turnstile

ANSWER = {"cf-turnstile-response": "good"}
KEYS = {"turnstile_site_key": SITE_KEY, "turnstile_secret_key": SecretStr(SECRET)}


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """Nothing here asks the database anything of its own."""
    return request.param


@pytest.fixture
async def cloudflare() -> AsyncIterator[FakeTurnstile]:
    async with fake_turnstile() as fake:
        yield fake


@pytest.fixture
def guarded(parts, cloudflare, monkeypatch):
    """The resources of a copy whose Turnstile keys are set."""
    settings = parts.settings.model_copy(update=KEYS | {"turnstile_verify_url": cloudflare.url})
    doors = Doors(parts.limiter, make_human_check(settings))
    built = replace(parts, settings=settings, doors=doors)
    monkeypatch.setattr(resources, "get", lambda: built)
    return built


async def accounts(parts):
    async with parts.database.read() as session:
        return (await session.exec(select(User))).all()


async def test_an_answer_is_verified_with_the_secret_and_the_visitors_address(cloudflare):
    cloudflare.good.add("good")
    check = Turnstile(SECRET, cloudflare.url)
    assert await check.is_human("good", address="203.0.113.7")
    assert cloudflare.asked == [{"secret": SECRET, "response": "good", "remoteip": "203.0.113.7"}]
    assert not await check.is_human("good", address="203.0.113.7"), "it is good once"


@pytest.mark.parametrize("answer", ["", "x" * 2049])
async def test_what_cannot_be_an_answer_is_not_sent(cloudflare, answer):
    assert not await Turnstile(SECRET, cloudflare.url).is_human(answer, address="")
    assert cloudflare.asked == []


@pytest.mark.parametrize(
    "failure",
    [
        Response(status_code=429),
        Response(status_code=502),
        PlainTextResponse("<h1>Bad gateway</h1>"),
        PlainTextResponse("[]"),
        PlainTextResponse('"success"'),
    ],
)
async def test_an_outage_and_too_many_requests_open_nothing(cloudflare, failure):
    cloudflare.good.add("good")
    cloudflare.failure = failure
    with pytest.raises(UpstreamUnavailable):
        await Turnstile(SECRET, cloudflare.url).is_human("good", address="")


@pytest.mark.parametrize("success", ["1", '"true"', "null", "[true]"])
async def test_only_true_is_success(cloudflare, success):
    cloudflare.failure = Response(f'{{"success": {success}}}', media_type="application/json")
    assert not await Turnstile(SECRET, cloudflare.url).is_human("good", address="")


async def test_a_slow_answer_opens_nothing(cloudflare):
    cloudflare.hangs = asyncio.Event()
    with pytest.raises(UpstreamUnavailable):
        await Turnstile(SECRET, cloudflare.url, seconds=0.05).is_human("good", address="")
    cloudflare.hangs.set()


async def test_nobody_there_opens_nothing():
    with pytest.raises(UpstreamUnavailable):
        await Turnstile(SECRET, "http://127.0.0.1:9/siteverify").is_human("good", address="")


@pytest.mark.parametrize("path", ["sign-up", "sign-in"])
async def test_a_door_opens_with_a_good_answer_alone(browser, guarded, cloudflare, path):
    answer = await browser.post(path, ALICE)
    assert "error=not_human" in answer.headers["location"]
    cloudflare.failure = Response(status_code=503)
    answer = await browser.post(path, ALICE | ANSWER)
    assert "error=upstream_unavailable" in answer.headers["location"]
    assert await accounts(guarded) == []
    cloudflare.failure = None
    cloudflare.good.add("good")
    answer = await browser.post(path, ALICE | ANSWER)
    assert "not_human" not in answer.headers["location"]


async def test_signing_in_asks_in_the_check_and_the_post_carries_the_approval(
    browser,
    guarded,
    cloudflare,
    tab,
):
    cloudflare.good.add("good")
    await browser.post("sign-up", ALICE | ANSWER)
    await tab.open("/sign-in", SignInState.arrive)
    assert (await tab.state(SignInState)).widget_key == SITE_KEY
    await tab.fire(SignInState.check_sign_in, ALICE)
    state = await tab.state(SignInState)
    assert (state.approval, state.widget_round) == ("", 1)
    assert "person" in state.trouble
    cloudflare.good.add("good")
    await tab.fire(SignInState.check_sign_in, ALICE | ANSWER)
    approval = (await tab.state(SignInState)).approval
    answer = await browser.post("sign-in", {"approval": approval})
    assert answer.headers["location"] == "/check-inbox"


async def test_no_letter_leaves_without_a_good_answer(browser, guarded, cloudflare, tab):
    cloudflare.good.add("good")
    await browser.post("sign-up", ALICE | ANSWER)
    await tab.open("/forgot-password", ForgotPasswordState.arrive_forgetful)
    await tab.fire(ForgotPasswordState.ask, ALICE)
    assert "reset_password" not in [one.template for one in await letters(guarded)]


def test_the_policy_of_the_pages_allows_the_widget_only_where_it_is_configured(tmp_path):
    host = "https://challenges.cloudflare.com"
    assert host not in page_policy(settings_with(tmp_path), [])
    policy = page_policy(settings_with(tmp_path, **KEYS), [])
    assert f"script-src 'self' {host};" in policy
    assert f"frame-src {host};" in policy


def test_one_key_without_the_other_stops_the_start(tmp_path):
    with pytest.raises(ValidationError, match="set together"):
        settings_with(tmp_path, turnstile_site_key=SITE_KEY)


@pytest.mark.parametrize(
    "keys",
    [
        {"turnstile_site_key": "1x00000000000000000000AA"},
        {"turnstile_secret_key": SecretStr("1x0000000000000000000000000000000AA")},
        {"turnstile_verify_url": "http://siteverify.example"},
    ],
)
def test_production_refuses_the_dummy_keys_and_plain_http(tmp_path, keys):
    settings = settings_with(tmp_path, environment="production", **(KEYS | keys))
    assert any(refusal.part == "Signing in" for refusal in refusals(settings))
    fit = settings_with(tmp_path, environment="production", **KEYS)
    assert not any(refusal.part == "Signing in" for refusal in refusals(fit))
