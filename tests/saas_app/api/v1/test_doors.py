"""Every operation as a door: tried with every kind of key; the list is the table that is served."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from core.clock import now_utc
from core.models import Membership, User, metadata
from core.permissions import ALLOWED, Role
from core.sessions import cookie_name
from core.tokens import new_token
from saas_app.api.v1 import rates
from saas_app.api.v1.table import OPERATIONS
from saas_app.services.key_scopes import SCOPES, covers
from saas_app.services.limits import Limit
from tests.saas_app.api.v1.world import (
    EXAMPLES,
    NAME,
    SECRET_VALUE,
    change_key,
    problem_in,
    require_documented,
)

HOUR = timedelta(hours=1)
COUNTED = ("limit_counter", "organization_key", "mail", "job", "audit_entry", "web_session")
by_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _who_never_tires(monkeypatch):
    """Knocking at every door is more than an address may get wrong."""
    monkeypatch.setattr(rates, "FAILURES", Limit("rest_failures", 10_000, HOUR))


async def contents(world):
    """Return all rows but those that count or remember who asked."""
    async with world.parts.database.engine.connect() as connection:
        return {
            table.name: sorted(str(row) for row in await connection.execute(sa.select(table)))
            for table in metadata.sorted_tables
            if table.name not in COUNTED
        }


def test_every_operation_has_an_example():
    assert set(EXAMPLES) == {operation.name for operation in OPERATIONS}
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)


@by_operation
async def test_a_key_with_the_scope_alone_does_it_as_documented(world, operation):
    token, _ = await world.key(operation.scope or "calls:read")
    answer = await world.ask(operation, token)
    require_documented(operation, answer)
    assert SECRET_VALUE not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    assert "set-cookie" not in answer.headers


@by_operation
@on_sqlite
async def test_a_rotated_key_does_it_until_the_overlap_ends(world, operation):
    token, key_id = await world.key()
    await change_key(world, token, replaced_by=key_id, expires_at=now_utc() + HOUR)
    require_documented(operation, await world.ask(operation, token))


@on_sqlite
async def test_a_key_with_every_other_scope_does_nothing(world):
    before = await contents(world)
    for operation in OPERATIONS:
        if not operation.scope:
            continue
        others = [name for name in SCOPES if not covers([name], operation.scope)]
        token, _ = await world.key(*others)
        problem = problem_in(await world.ask(operation, token))
        assert (problem["status"], problem["code"]) == (403, "scope_missing"), operation.name
    assert await contents(world) == before


@on_sqlite
async def test_a_key_of_another_organization_meets_none_of_this_one(world):
    token, _ = await world.key(maker=world.cast.mallory)
    before = await contents(world)
    for operation in OPERATIONS:
        answer = await world.ask(operation, token)
        if "{" in operation.path:
            assert problem_in(answer)["code"] == "not_found", operation.name
        else:
            assert answer.status_code == operation.status
            assert NAME not in answer.text
            assert str(world.cast.acme.id) not in answer.text
    after = await contents(world)
    ours = str(world.cast.acme.id.hex)
    mine = {
        name: {row for row in rows if ours in row.replace("-", "")} for name, rows in before.items()
    }
    assert any(mine.values())
    assert [name for name, rows in mine.items() if not rows <= set(after[name])] == []


async def revoked(world):
    token, _ = await world.key()
    await change_key(world, token, revoked_at=now_utc())
    return {"token": token}


async def expired(world):
    token, _ = await world.key()
    await change_key(world, token, expires_at=now_utc())
    return {"token": token}


async def overlapped(world):
    token, key_id = await world.key()
    await change_key(world, token, replaced_by=key_id, expires_at=now_utc() - HOUR)
    return {"token": token}


async def of_someone_banned(world):
    token, _ = await world.key()
    async with world.parts.database.write() as session:
        (await session.get_one(User, world.cast.alice.user_id)).banned_at = now_utc()
    return {"token": token}


async def of_someone_removed(world):
    token, _ = await world.key()
    async with world.parts.database.write() as session:
        alice = Membership.user_id == world.cast.alice.user_id
        await session.delete((await session.exec(select(Membership).where(alice))).one())
    return {"token": token}


async def nothing(_world):
    return {}


async def unknown(_world):
    return {"token": new_token("tko_")}


async def garbage(_world):
    return {"token": "tko_\x7f" + "x" * 5_000}


async def of_a_server(_world):
    return {"token": new_token("tkk_")}


async def in_the_query(world):
    token, _ = await world.key()
    return {"query": {"access_token": token, "token": token}}


async def of_another_kind(world):
    token, _ = await world.key()
    return {"headers": {"authorization": f"Basic {token}"}}


KINDS = [revoked, expired, overlapped, of_someone_banned, of_someone_removed, nothing, unknown,
         garbage, of_a_server, in_the_query, of_another_kind]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@on_sqlite
async def test_what_is_no_good_key_opens_nothing_and_is_told_one_thing(world, kind):
    carried = await kind(world)
    before = await contents(world)
    told = set()
    for operation in OPERATIONS:
        answer = await world.ask(operation, **carried)
        problem = problem_in(answer)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        told.add((answer.status_code, problem["code"], problem["detail"]))
    assert len(told) == 1
    assert told.pop()[:2] == (401, "key_refused")
    assert await contents(world) == before


@on_sqlite
async def test_two_keys_at_once_are_none(world):
    token, _ = await world.key()
    headers = [("authorization", f"Bearer {token}")] * 2
    answer = await world.client.get("/api/v1/servers", headers=headers)
    assert problem_in(answer)["code"] == "key_refused"


@on_sqlite
async def test_a_browsers_session_is_no_key(world, session_of):
    token = await session_of(world.cast.alice)
    cookie = {"cookie": f"{cookie_name(is_secure=False)}={token}"}
    before = await contents(world)
    for operation in OPERATIONS:
        for headers in (cookie, cookie | {"authorization": f"Bearer {token}"}):
            answer = await world.ask(operation, headers=headers)
            assert problem_in(answer)["code"] == "key_refused"
    assert await contents(world) == before


@on_sqlite
async def test_a_key_does_no_more_than_its_maker_may_do_now(world):
    token, _ = await world.key()
    async with world.parts.database.write() as session:
        alice = Membership.user_id == world.cast.alice.user_id
        (await session.exec(select(Membership).where(alice))).one().role = Role.VIEWER
    before = await contents(world)
    for operation in OPERATIONS:
        answer = await world.ask(operation, token)
        needed = SCOPES[operation.scope].permissions if operation.scope else frozenset()
        if needed <= ALLOWED[Role.VIEWER]:
            require_documented(operation, answer)
        else:
            assert problem_in(answer)["code"] == "forbidden", operation.name
    assert await contents(world) == before
