"""Says which part is served by what, and whether it works: `python -m saas_app.doctor`.

Ends with 0 when nothing stands against running, with 1 otherwise. `--json` is for programs.
"""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass

import httpx2
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from core.crypto import Sealer
from core.database import Database
from core.errors import DomainError
from core.production import Part, problems_by_part
from core.sandbox_protocol import ask_status
from core.schema import is_current
from core.settings import Settings, SettingsInvalid, load_settings
from saas_app.jobs.health import SECONDS_UNTIL_SILENT, is_alive
from saas_app.jobs.names import live_workers
from saas_app.resources import make_storage
from saas_app.services.parts import served_parts
from saas_app.web_server import is_built, ui_to_serve

SECONDS = 5
OLDEST_REDIS = 7  # Reflex extends its locks with an option of PEXPIRE that 6 does not know


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what serves it, what changes that, how it is, and what stands against it."""

    part: str
    driver: str
    settings: str
    state: str
    problems: tuple[str, ...] = ()


class Broken(Exception):
    """A part does not work; the text says how."""


def main() -> None:
    """Print the findings."""
    parser = argparse.ArgumentParser(prog="python -m saas_app.doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    try:
        settings = load_settings()
    except DomainError as error:
        sys.exit(f"The settings cannot be read: {error.message}")
    findings = asyncio.run(examine(settings))
    is_well = not any(finding.problems for finding in findings)
    if options.json:
        report = {"well": is_well, "parts": [asdict(finding) for finding in findings]}
        _say(json.dumps(report, indent=2))
    else:
        _say("\n".join(_in_words(finding) for finding in findings))
        _say("Nothing stands against running." if is_well else "Change what is marked with !.")
    sys.exit(0 if is_well else 1)


async def examine(settings: Settings) -> list[Finding]:
    """Look at every part."""
    against, findings, checks = problems_by_part(settings), [], _checks()
    for served in served_parts(settings):
        problems = against.get(served.part, [])
        try:
            check = checks.get(served.part, _nothing)
            state = await asyncio.wait_for(check(settings), SECONDS)
        except TimeoutError:
            state, problems = "does not work", [*problems, f"No answer within {SECONDS} seconds."]
        except Broken as error:
            state, problems = "does not work", [*problems, str(error)]
        findings.append(
            Finding(served.part, served.driver, served.changed_by, state, tuple(problems))
        )
    return findings


Check = Callable[[Settings], Awaitable[str]]


def _checks() -> dict[str, Check]:
    """Return how each part is looked at; of the others it is enough to know what serves them."""
    return {
        Part.DATABASE: _database,
        Part.PAGE_STATE: _redis,
        Part.SECRETS: _secrets,
        Part.MAIL: _mail,
        Part.PYTHON_TOOLS: _sandbox,
        "Data folder": _files,
        Part.STORAGE: _store,
        "User interface": _user_interface,
        "Web": _web,
        "Runtime": _runtime,
        "Jobs": _jobs,
    }


async def _store(settings: Settings) -> str:
    if settings.storage_driver == "off":
        return "off"
    key = f"probes/{secrets.token_hex(8)}.txt"
    try:
        storage = make_storage(settings, Sealer(settings.master_keys))
        await storage.put(key, b"works", content_type="text/plain")
        await storage.delete(key)
    except SettingsInvalid:
        return "waits for the master key"
    except DomainError as error:
        raise Broken(error.message) from error
    return "works"


async def _sandbox(settings: Settings) -> str:
    status = await asyncio.to_thread(ask_status, settings.data_dir)
    if status is None:  # in a container, only the runtime has its socket
        status = await _sandbox_of_runtime(settings)
    if status["state"] == "not running":
        return "does not run"
    if status["state"] == "refused":
        raise Broken(f"{status['probe']}: {status['reason']} {status['remedy']}")
    if status["state"] == "off":
        return "off"
    return f"works, tier {status['tier']}; limits: {status['limits']}"


async def _sandbox_of_runtime(settings: Settings) -> Mapping[str, str]:
    try:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            return (await client.get(f"{settings.runtime_direct_url}/ready")).json()["python_tools"]
    except (httpx2.HTTPError, ValueError, KeyError):
        return {"state": "not running"}


async def _nothing(_settings: Settings) -> str:
    return "set"


async def _database(settings: Settings) -> str:
    database = Database(settings)
    try:
        current = await is_current(database)
    except (SQLAlchemyError, OSError) as error:
        raise Broken(f"It cannot be reached: {type(error).__name__}.") from error
    finally:
        await database.close()
    if not current and settings.is_production:
        raise Broken("Its tables are behind this code. Run:  python -m saas_app migrate")
    return "works" if current else "works; its tables are made at the next start"


async def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "works"
    client = Redis.from_url(settings.redis_url.get_secret_value())
    try:
        version = str((await client.info("server"))["redis_version"])
    except (RedisError, OSError) as error:
        raise Broken(f"Redis cannot be reached: {type(error).__name__}.") from error
    finally:
        await client.aclose()
    if int(version.split(".")[0]) < OLDEST_REDIS:
        raise Broken(f"Redis {version} is too old; Reflex needs {OLDEST_REDIS}.0 or newer.")
    return "works"


async def _secrets(settings: Settings) -> str:
    if settings.master_key is None:
        return "made at the next start" if not settings.is_production else "missing"
    try:
        sealer = Sealer(settings.master_keys)
    except DomainError as error:
        raise Broken(error.message) from error
    sealed = sealer.seal(b"probe", bound_to="doctor")
    if sealer.open(sealed, bound_to="doctor") != b"probe":
        raise Broken("What was sealed does not open again.")
    return "works"


async def _mail(settings: Settings) -> str:
    if settings.mail_driver == "outbox":
        return f"kept at {settings.web_url}/dev/outbox"
    if settings.mail_driver != "smtp" or not settings.smtp_host:
        return "set"  # Resend has no address that tries a key which may only send
    try:
        _, writer = await asyncio.open_connection(settings.smtp_host, settings.smtp_port)
    except OSError as error:
        raise Broken(f"{settings.smtp_host} cannot be reached: {error.strerror}.") from error
    writer.close()
    return "answers"


async def _files(settings: Settings) -> str:
    probe = settings.data_dir / ".doctor"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise Broken(f"It cannot be written to: {error.strerror}.") from error
    return "works"


async def _user_interface(settings: Settings) -> str:
    return "built" if is_built(ui_to_serve(settings)) else "not built yet; bin/run does"


async def _web(settings: Settings) -> str:
    return await _answer(f"{settings.direct_url(settings.web_port)}/api/ready")


async def _runtime(settings: Settings) -> str:
    return await _answer(f"{settings.runtime_direct_url}/ready")


async def _jobs(settings: Settings) -> str:
    if settings.is_sqlite:
        return "runs" if is_alive(settings) else "does not run"
    database = Database(settings)  # the file that `is_alive` reads is on the worker's machine alone
    try:
        number = await live_workers(database, within_seconds=SECONDS_UNTIL_SILENT)
    except (SQLAlchemyError, OSError):
        return "not known; the database does not answer"
    finally:
        await database.close()
    return "runs" if number else "does not run"


async def _answer(url: str) -> str:
    """Say whether a program answers; one that does not run is no problem of the settings."""
    try:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            status = (await client.get(url)).status_code
    except httpx2.HTTPError:
        return "does not run"
    return "runs and is ready" if status == 200 else "runs, and is not ready"


def _in_words(finding: Finding) -> str:
    lines = [f"{finding.part}: {finding.driver} ({finding.state})"]
    if finding.settings != "none":
        lines.append(f"    set by {finding.settings}")
    lines += [f"  ! {problem}" for problem in finding.problems]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text)  # noqa: T201 - the report


if __name__ == "__main__":
    main()
