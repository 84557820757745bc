"""Workers as processes of their own, on a fresh database of each kind."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.saas_app.jobs.workers import Worker, environment_of

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[Callable[..., Worker]]:
    """Starts workers on the test's database, and ends them with the test."""
    workers: list[Worker] = []

    def start(**environment: str) -> Worker:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.saas_app.jobs.crashing_worker"],
            cwd=ROOT,
            env={**environment_of(settings), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        workers.append(Worker(process))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep one crash and the take-over on PostgreSQL in every run, the rest for `--all`.

    Each start of a worker costs seconds, and what differs between the databases is the locks.
    """
    kept = ("before the row is marked", "takes_over", "after the mail is taken", "asked_for_once")
    for item in items:
        is_ours = item.path.parent == Path(__file__).parent and "postgresql" in item.name
        if is_ours and not any(name in item.name for name in kept):
            item.add_marker(pytest.mark.slow)
