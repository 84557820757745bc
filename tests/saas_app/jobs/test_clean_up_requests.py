"""Clean-up forgets requests that were to happen once when their day is over."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from core.clock import now_utc
from core.models import IdempotentRequest, OrganizationKey
from saas_app.jobs import clean_up as module
from saas_app.jobs.clean_up import clean_up

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _without_a_worker(monkeypatch):
    """Run the steps as they are; that they are remembered is tried with real workers."""

    async def run(_name, do):
        return await do()

    monkeypatch.setattr(module, "step", run)


async def test_a_request_is_forgotten_after_its_day(parts, database, committed_cast):
    now = now_utc()
    key = OrganizationKey(
        organization_id=committed_cast.acme.id,
        name="CI",
        scopes=[],
        shown_part="tko_",
        token_digest=uuid4().hex,
        created_by=committed_cast.alice.user_id,
        created_at=now,
    )
    async with database.write() as session:
        session.add(key)
        await session.flush()
        for name, expires_at in (("old", now - HOUR), ("new", now + HOUR)):
            session.add(
                IdempotentRequest(
                    organization_key_id=key.id,
                    idempotency_key=name,
                    request_digest="",
                    expires_at=expires_at,
                    created_at=now,
                )
            )
    await clean_up(uuid4(), {})
    async with database.read() as session:
        kept = (await session.exec(select(IdempotentRequest.idempotency_key))).all()
    assert kept == ["new"]
