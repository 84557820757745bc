"""Migrations: up and down with rows in the tables, in step with the models, one at a time."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core import schema
from core.database import Database
from core.models import metadata
from core.settings import Settings
from tests.conftest import _execute, settings_with

REVISIONS = [script.revision for script in ScriptDirectory(str(schema.SCRIPTS)).walk_revisions()][
    ::-1
]


@pytest.fixture
def empty(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a database that has no tables yet."""
    if database_kind == "sqlite":
        yield settings_with(tmp_path)
        return
    url, name = request.getfixturevalue("postgres_url"), f"empty_{uuid4().hex}"
    _execute(url, f"CREATE DATABASE {name}")
    yield settings_with(tmp_path, database_url=f"{url}/{name}")
    _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def test_there_is_one_head():
    assert len(ScriptDirectory(str(schema.SCRIPTS)).get_heads()) == 1


def test_models_and_migrations_agree(empty):
    schema.migrate(empty)
    with connected(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_down_and_up_again_with_rows_in_every_table(empty, revision):
    schema.migrate(empty, revision=revision)
    fill(empty)
    before = rows(empty)
    assert min(before.values()) >= 1
    schema.downgrade(empty, revision="-1")
    schema.migrate(empty, revision=revision)
    after = rows(empty)
    assert set(after) == set(before)
    if revision == REVISIONS[0]:
        schema.downgrade(empty, revision="base")
        assert rows(empty) == {}


def test_all_the_way_down_leaves_nothing(empty):
    schema.migrate(empty)
    fill(empty)
    schema.downgrade(empty, revision="base")
    assert rows(empty) == {}


def test_of_two_starts_at_once_the_second_finds_it_done(empty):
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            schema.migrate(empty)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    starts = [threading.Thread(target=migrate) for _ in range(3)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert failures == []
    assert len(rows(empty)) == len(metadata.tables)


async def test_a_program_sees_whether_the_tables_fit_its_code(empty):
    database = Database(empty)
    assert not await schema.is_current(database)
    await database.close()
    schema.migrate(empty)
    database = Database(empty)
    assert await schema.is_current(database)
    await database.close()


class connected:  # noqa: N801 - used as a block
    """A synchronous connection that is closed with its engine."""

    def __init__(self, settings: Settings) -> None:
        self.engine = sa.create_engine(schema.sync_url(settings))

    def __enter__(self) -> sa.Connection:
        self.connection = self.engine.connect()
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.engine.dispose()


def rows(settings: Settings) -> dict[str, int]:
    """Return how many rows each table has, but Alembic's own."""
    with connected(settings) as connection:
        names = [n for n in sa.inspect(connection).get_table_names() if n != "alembic_version"]
        count = sa.select(sa.func.count())
        return {n: connection.scalar(count.select_from(sa.table(n))) or 0 for n in names}


def fill(settings: Settings) -> None:
    """Write a row into every table, as the tables are at this revision, parents first."""
    with connected(settings) as connection:
        found = sa.MetaData()
        found.reflect(connection)
        written: dict[str, dict[str, object]] = {}
        for table in found.sorted_tables:
            if table.name != "alembic_version" and not has_rows(connection, table):
                written[table.name] = {c.name: value_of(c, written) for c in table.columns}
                connection.execute(table.insert().values(written[table.name]))
        connection.commit()


def has_rows(connection: sa.Connection, table: sa.Table) -> bool:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) != 0


def value_of(column: sa.Column, written: dict[str, dict[str, object]]) -> object:
    for key in column.foreign_keys:
        return written[key.column.table.name][key.column.name]
    by_kind: list[tuple[type, object]] = [
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Float, 1.0),
        (sa.DateTime, datetime(2026, 11, 23, tzinfo=UTC)),
        (sa.LargeBinary, b"sealed"),
        (sa.JSON, {}),
        (sa.Uuid, uuid4()),
    ]
    for kind, value in by_kind:
        if isinstance(column.type, kind):
            return value
    return "waiting"
