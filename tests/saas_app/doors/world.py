"""A fresh copy of the sown organization for each test, and what has changed in it since."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from core.models import metadata
from saas_app import resources
from saas_app.resources import Resources
from tests.conftest import settings_with
from tests.saas_app.conftest import PASSWORDS
from tests.saas_app.doors.seed import Seed, sow

COUNTED = frozenset({"limit_counter"})  # each knock counts, whether or not the door opens
READ_ALL = {
    table.name: str(select(table)) for table in metadata.sorted_tables if table.name not in COUNTED
}


@dataclass(frozen=True, slots=True)
class Sown:
    """The file that is copied, and what is in it."""

    file: Path
    seed: Seed


@dataclass(frozen=True, slots=True)
class World:
    """One copy."""

    parts: Resources
    sown: Sown
    file: Path

    @property
    def seed(self) -> Seed:
        """Who and what is in it."""
        return self.sown.seed

    def restore(self) -> None:
        """Make everything as it was sown."""
        with (
            closing(sqlite3.connect(self.sown.file)) as before,
            closing(sqlite3.connect(self.file)) as now,
        ):
            before.backup(now)

    def age_sessions(self) -> None:
        """Let it be an hour ago that anybody proved who they are."""
        long_ago = (self.seed.sown_at - timedelta(hours=1)).replace(tzinfo=None)
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("UPDATE web_session SET authenticated_at = ?", [str(long_ago)])

    def contents(self) -> dict[str, list[str]]:
        """All rows of all tables, by table."""
        with closing(sqlite3.connect(self.file)) as connection:
            return {
                name: sorted(map(str, connection.execute(statement)))
                for name, statement in READ_ALL.items()
            }


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The tables that differ."""
    return {name for name, rows in after.items() if rows != before[name]}


def make_sown(template: Path, folder: Path) -> Sown:
    """Sow a copy of the migrated template."""
    shutil.copy(template, folder / "toolkiln.db")

    async def run() -> Seed:
        parts = resources.build(settings_with(folder))
        seed = await sow(parts)
        await parts.close()
        return seed

    with ThreadPoolExecutor(1) as another:  # this thread has a loop that runs
        return Sown(folder / "toolkiln.db", another.submit(asyncio.run, run()).result())


@pytest.fixture(scope="session")
def sown(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sown:
    """The organization with one of everything, sown once."""
    return make_sown(sqlite_template, tmp_path_factory.mktemp("sown"))


@pytest.fixture
async def world(
    sown: Sown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """A copy of it, which the program works on."""
    shutil.copy(sown.file, tmp_path / "toolkiln.db")
    monkeypatch.setattr(resources, "Passwords", lambda: PASSWORDS)
    parts = resources.build(settings_with(tmp_path))
    monkeypatch.setattr(resources, "get", lambda: parts)
    # However long the tests before took, nobody's session has grown old.
    with time_machine.travel(sown.seed.sown_at, tick=True):
        yield World(parts, sown, tmp_path / "toolkiln.db")
    await parts.close()
