"""Requests sent more than once with an idempotency key: done once, answered alike."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import func, select

from core.clock import now_utc
from core.errors import DomainError
from core.models import IdempotentRequest, Server, ServerKey
from saas_app.api.v1 import front
from saas_app.api.v1.table import OPERATIONS
from saas_app.services.idempotency import (
    ABANDONED_AFTER,
    KEPT,
    RequestInProgress,
    SentRequest,
    give_back,
    keep_answer,
    reserve_request,
)
from tests.cast import NOW
from tests.saas_app.api.v1.world import problem_in

ONCE = {"idempotency-key": "a-random-text"}
POSTS = [operation for operation in OPERATIONS if operation.method == "POST"]


async def count(world, table):
    async with world.parts.database.read() as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


@pytest.mark.parametrize("operation", POSTS, ids=lambda one: one.name)
async def test_the_same_request_gets_the_same_answer_and_is_done_once(world, operation):
    token, _ = await world.key()
    first = await world.ask(operation, token, headers=ONCE)
    done = [await count(world, table) for table in (Server, ServerKey)]
    again = await world.ask(operation, token, headers=ONCE)
    assert (first.status_code, again.status_code) == (operation.status, operation.status)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    shown = first.json()
    if operation.secret:
        shown[operation.secret] = None
    assert again.json() == shown
    assert [await count(world, table) for table in (Server, ServerKey)] == done


async def test_a_secret_is_kept_nowhere_and_not_told_again(world):
    token, _ = await world.key()
    made = (await world.ask("create_server_key", token, headers=ONCE)).json()["token"]
    again = (await world.ask("create_server_key", token, headers=ONCE)).json()
    assert made.startswith("tkk_")
    assert again["token"] is None
    async with world.parts.database.read() as session:
        (row,) = (await session.exec(select(IdempotentRequest))).all()
    assert made not in str(row.model_dump())


async def test_another_request_under_the_same_key_is_refused(world):
    token, _ = await world.key()
    await world.ask("create_server", token, headers=ONCE)
    for name, body in (("create_server", {"name": "Others"}), ("publish_version", {"note": ""})):
        answer = await world.ask(name, token, headers=ONCE, body=body)
        problem = problem_in(answer)
        assert (problem["status"], problem["code"]) == (422, "idempotency_key_reused")


async def test_two_keys_share_no_names(world):
    for _ in range(2):
        token, _ = await world.key()
        answer = await world.ask("create_server", token, headers=ONCE)
        assert "idempotent-replayed" not in answer.headers


async def test_a_refused_request_is_not_kept(world):
    token, _ = await world.key()
    body = {"name": "Kilns", "description": "x" * 501}
    refused = await world.ask("create_server", token, headers=ONCE, body=body)
    assert refused.status_code == 422
    assert await count(world, IdempotentRequest) == 0
    assert (await world.ask("create_server", token, headers=ONCE)).status_code == 201


async def test_a_request_that_met_a_bug_is_not_kept(world, monkeypatch):
    token, _ = await world.key()

    async def fail(*_args):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(front, "keep_answer", fail)
        answer = await world.ask("create_server", token, headers=ONCE)
    assert answer.status_code == 500
    assert await count(world, IdempotentRequest) == 0
    assert (await world.ask("create_server", token, headers=ONCE)).status_code == 201


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["", " ", "x" * 256, "a\tb", "ä"])
async def test_an_odd_idempotency_key_is_refused(world, name):
    token, _ = await world.key()
    headers = {"idempotency-key": name.encode("latin-1")}
    problem = problem_in(await world.ask("create_server", token, headers=headers))
    assert (problem["status"], problem["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_is_repeatable_by_itself_needs_no_idempotency_key(world):
    token, _ = await world.key()
    for _ in range(2):
        answer = await world.ask("set_value", token, headers=ONCE)
        assert (answer.status_code, "idempotent-replayed" in answer.headers) == (200, False)
    assert await count(world, IdempotentRequest) == 0


async def test_an_answer_is_kept_for_a_day(world):
    token, _ = await world.key(lifetime="never")
    with time_machine.travel(now_utc(), tick=False) as clock:
        await world.ask("create_server", token, headers=ONCE)
        clock.shift(KEPT - timedelta(seconds=1))
        again = await world.ask("create_server", token, headers=ONCE)
        assert again.headers["idempotent-replayed"] == "true"
        clock.shift(1)
        fresh = await world.ask("create_server", token, headers=ONCE)
        assert "idempotent-replayed" not in fresh.headers


async def test_of_many_at_once_one_is_done_and_the_others_are_told_to_wait_or_get_its_answer(
    world,
):
    token, _ = await world.key()
    before = await count(world, Server)
    answers = await asyncio.gather(
        *(world.ask("create_server", token, headers=ONCE) for _ in range(12))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert len({a.json()["id"] for a in answers if a.status_code == 201}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert problem_in(answer)["code"] == "request_in_progress"
    assert await count(world, Server) == before + 1


async def test_of_many_reservations_at_once_exactly_one_holds(world, database):
    _, key_id = await world.key()
    sent = SentRequest(key_id, "one", "d" * 64)

    async def reserve():
        async with database.write() as session:
            return await reserve_request(session, sent, now=NOW)

    outcomes = await asyncio.gather(*(reserve() for _ in range(12)), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, RequestInProgress)]
    assert len(refused) == 11


async def test_an_abandoned_reservation_is_taken_over_and_its_first_holder_writes_nothing(
    world, database
):
    _, key_id = await world.key()
    sent = SentRequest(key_id, "one", "d" * 64)

    async def reserve(now):
        async with database.write() as session:
            return await reserve_request(session, sent, now=now)

    first = await reserve(NOW)
    with pytest.raises(RequestInProgress):
        await reserve(NOW + ABANDONED_AFTER - timedelta(seconds=1))
    second = await reserve(NOW + ABANDONED_AFTER)
    assert second.answer is None
    async with database.write() as session:
        await give_back(session, first)
    with pytest.raises(DomainError):
        async with database.write() as session:
            await keep_answer(session, first, {"status": 201, "body": {}})
    async with database.write() as session:
        await keep_answer(session, second, {"status": 201, "body": {"a": 1}})
    third = await reserve(NOW + ABANDONED_AFTER)
    assert third.answer == {"status": 201, "body": {"a": 1}}
