"""V2.4.1, V5.2.4: what costs us is done for whoever may have it, and not without end."""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from core.models import Intake, StoredFile
from saas_app.services import intakes, pictures
from saas_app.services.limits import Limit
from saas_app.state.new_server import NewServerState
from saas_app.state.pictures import AvatarState
from tests.saas_app.services.intake.test_fetch import serving


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """It is about who asks."""
    return request.param


@pytest.mark.parametrize("who", ["vera", "mallory"])
async def test_v2_4_1_nobody_makes_us_fetch_for_a_server_that_they_may_not_make(
    tab, parts, committed_cast, session_of, monkeypatch, who
):
    async with serving({}) as port:  # it would wait for an answer without end
        settings = parts.settings.model_copy(
            update={"allowed_upstreams": frozenset({("127.0.0.1", port)})}
        )
        object.__setattr__(parts, "settings", settings)
        tab.carry(await session_of(getattr(committed_cast, who)))
        await tab.open("/o/acme/new")
        await tab.fire(NewServerState.take_text, f"http://127.0.0.1:{port}/openapi.json")
        await tab.fire(NewServerState.find)
    state = await tab.state(NewServerState)
    assert (state.is_reading, state.steps) == (False, [])
    assert len(state.notices) == 1


async def test_v5_2_4_uploads_of_one_person_are_counted(tab, database, committed_cast, session_of):
    tab.carry(await session_of(committed_cast.vera))
    await tab.open("/account/profile")
    for _ in range(pictures.UPLOADS.count + 1):
        await tab.fire(AvatarState.begin_avatar, "image/png", 1_000)
    async with database.read() as session:
        kept = (await session.exec(select(func.count()).select_from(StoredFile))).one()
    assert kept == pictures.UPLOADS.count
    state = await tab.state(AvatarState)
    assert "Too many" in state.problems["picture"]
    assert (state.offer["key"], state.offer["refusals"]) == ("", 1)


async def test_v2_4_1_readings_of_one_person_are_counted(
    tab, database, committed_cast, session_of, monkeypatch
):
    monkeypatch.setattr(intakes, "READINGS", Limit("readings", 2, timedelta(minutes=10)))
    tab.carry(await session_of(committed_cast.bob))
    await tab.open("/o/acme/new")
    for number in range(3):
        await tab.fire(NewServerState.take_text, f"curl https://api.example.com/a/{number}")
        await tab.fire(NewServerState.find)
    async with database.read() as session:
        kept = (await session.exec(select(func.count()).select_from(Intake))).one()
    assert kept == 2
    assert "Too many" in (await tab.state(NewServerState)).problems["source"]
