"""The audit log as a file over HTTP: for whom, and with which headers."""

import csv
import io
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlmodel import select

from core.audit import record_act
from core.models import AuditEntry
from core.sessions import cookie_name
from saas_app.api.routes import make_api
from saas_app.services import audit_log
from tests.cast import NOW

PATH = "/api/o/acme/audit.csv"


@pytest.fixture(params=["sqlite"])
def database_kind(request):
    """The route only carries; the service behind it is tried on both databases."""
    return request.param


@pytest.fixture
async def browser(parts) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_api())
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
async def signed_in(browser, database, committed_cast, session_of):
    async with database.write() as session:
        for action in ("key.created", "member.left"):
            record_act(session, committed_cast.bob, action, subject="x", now=NOW, name="=1+1")

    async def sign_in(who: str) -> httpx2.AsyncClient:
        token = await session_of(getattr(committed_cast, who))
        browser.cookies.set(cookie_name(is_secure=False), token)
        return browser

    return sign_in


async def test_an_owner_takes_the_log_and_that_is_noted(signed_in, database, committed_cast):
    browser = await signed_in("alice")
    answer = await browser.get(PATH, headers={"user-agent": "Test"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["action"] for row in rows] == ["audit.exported", "key.created", "member.left"] or [
        row["action"] for row in rows
    ] == ["audit.exported", "member.left", "key.created"]
    async with database.read() as session:
        taken = select(AuditEntry).where(AuditEntry.action == "audit.exported")
        entry = (await session.exec(taken)).one()
    assert (entry.user_id, entry.user_agent) == (committed_cast.alice.user_id, "Test")


async def test_the_file_is_narrowed_as_the_page_is(signed_in):
    browser = await signed_in("alice")
    answer = await browser.get(PATH, params={"action": "key.created", "since": "2026-11-23"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["action"] for row in rows] == ["key.created"]


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("vera", 403), ("mallory", 404)])
async def test_others_are_refused(signed_in, database, who, status):
    answer = await (await signed_in(who)).get(PATH)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "key.created" not in answer.text
    async with database.read() as session:
        assert len((await session.exec(select(AuditEntry))).all()) == 2


async def test_a_signed_out_visitor_is_refused(browser, committed_cast):
    assert (await browser.get(PATH)).status_code == 401


async def test_the_log_is_taken_only_so_often(signed_in, monkeypatch):
    few = audit_log.AUDIT_EXPORTS
    monkeypatch.setattr("saas_app.api.audit.AUDIT_EXPORTS", type(few)(few.name, 1, few.window))
    browser = await signed_in("alice")
    assert [(await browser.get(PATH)).status_code for _ in range(2)] == [200, 429]
