"""V2.4.1, V4.1.3, V6.3.1: who is counted, whatever address they show."""

from datetime import timedelta

import httpx2
import pytest

from core.caller_address import caller_address
from saas_app.api import google, passkeys
from saas_app.api.routes import make_api
from saas_app.api.v1 import rates
from saas_app.services.limits import Limit
from tests.saas_app.visitor import HERE

HOUR = timedelta(hours=1)
ONE, ANOTHER, ELSEWHERE = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """Both databases count alike; here it is about whom."""
    return request.param


@pytest.fixture
async def ask(parts):
    """Sends a request from an address."""

    async def send(address: str, method: str, path: str, **more: object) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=make_api(), client=(address, 50_000))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost:3000", headers=HERE
        ) as client:
            return await client.request(method, path, **more)  # pyright: ignore[reportArgumentType]

    return send


DOORS = {
    "a visit to the provider": (google, "STARTS", ("GET", "/api/auth/google/start")),
    "options of a passkey": (passkeys, "ASKED", ("POST", "/api/auth/passkeys/options")),
    "a wrong key": (rates, "FAILURES", ("GET", "/api/v1/servers")),
}


@pytest.mark.parametrize("door", DOORS)
async def test_v6_3_1_one_machine_is_counted_once_however_many_ipv6_addresses_it_has(
    ask, monkeypatch, door
):
    module, name, request = DOORS[door]
    monkeypatch.setattr(module, name, Limit(name, 1, HOUR))
    more = {"json": {"for": "sign-in"}} if door == "options of a passkey" else {}

    async def is_refused(address: str) -> bool:
        answer = await ask(address, *request, **more)
        return "too_often" in answer.text + answer.headers.get("location", "")

    assert not await is_refused(ONE)
    assert await is_refused(ANOTHER)
    assert not await is_refused(ELSEWHERE)


@pytest.mark.parametrize(
    ("forwarded", "hops", "seen"),
    [
        ([], 0, "10.0.0.9"),
        (["6.6.6.6"], 0, "10.0.0.9"),
        (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7, 10.0.0.1"], 2, "203.0.113.7"),
        (["203.0.113.7"], 2, "10.0.0.9"),
        ([], 1, "10.0.0.9"),
        ([" , "], 1, "10.0.0.9"),
    ],
)
def test_v4_1_3_an_address_is_believed_of_our_own_proxies_alone(forwarded, hops, seen):
    assert caller_address("10.0.0.9", forwarded, hops=hops) == seen


async def test_v4_1_3_guesses_are_counted_however_the_caller_forges_where_they_come_from(
    visitors, parts
):
    await visitors().sign_up(
        {"name": "Alice", "email": "alice@example.com", "password": "seven blue kilns glow"}
    )
    told = []
    for number in range(12):
        answer = await visitors().post(
            "sign-in",
            {"email": "alice@example.com", "password": f"wrong and long {number}"},
            **{"x-forwarded-for": f"198.51.100.{number}", "forwarded": f"for=198.51.100.{number}"},
        )
        told.append(answer.headers["location"].partition("error=")[2].partition("&")[0])
    assert told == ["wrong_credentials"] * 10 + ["too_often"] * 2
