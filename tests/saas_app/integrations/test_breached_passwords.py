"""The range API of breached passwords, against a server that speaks it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.responses import Response

from core.errors import Invalid
from saas_app.integrations import breached_passwords
from saas_app.integrations.breached_passwords import NoBreaches, RangeApi, make_breached_passwords
from saas_app.services.password_rules import require_good
from tests.conftest import settings_with
from tests.vendors.range_api import FakeRangeApi, fake_range_api

STOLEN = "seven blue kilns glow"


@pytest.fixture
async def service() -> AsyncIterator[FakeRangeApi]:
    async with fake_range_api() as fake:
        fake.stolen.add(STOLEN)
        yield fake


async def test_a_stolen_password_is_refused_and_another_is_not(service):
    """ASVS 6.2.12."""
    api = RangeApi(service.url)
    with pytest.raises(Invalid, match="list of stolen ones"):
        await require_good(STOLEN, api, about=())
    await require_good("nine grey kilns rest", api, about=())


async def test_five_characters_of_the_hash_leave_and_padding_is_asked_for(service):
    await RangeApi(service.url).suffixes("ABCDE")
    assert service.asked == [("ABCDE", "true")]


async def test_padding_is_no_breach(service):
    assert f"{1:035X}" not in await RangeApi(service.url).suffixes("ABCDE")


async def test_the_check_and_the_post_behind_it_ask_once(service):
    api = RangeApi(service.url)
    for _ in range(2):
        await require_good("nine grey kilns rest", api, about=())
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_an_outage_keeps_nobody_out_and_is_not_asked_again_at_once(service, status):
    service.failure = Response(status_code=status)
    api = RangeApi(service.url)
    await require_good(STOLEN, api, about=())
    await require_good(STOLEN, api, about=())
    assert len(service.asked) == 1


async def test_a_slow_answer_keeps_nobody_out(service):
    service.hangs = asyncio.Event()
    await require_good(STOLEN, RangeApi(service.url, seconds=0.05), about=())
    service.hangs.set()


async def test_few_answers_are_kept(service, monkeypatch):
    monkeypatch.setattr(breached_passwords, "MOST_KEPT", 2)
    api = RangeApi(service.url)
    for prefix in ("AAAAA", "BBBBB", "CCCCC", "AAAAA"):
        await api.suffixes(prefix)
    assert [prefix for prefix, _ in service.asked] == ["AAAAA", "BBBBB", "CCCCC", "AAAAA"]


def test_it_is_on_in_production_and_off_on_a_developers_machine(tmp_path):
    assert isinstance(make_breached_passwords(settings_with(tmp_path)), NoBreaches)
    on = settings_with(tmp_path, breach_check="on")
    assert isinstance(make_breached_passwords(on), RangeApi)
    production = settings_with(tmp_path, environment="production")
    assert production.checks_breaches
    assert not settings_with(tmp_path, environment="production", breach_check="off").checks_breaches
