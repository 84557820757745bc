"""Migrations: up and down with rows in the tables, in step with the models, one at a time."""

import shutil
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
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import schema
from core.database import Database
from core.models import metadata
from core.settings import Settings
from tests.conftest import settings_with
from tests.postgres import execute

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
    execute(url, f"CREATE DATABASE {name}")
    yield settings_with(tmp_path, database_url=f"{url}/{name}")
    execute(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations that a test may change."""
    copy = tmp_path / "alembic"
    shutil.copytree(schema.SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "SCRIPTS", copy)
    return copy


def add_revision(scripts: Path, *lines: str) -> Path:
    """Write a migration behind the last one."""
    body = "\n".join(f"    {line}" for line in lines)
    path = scripts / "versions/9999_next.py"
    path.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '9999', {REVISIONS[-1]!r}\n"
        "COLUMN = sa.Column('extra', sa.Integer())\n"
        f"def upgrade() -> None:\n{body}\ndef downgrade() -> None:\n    pass\n"
    )
    return path


def test_there_is_one_head():
    assert len(ScriptDirectory(str(schema.SCRIPTS)).get_heads()) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_file_of_the_database_is_for_its_owner_alone(empty):
    schema.migrate(empty)
    database = Database(empty)
    async with database.write() as session:
        await session.exec(sa.text("DELETE FROM job"))
        files = list(empty.data_dir.glob("toolkiln.db*"))
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    await database.close()
    assert len(files) == 3  # with its log and its index


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


def test_a_migration_that_breaks_midway_leaves_nothing_and_can_be_tried_again(empty, scripts):
    path = scripts / "versions/0001_begin.py"
    whole = path.read_text()
    upgrade, downgrade = whole.split("def downgrade")
    step = "    op.create_table("
    steps = upgrade.split(step)
    steps[len(steps) // 2] += "    raise RuntimeError('interrupted')\n"
    path.write_text(f"{step.join(steps)}def downgrade{downgrade}")
    with pytest.raises(RuntimeError, match="interrupted"):
        schema.migrate(empty)
    assert rows(empty) == {}
    path.write_text(whole)
    schema.migrate(empty)
    assert len(rows(empty)) == len(metadata.tables)


def test_a_later_migration_that_breaks_midway_keeps_what_was_there(empty, scripts):
    schema.migrate(empty)
    fill(empty)
    before = rows(empty)
    path = add_revision(scripts, "op.add_column('job', COLUMN)", "op.execute('nonsense')")
    with pytest.raises(DBAPIError):
        schema.migrate(empty)
    assert rows(empty) == before
    path.write_text(path.read_text().replace("op.execute('nonsense')", "pass"))
    schema.migrate(empty)
    assert rows(empty) == before


async def test_a_table_that_is_made_anew_keeps_its_rows_and_those_that_name_it(empty, scripts):
    schema.migrate(empty)
    fill(empty)
    before = rows(empty)
    add_revision(
        scripts,
        "with op.batch_alter_table('server', recreate='auto') as table:",
        "    table.add_column(COLUMN)",
        "    table.alter_column('name', type_=sa.String(200), existing_type=sa.String(64))",
    )
    schema.migrate(empty)
    assert rows(empty) == before
    database = Database(empty)
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            await session.exec(
                sa.text("UPDATE tool_call SET server_id = '00000000000000000000000000000000'")
            )
    async with database.write() as session:
        await session.exec(sa.text("DELETE FROM organization"))
    await database.close()
    assert rows(empty)["tool_call"] == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_migration_that_would_leave_a_row_without_its_parent_is_undone(empty, scripts):
    schema.migrate(empty)
    fill(empty)
    before = rows(empty)
    add_revision(scripts, "op.execute('DELETE FROM server')")
    with pytest.raises(RuntimeError, match="server"):
        schema.migrate(empty)
    assert rows(empty) == before


def test_a_lock_that_somebody_goes_on_holding_ends_the_migration(empty, scripts, monkeypatch):
    monkeypatch.setattr("core.database.BUSY_MILLISECONDS", 200)
    schema.migrate(empty)
    add_revision(scripts, "op.add_column('job', COLUMN)")
    with connected(empty) as holder:
        holder.execute(sa.text("INSERT INTO generation (id, value) VALUES (77, 1)"))
        holder.execute(sa.text("UPDATE job SET message = ''"))
        with pytest.raises(schema.DatabaseBusy, match="try again"):
            schema.migrate(empty)
        holder.rollback()
    schema.migrate(empty)


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
