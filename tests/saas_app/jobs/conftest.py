"""Workers as processes of their own, on a fresh database of each kind."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.saas_app.jobs.workers import Worker, environment_of

ROOT = Path(__file__).parent.parent.parent.parent
IN_EVERY_RUN = (
    "test_mail_goes_out[sqlite]",
    "test_a_copy_that_was_asked_for_is_made_and_told_by_mail[sqlite]",
    "test_a_job_survives_a_crash[postgresql-before the row is marked]",
    "test_another_worker_takes_over_from_one_that_stays_away[postgresql]",
)


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[Callable[..., Worker]]:
    """Starts workers on the test's database, and ends them with the test."""
    workers: list[Worker] = []

    def start(**environment: str) -> Worker:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.saas_app.jobs.crashing_worker"],
            cwd=settings.data_dir,  # not the tree, where a developer's `.env` would be read
            env={**environment_of(settings), "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        workers.append(Worker(process))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep one story of each kind in every run, and leave the other workers to `--all`.

    Each start of a worker costs seconds, and what differs between the databases is the locks.
    """
    for item in items:
        starts_one = "start_worker" in getattr(item, "fixturenames", ())
        is_ours = item.path.parent == Path(__file__).parent
        if is_ours and starts_one and item.name not in IN_EVERY_RUN:
            item.add_marker(pytest.mark.slow)
