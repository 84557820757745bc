"""What all tests share: databases of both kinds, settings, and the cast.

`session` is a transaction that is rolled back; `database` is a fresh database of one's own.
Both run on SQLite and on PostgreSQL.
"""

import base64
import functools
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
import sentry_sdk
from logfire.testing import TestExporter
from loguru import logger
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from pydantic import SecretStr
from sentry_sdk.transport import Transport
from sqlmodel.ext.asyncio.session import AsyncSession

from core import schema
from core.crypto import Sealer
from core.database import Database
from core.logs import log
from core.lookups import Lookups, Share
from core.observability import set_up_observability
from core.settings import Settings
from core.tracing import send_spans_to
from tests.cast import Cast, make_cast
from tests.operations.copies import copy_to_run
from tests.postgres import Databases, execute, running_postgres

MASTER_KEY = base64.b64encode(b"k" * 32).decode()
# Looks random and is the same in every run: production refuses the one above.
RANDOM_KEY = base64.b64encode(hashlib.sha256(b"a key of the tests").digest()).decode()
KINDS = ("sqlite", "postgresql")
TEMPLATE = "toolkiln_template"
SHARED = "toolkiln_shared"


# These start the product, whose pages are built first when the code has changed.
STARTING = ("browser", "operations")
SECONDS_TO_START_AND_RUN = 420


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests."""
    for name in [one for one in os.environ if one.lower() in Settings.model_fields]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that start the product the time that its start may take; it counts as theirs."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in STARTING and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SECONDS_TO_START_AND_RUN))


def settings_with(folder: Path, **values: object) -> Settings:
    """Return settings that read nothing of the machine they run on."""
    return Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        **{"data_dir": folder, "master_key": SecretStr(MASTER_KEY), **values},  # pyright: ignore[reportArgumentType]
    )


@pytest.fixture(scope="session")
def tree() -> Iterator[Path]:
    """A copy of the tree to run the product in: a developer's `.env` is not in it.

    It is where anybody may read: the sandbox gives up root, and pytest's folders are root's alone.
    """
    with TemporaryDirectory(prefix="toolkiln-tree-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        copy_to_run(folder)
        yield folder


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running PostgreSQL with a migrated template database."""
    folder = tmp_path_factory.mktemp("postgres")
    with running_postgres() as url:
        execute(url, f"CREATE DATABASE {TEMPLATE}")
        schema.migrate(settings_with(folder, database_url=f"{url}/{TEMPLATE}"))
        execute(url, f"CREATE DATABASE {SHARED} TEMPLATE {TEMPLATE}")
        yield url


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Databases:
    """Databases of it, migrated and without rows."""
    return Databases(postgres_url, TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("template")
    schema.migrate(settings_with(folder))
    return folder / "toolkiln.db"


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Makes a test run once on each database."""
    return request.param


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[Settings]:
    """Settings with a fresh, migrated database of the kind that is asked for."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "toolkiln.db")
        yield settings_with(tmp_path)
        return
    with request.getfixturevalue("postgres_databases").one() as url:
        yield settings_with(tmp_path, database_url=url)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """A fresh database."""
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def shared_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Settings of one database per kind that nobody commits to."""

    @functools.cache
    def of_kind(kind: str) -> Settings:
        folder = tmp_path_factory.mktemp("shared", numbered=True)
        if kind == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_template"), folder / "toolkiln.db")
            return settings_with(folder)
        url = request.getfixturevalue("postgres_url")
        return settings_with(folder, database_url=f"{url}/{SHARED}")

    return of_kind


@pytest.fixture
async def session(shared_settings, database_kind: str) -> AsyncIterator[AsyncSession]:
    """A transaction that is rolled back."""
    database = Database(shared_settings(database_kind))
    async with AsyncSession(database._writers, expire_on_commit=False) as session:
        yield session
        await session.rollback()
    await database.close()


@pytest.fixture
async def cast(session: AsyncSession) -> Cast:
    """The cast, in the transaction that is rolled back."""
    return await make_cast(session)


@pytest.fixture
async def committed_cast(database: Database) -> Cast:
    """The cast, committed to the fresh database."""
    async with database.write() as session:
        return await make_cast(session)


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """The events that are logged from here on: each with its name and its fields."""
    events: list[dict[str, Any]] = []
    sink = log.add(
        lambda message: events.append(
            {"event": message.record["message"], **message.record["extra"]}
        ),
        level="DEBUG",
    )
    yield events
    log.remove(sink)


class Kept(Transport):
    """Keeps the envelopes it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.envelopes.append(envelope)


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[list[Any]]:
    """What goes out to Sentry once it is set up."""
    transport = Kept()
    logger.remove()
    logger.configure(extra={"program": "runtime"})
    settings = settings_with(tmp_path, sentry_dsn="https://public@sentry.example/1")
    set_up_observability(settings, program="runtime", transport=transport)
    yield transport.envelopes
    sentry_sdk.get_client().close()
    sentry_sdk.init()
    logger.remove()


class Ended(TestExporter):
    """Keeps spans when they end; Logfire tells of their beginning too, with less."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        kinds = [(span.attributes or {}).get("logfire.span_type") for span in spans]
        ended = [span for span, kind in zip(spans, kinds, strict=True) if kind != "pending_span"]
        return super().export(ended)


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[list[ReadableSpan]]:
    """The spans that go out to Logfire once it is set up; events of the log are spans there."""
    exporter = Ended()
    logger.remove()
    logger.configure(extra={"program": "runtime"})
    settings = settings_with(tmp_path, logfire_token="a-token")
    processor = SimpleSpanProcessor(exporter)
    set_up_observability(settings, program="runtime", span_processor=processor)
    yield exporter.exported_spans
    send_spans_to(None)
    logger.remove()


@pytest.fixture
def share() -> Iterator[Share]:
    """What one person may have of lookups."""
    lookups = Lookups()
    yield lookups.share_of(uuid4())
    lookups.close()


@pytest.fixture
def sealer() -> Sealer:
    """Opens what the tests seal."""
    return Sealer((base64.b64decode(MASTER_KEY),))
