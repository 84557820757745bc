"""The jobs program: one executor of workflows, with the relay and the rescue of others' work."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from core.clock import now_utc
from core.errors import DomainError
from core.logs import log, set_up_logs
from core.observability import set_up_observability
from core.production import require_fit
from core.schema import is_current
from core.settings import Settings, load_settings
from saas_app import resources
from saas_app.jobs import relay
from saas_app.jobs.health import BEAT_SECONDS, give_sign
from saas_app.jobs.names import NameLost, WorkerName, claim_name
from saas_app.jobs.rescue import forget_finished, reconcile, rescue_abandoned
from saas_app.jobs.send_mail import resume_parked_mail

SHAPE = "1"  # the version of the workflow's steps; work begun under one shape resumes under it
SECONDS_TO_FINISH = 10
POLL_SECONDS = 0.25
FORGET_EVERY_SECONDS = 60.0
PARKED_EVERY_SECONDS = 15.0
WORKFLOWS_AT_ONCE = 8


def main() -> None:
    """Work until told to stop."""
    try:
        settings = load_settings()
        require_fit(settings)
        set_up_logs(settings, program="jobs")
        set_up_observability(settings, program="jobs")
        asyncio.run(_work(settings))
    except DomainError as error:
        sys.exit(error.message)


def dbos_config(settings: Settings, executor_id: str) -> DBOSConfig:
    """Return DBOS's settings: a file beside SQLite, a schema in PostgreSQL."""
    if settings.is_sqlite:
        path = (settings.data_dir / "jobs.db").resolve()
        path.touch(mode=0o600)  # as the database itself
        url = f"sqlite:///{path}"
    else:
        url = settings.sqlalchemy_url
    return {
        "name": "toolkiln",
        "system_database_url": url,
        "dbos_system_schema": "dbos",
        "executor_id": executor_id,
        "application_version": SHAPE,
        "log_level": "WARNING",
        # Not pickles, which run what they hold when they are read back.
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": 5,
    }


async def _work(settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    parts = resources.get()
    database = parts.database
    if not await is_current(database):
        raise SchemaBehind("The database is behind this code. Run:  python -m saas_app migrate")
    async with claim_name(settings, database) as name:
        DBOS(config=dbos_config(settings, name.text))
        DBOS.launch()  # inside the running loop, so that workflows run on it
        for queue in (relay.QUEUE, relay.MAIL_QUEUE):
            await DBOS.register_queue_async(
                queue, worker_concurrency=WORKFLOWS_AT_ONCE, polling_interval_sec=POLL_SECONDS
            )
        log.info("jobs.started", worker=name.text)
        try:
            await _until(stopping, _duties(settings, name))
        finally:
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=SECONDS_TO_FINISH)
            await parts.close()


class SchemaBehind(DomainError):
    """The database has not been migrated to what this code expects."""

    code = "schema_behind"


Duty = tuple[float, Callable[[], Awaitable[object]]]


def _duties(settings: Settings, name: WorkerName) -> list[Duty]:
    """Return what is done again and again, and after how many seconds."""
    database = resources.get().database

    async def sign() -> None:
        await name.require()
        give_sign(settings)

    return [
        (POLL_SECONDS, lambda: relay.relay_once(database)),
        (BEAT_SECONDS, sign),
        (5.0, lambda: rescue_abandoned(settings, database, own_name=name.text)),
        (30.0, lambda: reconcile(database)),
        (FORGET_EVERY_SECONDS, lambda: forget_finished(now=now_utc())),
        (60.0, lambda: relay.write_hourly_jobs(database, now=now_utc())),
        (PARKED_EVERY_SECONDS, lambda: resume_parked_mail(database, now=now_utc())),
    ]


async def _until(stopping: asyncio.Event, duties: list[Duty]) -> None:
    tasks = [asyncio.create_task(_repeat(seconds, duty)) for seconds, duty in duties]
    stop = asyncio.create_task(stopping.wait())
    try:
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in [stop, *tasks]:
            task.cancel()
        await asyncio.gather(stop, *tasks, return_exceptions=True)


async def _repeat(seconds: float, duty: Callable[[], Awaitable[object]]) -> None:
    """Do a duty for ever. A failing one is tried again later, except that a lost name ends all."""
    while True:
        try:
            await duty()
        except NameLost:
            raise
        except Exception:  # noqa: BLE001 - the front of the program's own duties
            log.exception("jobs.duty_failed")
        await asyncio.sleep(seconds)
