"""Pausing, the evidence bar and deleting, as owner, member, viewer and stranger."""

import pytest
from sqlmodel import select

from core.access import servers_of
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.models import AuditEntry, Evidence
from saas_app.services.server_state import (
    delete_server,
    pause_server,
    resume_server,
    set_evidence_bar,
)
from tests.cast import NOW, make_server
from tests.people import fresh


@pytest.fixture
async def server(session, cast):
    return await make_server(session, cast.alice)


async def test_a_member_pauses_and_resumes(session, cast, server):
    before = server.generation
    await pause_server(session, cast.bob, server.id, now=NOW)
    assert (server.is_paused, server.generation > before) == (True, True)
    with pytest.raises(Conflict, match="paused already"):
        await pause_server(session, cast.bob, server.id, now=NOW)
    await resume_server(session, cast.alice, server.id, now=NOW)
    assert not server.is_paused
    with pytest.raises(Conflict, match="running already"):
        await resume_server(session, cast.alice, server.id, now=NOW)
    actions = (await session.exec(select(AuditEntry.action))).all()
    assert sorted(actions) == ["server.paused", "server.resumed"]


async def test_viewers_and_strangers_pause_nothing(session, cast, server):
    with pytest.raises(Forbidden):
        await pause_server(session, cast.vera, server.id, now=NOW)
    with pytest.raises(NotFound):
        await pause_server(session, cast.mallory, server.id, now=NOW)


async def test_only_owners_and_admins_move_the_evidence_bar(session, cast, server):
    await set_evidence_bar(session, cast.alice, server.id, bar="proven", now=NOW)
    assert server.evidence_bar is Evidence.PROVEN
    for actor in (cast.bob, cast.vera):
        with pytest.raises(Forbidden):
            await set_evidence_bar(session, actor, server.id, bar="unchecked", now=NOW)
    with pytest.raises(NotFound):
        await set_evidence_bar(session, cast.mallory, server.id, bar="unchecked", now=NOW)
    with pytest.raises(Invalid):
        await set_evidence_bar(session, cast.alice, server.id, bar="certain", now=NOW)


async def test_deleting_needs_the_name_typed(session, cast, server):
    with pytest.raises(Invalid, match="Type Weather") as refusal:
        await delete_server(session, fresh(cast.alice), server.id, typed_name="weather", now=NOW)
    assert refusal.value.field == "typed_name"
    before = server.generation
    await delete_server(session, fresh(cast.alice), server.id, typed_name=" Weather ", now=NOW)
    assert (server.deleted_at, server.generation > before) == (NOW, True)
    assert await servers_of(session, cast.alice) == []
    with pytest.raises(NotFound):
        await delete_server(session, fresh(cast.alice), server.id, typed_name="Weather", now=NOW)


async def test_members_viewers_and_strangers_delete_nothing(session, cast, server):
    for actor, refusal in ((cast.bob, Forbidden), (cast.vera, Forbidden), (cast.mallory, NotFound)):
        with pytest.raises(refusal):
            await delete_server(session, actor, server.id, typed_name="Weather", now=NOW)
