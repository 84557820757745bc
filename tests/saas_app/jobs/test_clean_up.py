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
    EmailChange,
    IdempotentRequest,
    Intake,
    Invitation,
    Job,
    JobStatus,
    LimitCounter,
    Mail,
    OAuthClient,
    OneTimeToken,
    OrganizationKey,
    Server,
    SignInChallenge,
    TrustedDevice,
    WebSession,
    metadata,
)
from core.permissions import Role
from saas_app.jobs import clean_up as module
from saas_app.jobs.clean_up import clean_up
from tests.cast import Cast, make_server

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
    now = now_utc()
    return WebSession(
        user_id=cast.alice.user_id,
        token_digest=digest,
        expires_at=expires_at,
        ends_at=expires_at,
        last_used_at=now,
        authenticated_at=now,
        created_at=now,
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


def accounts_rows(cast: Cast, key: OrganizationKey, now: datetime, days: int) -> list[SQLModel]:
    """Rows of accounts and organizations that expire so many days from now."""
    when, unique, user_id = now + days * DAY, uuid4().hex, cast.alice.user_id
    seen = {"created_at": now, "expires_at": when}
    change = cast.bob.user_id if days < -10 else user_id if days < 0 else cast.vera.user_id
    return [
        OneTimeToken(
            user_id=user_id, purpose="verify", email="a@b.example", token_digest=unique, **seen
        ),
        SignInChallenge(purpose="google", token_digest=unique, **seen),
        EmailChange(
            user_id=change, new_email="a@b.example", new_email_normalized="a@b.example", **seen
        ),
        TrustedDevice(user_id=user_id, token_digest=unique, last_used_at=now, **seen),
        Invitation(
            organization_id=cast.acme.id, role=Role.MEMBER, token_digest=unique, sent_at=now, **seen
        ),
        IdempotentRequest(
            organization_key_id=key.id, idempotency_key=unique, request_digest=unique, **seen
        ),
        LimitCounter(key=unique, count=1, ends_at=when),
        Mail(template="contact", to_address="a@b.example", created_at=when),
    ]


ACCOUNT_TABLES = (
    OneTimeToken, SignInChallenge, EmailChange, TrustedDevice, Invitation, IdempotentRequest,
    LimitCounter, Mail,
)  # fmt: skip


async def test_what_accounts_leave_behind_goes_in_its_time(parts, database, committed_cast):
    now, cast = now_utc(), committed_cast
    async with database.write() as session:
        key = OrganizationKey(
            organization_id=cast.acme.id, name="k", scopes=[], shown_part="tko_", token_digest="d",
            created_at=now, expires_at=now - 100 * DAY,
        )  # fmt: skip
        session.add(key)
        await session.flush()
        for days in (-31, -2, 1):
            session.add_all(accounts_rows(cast, key, now, days))
    await clean_up(uuid4(), {})
    left = {table.__name__: await count(database, table) for table in ACCOUNT_TABLES}
    kept_for_a_month = {"Invitation": 2, "Mail": 2}
    assert left == {table.__name__: 1 for table in ACCOUNT_TABLES} | kept_for_a_month
    assert await count(database, OrganizationKey) == 1  # people see it in their list, and why


def test_every_table_whose_rows_expire_is_cleaned():
    by_their_owners = {"server_key", "organization_key"}
    expiring = {
        table.name
        for table in metadata.sorted_tables
        if {"expires_at", "ends_at"} & set(table.columns.keys())
    }
    cleaned = {
        str(table.__tablename__)
        for table, _condition in module._past_their_time(now_utc()).values()
    }
    assert expiring - cleaned == by_their_owners


async def test_much_goes_in_batches(parts, database, committed_cast, monkeypatch):
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    old = now_utc() - DAY
    async with database.write() as session:
        session.add_all([a_web_session(committed_cast, expires_at=old) for _ in range(25)])
    assert await clean_up(uuid4(), {}) == "25 rows deleted."
    assert await count(database, WebSession) == 0
