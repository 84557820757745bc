"""How often something may happen: counted in windows of time that all processes share.

Redis counts where there is one, the database otherwise. Keys are digests, so that neither of them
holds addresses of people.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from redis.asyncio import Redis
from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete

from core.database import Database
from core.errors import LimitReached
from core.models import LimitCounter
from core.settings import Settings
from core.tokens import digest_of


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` times in a `window`, for each subject on its own."""

    name: str
    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left of a limit after an attempt, and when it begins anew."""

    remaining: int
    resets_in_seconds: int


class TooOften(LimitReached):
    """It happened too often; trying again helps after the wait.

    Args:
        wait_seconds: how long until it may happen again.
    """

    code = "too_often"

    def __init__(self, *, wait_seconds: int, field: str | None = None) -> None:
        super().__init__(f"Too many attempts. Try again {in_words(wait_seconds)}.", field=field)
        self.wait_seconds = wait_seconds


class Counters(Protocol):
    """Counts what happens under a key, until its window ends."""

    async def add(
        self, key: str, window: timedelta, *, amount: int = 1, now: datetime
    ) -> tuple[int, datetime]:
        """Count some more; return how many that makes, and when the window ends."""
        ...

    async def forget(self, key: str) -> None:
        """Begin anew."""
        ...


class Limiter:
    """Holds limits."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def spend(
        self,
        limit: Limit,
        subject: str,
        *,
        now: datetime,
        field: str | None = None,
        amount: int = 1,
    ) -> Spent:
        """Count an attempt, before it is made, and return what is left.

        Args:
            limit: how often it may happen.
            subject: to whom the limit applies: an address, an account, a key.
            now: the moment.
            field: the input to show the refusal at.
            amount: for how many it counts; where not all are left, none is spent.

        Raises:
            TooOften: the window's attempts are used up.
        """
        key = _key(limit, subject)
        count, ends_at = await self._counters.add(key, limit.window, amount=amount, now=now)
        wait = max(1, math.ceil((ends_at - now).total_seconds()))
        if count > limit.count:
            if amount > 1:
                await self._counters.add(key, limit.window, amount=-amount, now=now)
            raise TooOften(wait_seconds=wait, field=field)
        return Spent(limit.count - count, wait)

    async def forgive(self, limit: Limit, subject: str) -> None:
        """Forget the attempts: a right password makes the wrong ones before it harmless."""
        await self._counters.forget(_key(limit, subject))


def make_limiter(settings: Settings, database: Database) -> Limiter:
    """Return the limiter that the settings ask for."""
    if settings.redis_url is None:
        return Limiter(DatabaseCounters(database))
    return Limiter(RedisCounters(Redis.from_url(settings.redis_url.get_secret_value())))


class DatabaseCounters:
    """Counts in a table, in short transactions of its own: a refusal must not undo the count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, key: str, window: timedelta, *, amount: int = 1, now: datetime
    ) -> tuple[int, datetime]:
        """Count some more in one statement, so that callers at once all count."""
        is_sqlite = self._database.engine.dialect.name == "sqlite"
        insert: Any = (sqlite if is_sqlite else postgresql).insert(LimitCounter)
        is_over = col(LimitCounter.ends_at) <= now
        counted = insert.values(key=key, count=amount, ends_at=now + window).on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((is_over, amount), else_=col(LimitCounter.count) + amount),
                "ends_at": case((is_over, now + window), else_=col(LimitCounter.ends_at)),
            },
        )
        async with self._database.write() as session:
            row = (
                await session.exec(counted.returning(LimitCounter.count, LimitCounter.ends_at))
            ).one()
        return row[0], row[1]

    async def forget(self, key: str) -> None:
        """Delete the row."""
        async with self._database.write() as session:
            await session.exec(delete(LimitCounter).where(col(LimitCounter.key) == key))


class RedisCounters:
    """Counts in Redis, which forgets by itself when a window ends."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(
        self, key: str, window: timedelta, *, amount: int = 1, now: datetime
    ) -> tuple[int, datetime]:
        """Count some more, from nought with an end where there is none, in one round trip."""
        name = f"limit:{key}"
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(name, 0, px=window, nx=True)
            pipe.incrby(name, amount)
            pipe.pttl(name)
            _, count, milliseconds = await pipe.execute()
        return count, now + timedelta(milliseconds=milliseconds)

    async def forget(self, key: str) -> None:
        """Delete the counter."""
        await self._redis.delete(f"limit:{key}")


def in_words(seconds: int) -> str:
    """Return a wait as people say it."""
    if seconds < 90:
        return f"in {seconds} seconds" if seconds != 1 else "in a second"
    minutes = math.ceil(seconds / 60)
    return f"in {minutes} minutes" if minutes < 90 else f"in {math.ceil(minutes / 60)} hours"


def _key(limit: Limit, subject: str) -> str:
    return digest_of(f"{limit.name}\n{subject.casefold()}")
