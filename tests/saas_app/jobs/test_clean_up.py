"""Clean-up takes what is past its time, in batches, and nothing else."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import SQLModel, func, select

from core.clock import now_utc
from core.database import Database
from core.models import (
    Call,
    CallerKind,
    CallStatus,
    Intake,
    Invitation,
    Job,
    JobStatus,
    OAuthClient,
    Organization,
    Server,
    User,
    WebSession,
)
from core.permissions import Role
from saas_app.jobs import clean_up as module
from saas_app.jobs.clean_up import clean_up
from tests.cast import Cast, make_server
from tests.people import make_organization

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the steps as they are; that they are remembered is tried with real workers."""

    async def run(_name, do):
        return await do()

    monkeypatch.setattr(module, "step", run)


async def count(database: Database, table: type[SQLModel]) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


def a_web_session(cast: Cast, *, expires_at: datetime) -> WebSession:
    digest = uuid4().hex
    return WebSession(
        user_id=cast.alice.user_id,
        token_digest=digest,
        expires_at=expires_at,
        ends_at=expires_at,
        last_used_at=now_utc(),
        authenticated_at=now_utc(),
        created_at=now_utc(),
    )


def a_call(server: Server, *, started_at: datetime) -> Call:
    return Call(
        id=uuid4(),
        server_id=server.id,
        tool_name="get_city",
        caller_kind=CallerKind.KEY,
        status=CallStatus.OK,
        duration_ms=1.0,
        started_at=started_at,
    )


async def test_what_is_past_its_time_goes_and_the_rest_stays(parts, database, committed_cast):
    now, cast = now_utc(), committed_cast
    async with database.write() as session:
        server = await make_server(session, cast.alice)
        gone = await make_server(session, cast.alice, name="Gone")
        gone.deleted_at = now - 8 * DAY
        kept = await make_server(session, cast.alice, name="Lately deleted")
        kept.deleted_at = now - 6 * DAY
        for days in (-1, 1):
            when = now + days * DAY
            session.add(a_web_session(cast, expires_at=when))
            session.add(
                Intake(
                    organization_id=cast.acme.id,
                    created_by=cast.alice.user_id,
                    proposal={},
                    expires_at=when,
                    created_at=now,
                )
            )
            session.add(
                OAuthClient(
                    server_id=server.id,
                    client_id=f"c{days}",
                    details={},
                    expires_at=when,
                    created_at=now,
                )
            )
        session.add(a_call(server, started_at=now - 31 * DAY))
        session.add(a_call(server, started_at=now - 29 * DAY))
        session.add(
            Job(
                kind="old",
                payload={},
                status=JobStatus.DONE,
                created_at=now - 9 * DAY,
                finished_at=now - 8 * DAY,
            )
        )
        session.add(Job(kind="waiting long", payload={}, created_at=now - 9 * DAY))
    assert await clean_up(uuid4(), {}) == "6 rows deleted."
    assert await count(database, WebSession) == 1
    assert await count(database, Intake) == 1
    assert await count(database, OAuthClient) == 1
    assert await count(database, Call) == 1
    assert await count(database, Job) == 1
    assert await count(database, Server) == 2


async def test_much_goes_in_batches(parts, database, committed_cast, monkeypatch):
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    old = now_utc() - DAY
    async with database.write() as session:
        session.add_all([a_web_session(committed_cast, expires_at=old) for _ in range(25)])
    assert await clean_up(uuid4(), {}) == "25 rows deleted."
    assert await count(database, WebSession) == 0


async def test_organizations_and_accounts_end_when_their_time_has_come(
    parts, database, committed_cast
):
    past, ahead = now_utc() - DAY, now_utc() + DAY
    async with database.write() as session:
        for actor, slug in ((committed_cast.vera, "veras"), (committed_cast.bob, "bobs")):
            user = await session.get_one(User, actor.user_id)
            user.delete_at = past if slug == "veras" else ahead
            organization = await make_organization(session, user, slug=slug)
            organization.delete_at = user.delete_at
    assert await clean_up(uuid4(), {}) == "2 rows deleted."
    async with database.read() as session:
        slugs = set((await session.exec(select(Organization.slug))).all())
        names = set((await session.exec(select(User.name))).all())
    assert slugs == {"acme", "evil", "bobs"}
    assert names == {"Alice", "Bob", "Mallory"}


async def test_invitations_go_a_month_after_their_end(parts, database, committed_cast):
    async with database.write() as session:
        for days in (31, 29):
            session.add(
                Invitation(
                    organization_id=committed_cast.acme.id,
                    role=Role.VIEWER,
                    token_digest=uuid4().hex,
                    sent_at=now_utc(),
                    expires_at=now_utc() - days * DAY,
                    created_at=now_utc(),
                )
            )
    assert await clean_up(uuid4(), {}) == "1 rows deleted."
